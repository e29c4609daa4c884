//! The row with the cursor, and its place in the list.

use chrono::TimeDelta;
use ratatui::backend::{CrosstermBackend, TestBackend};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::{Terminal, TerminalOptions, Viewport};
use weibox::dashboard::Event;
use weibox::dashboard::orders::SenderAnswers;
use weibox::query::Query;
use weibox::record::Record;
use weibox::record::media::Weight;
use weibox::record::outgoing::{Draft, SendState};
use weibox::record::page::Selection;
use weibox::record::people::{KnownSender, SenderClaim};
use weibox::view::view;
use weibox::weibo::active::ReplyForm;

use super::{draw, inbox};
use crate::dashboard::composer::outgoing;
use crate::dashboard::{Session, noon, record};

#[test]
fn the_row_with_the_cursor_is_a_bar_in_which_hits_stand_out() {
    let size = (80, 24);
    let mut session = inbox(size);
    session.keys("/周末<enter>");
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| view(&session.state, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let cells: Vec<_> = (0..size.0).map(|x| &buffer[(x, 3)]).collect();
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && !cell.modifier.contains(Modifier::DIM)));
    let lit: String =
        cells.iter().filter(|cell| !cell.modifier.contains(Modifier::REVERSED)).map(|cell| cell.symbol()).collect();
    assert_eq!(lit.replace(' ', ""), "周末");
}

#[test]
fn a_list_without_a_frame_says_below_where_the_cursor_is() {
    for size in [(80, 24), (40, 20)] {
        let mut session = inbox(size);
        session.keys("jj");
        let above_the_keys = |screen: &str| screen.lines().rev().nth(1).unwrap().trim().to_owned();
        assert_eq!(above_the_keys(&draw(&session, size)), "3/10");
        session.keys("~");
        let told = above_the_keys(&draw(&session, size));
        assert!(told.starts_with("~ does nothing here") && told.ends_with("3/10") == (size.0 > 40), "{told}");
    }
}

#[test]
fn the_words_of_a_message_have_the_room_that_is_left() {
    for (width, least) in [(120, 39), (100, 32), (80, 48), (60, 38), (40, 22), (38, 20)] {
        let session = Session::new((width, 24), vec![record(1, "text", &"m".repeat(200), "{}")]);
        let screen = draw(&session, (width, 24));
        let row = screen.lines().find(|line| line.contains("mm")).unwrap();
        let shown = row.split('│').find(|part| part.contains("mm")).unwrap().matches('m').count();
        assert!(shown >= least, "{shown} at {width}: {screen}");
    }
}

#[test]
fn a_name_has_more_room_in_a_wide_row() {
    let mut named = record(1, "text", &"m".repeat(200), "{}");
    named.sender.name = "n".repeat(30);
    for (width, expected) in [(60, 9), (80, 13), (120, 10), (200, 22), (400, 23)] {
        let session = Session::new((width, 24), vec![named.clone()]);
        let screen = draw(&session, (width, 24));
        let row = screen.lines().find(|line| line.contains("nnn") && line.contains("mm")).unwrap();
        let shown = row.split('│').find(|part| part.contains("mm")).unwrap().matches('n').count();
        assert_eq!(shown, expected, "{width}: {screen}");
    }
}

#[test]
fn what_is_said_is_seen_whole_or_seen_to_be_cut() {
    for (size, seen) in [((60, 20), "again suspends weibox"), ((40, 12), "again"), ((38, 8), "…")] {
        let mut session = inbox(size);
        session.keys("<ctrl-z>");
        let screen = draw(&session, size);
        assert!(screen.contains("the listener stops too") && screen.contains(seen), "{screen}");
    }
}

#[test]
fn a_star_is_seen_in_the_list_and_in_the_message() {
    let mut session = inbox((80, 24));
    for keys in ["", "<enter>"] {
        session.keys(keys);
        // The line of keys has a star of its own.
        let draw = |session: &Session| draw(session, (80, 24)).lines().rev().skip(1).collect::<String>();
        assert!(!draw(&session).contains('*'));
        session.records.iter_mut().for_each(|record| record.marks.is_starred = true);
        session.event(Event::Committed);
        assert!(draw(&session).contains('*'), "{keys}");
        session.records.iter_mut().for_each(|record| record.marks.is_starred = false);
        session.event(Event::Committed);
    }
}

#[test]
fn nothing_of_a_letter_in_two_cells_is_left_behind() {
    let size = Rect { x: 0, y: 0, width: 80, height: 24 };
    let letters = "xकिy न्षिz กำ 🇨🇳 kकाb";
    let mut session = Session::new((80, 24), vec![record(1, "text", letters, "{}")]);
    let mut sent = Vec::new();
    let options = TerminalOptions { viewport: Viewport::Fixed(size) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(&mut sent), options).unwrap();
    terminal.draw(|frame| view(&session.state, frame)).unwrap();
    session.keys("3");
    terminal.draw(|frame| view(&session.state, frame)).unwrap();
    drop(terminal);
    let mut screen = vt100::Parser::new(size.height.try_into().unwrap(), size.width.try_into().unwrap(), 0);
    screen.process(&sent);
    let text = screen.screen().contents();
    assert!(text.contains("No message of this kind yet"), "{text}");
    let left: String = text.chars().filter(|c| letters.contains(*c) && !c.is_ascii()).collect();
    assert_eq!(left, "", "{text}");
}

#[test]
fn where_there_is_one_line_what_is_asked_typed_and_said_can_be_seen() {
    let size = (38, 5);
    let mut session = inbox(size);
    assert_eq!(draw(&session, size).trim_end().lines().nth(1), Some(" enlarge to see the list"));
    session.keys("~");
    assert!(draw(&session, size).contains("~ does nothing here"));
    // Invisible messages are not changed.
    for keys in ["/", "2", "*", "j", "Y", "<enter>", "F", "v"] {
        session.effects.clear();
        session.keys(keys);
        let shown = draw(&session, size);
        assert!(shown.contains("no room for the list") && session.effects.is_empty(), "{keys}: {shown}");
    }
    session.keys(":");
    assert!(draw(&session, size).contains("↑↓"));
    session.keys("<esc>");
    session.event(Event::Weighed(Selection::Query(Query::default()), Weight { new: 12, ..Weight::default() }));
    assert!(draw(&session, size).contains("Download 12 files?"));
}

#[test]
fn what_the_first_run_says_is_said_whole() {
    for height in 8..24 {
        let mut session = inbox((60, height));
        session.keys("<f9>");
        let screen = draw(&session, (60, height));
        assert_eq!(screen.contains("through the listener"), screen.contains("signed curl"), "{height}: {screen}");
    }
}

#[test]
fn the_steps_say_how_to_try_it_where_there_is_little_room() {
    for keys in ["", "<f10>"] {
        let mut session = Session::new((60, 20), Vec::new());
        session.keys(keys);
        let screen = draw(&session, (60, 20));
        let footer = screen.lines().last().unwrap();
        assert!([" s send samples ", " s 发送样例 "].iter().any(|hint| footer.contains(hint)), "{screen}");
    }
}

#[test]
fn what_is_too_long_for_a_frame_ends_in_an_ellipsis() {
    for width in [20, 40, 80] {
        let mut session = inbox((width, 20));
        session.keys("w~");
        let told = draw(&session, (width, 20)).lines().last().unwrap().to_owned();
        assert!(
            told.starts_with("└ ~ does") && told.ends_with(if width > 40 { "  Esc back ┘" } else { "… ┘" }),
            "{told}"
        );
    }
}

/// Creates a session with messages of several days, newest first, at noon local time.
fn of_days(size: (u16, u16)) -> Session {
    let days = [("Mon Nov 23", 2026), ("Mon Nov 23", 2026), ("Sun Nov 22", 2026), ("Sun Nov 22", 2026)];
    let old = [("Sat Aug 01", 2026), ("Tue Jul 31", 2012), ("Tue Jul 31", 2012)];
    let records = days.into_iter().chain(old).rev().zip(1..).map(|((day, year), seq)| {
        let body = format!(
            r#"{{"type":"text","sender_id":7,"created_at":"{day} 12:00:0{seq} +0800 {year}","text":"day","data":{{}}}}"#
        );
        Record::new(seq, noon(), body.into_bytes())
    });
    Session::new(size, records.collect())
}

/// Returns the times in the list, from top to bottom.
fn times(session: &Session, size: (u16, u16)) -> Vec<String> {
    let screen = draw(session, size);
    let rows = screen.lines().filter(|line| line.contains("day")).take(7);
    rows.filter_map(|line| line.split(" T ").next())
        .map(|row| row.replace(['│', '▌', '●', '!'], " ").trim().to_owned())
        .collect()
}

#[test]
fn the_first_row_of_a_day_has_its_date() {
    for (size, told) in [
        ((120, 36), ["12:00:07", "12:00:06", "11-22 12:00", "12:00", "08-01 12:00", "2012-07-31", "12:00"]),
        ((100, 24), ["12:00", "12:00", "11-22", "12:00", "08-01", "2012-07-31", "12:00"]),
        ((60, 20), ["7h", "7h", "1d", "1d", "08-01", "2012-07-31", "2012-07-31"]),
    ] {
        let mut session = of_days(size);
        assert_eq!(times(&session, size), told, "{size:?}");
        session.keys(",s");
        let dated = if size.0 == 120 { "11-22 12:00" } else { told[2] };
        assert_eq!(times(&session, size)[3], dated, "in another order each row has its own");
    }
}

#[test]
fn a_small_screen_shows_messages() {
    for (size, least) in [((60, 9), 6), ((38, 8), 5), ((38, 12), 8), ((24, 6), 3)] {
        let session = Session::new(size, (1..=30).map(|seq| record(seq, "text", "words", "{}")).collect());
        let screen = draw(&session, size);
        assert_eq!(screen.matches("wor").count(), least, "{screen}");
        assert!(screen.lines().last().unwrap().contains("q quit") || size.0 < 38, "{screen}");
    }
}

#[test]
fn frames_beside_each_other_share_a_line() {
    let size = (120, 36);
    let screen = draw(&inbox(size), size);
    assert!(!screen.contains("││") && !screen.contains("┐┌") && !screen.contains("┘└"), "{screen}");
    assert!(["┬", "├ ", "┤", "┴"].iter().all(|joint| screen.matches(joint).count() == 1), "{screen}");
}

#[test]
fn the_mark_of_a_reply_tells_its_state_without_colour() {
    let size = (80, 24);
    for (state, is_read, mark) in [
        (SendState::Sent, true, "→"),
        (SendState::Waiting, true, "…"),
        (SendState::Sending, true, "…"),
        (SendState::Refused, true, "x"),
        (SendState::Waiting, false, "●"),
        (SendState::Unknown, false, "x"),
    ] {
        let mut first = record(1, "text", "几点开门？", "{}");
        first.marks.is_read = is_read;
        let mut session = Session::new(size, vec![first]);
        session.replies = vec![(1, vec![outgoing("十点", state)])];
        session.event(Event::Committed);
        let screen = draw(&session, size);
        let row = screen.lines().find(|line| line.contains("几点开门？")).unwrap();
        assert_eq!(row.chars().nth(1), mark.chars().next(), "{state:?} {is_read}\n{screen}");
    }
}

#[test]
fn the_newest_reply_comes_first_in_the_detail_and_only_one_that_was_sent_is_an_answer() {
    let size = (120, 36);
    let mut session = Session::new(size, vec![record(1, "text", "几点开门？", "{}")]);
    let replies = [("first words", SendState::Refused), ("last words", SendState::Waiting)];
    session.replies = vec![(1, replies.map(|(text, state)| outgoing(text, state)).to_vec())];
    session.event(Event::Committed);
    let screen = draw(&session, size);
    let line = |words: &str| screen.lines().position(|line| line.contains(words));
    assert!(line("last words") < line("first words") && line("first words").is_some(), "{screen}");
    assert!(
        screen.contains("waiting to be sent: why") && screen.contains("r and then Ctrl-X take it back"),
        "{screen}"
    );
    assert!(!screen.contains("Answered") && !screen.contains("sends it again"), "{screen}");
}

#[test]
fn a_mention_has_the_same_time_to_answer_everywhere() {
    let size = (120, 36);
    let sender = KnownSender::default();
    let mention = Record { sender, ..record(1, "mention", "@", r#"{"subtype":"status"}"#) };
    let mut session = Session::new(size, vec![mention]);
    let screen = draw(&session, size);
    assert!(screen.contains("answer by") && screen.contains("11-25 12:00"), "{screen}");
    assert!(screen.contains("(40 h left)") && screen.contains(" 40h "), "{screen}");
    session.keys("r");
    let composer = draw(&session, size);
    assert!(composer.contains("40 h 0 min left"), "{composer}");
}

#[test]
fn a_draft_that_was_left_stands_before_the_message_until_somebody_writes() {
    let size = (80, 24);
    let mut first = record(1, "text", "几点开门？", "{}");
    first.sender.draft = "十点".to_owned();
    let mut session = Session::new(size, vec![first]);
    let row = |session: &Session| {
        let screen = draw(session, size);
        screen.lines().find(|line| line.contains("几点开门？")).map(str::to_owned).unwrap()
    };
    assert!(row(&session).contains("[draft] 几点开门？"), "{}", row(&session));
    session.keys("<enter>");
    let screen = draw(&session, size);
    assert!(screen.lines().any(|line| line.contains("Draft") && line.contains("十点")), "{screen}");
    session.keys("P");
    assert!(!draw(&session, size).contains("十点"), "nobody sees it on a screenshot");
    session.keys("Pr");
    session.event(Event::Answers(Box::new(SenderAnswers {
        fan: session.records[0].message.sender_id.unwrap(),
        key: "key".to_owned(),
        draft: Draft { form: ReplyForm::Text, text: "十点".to_owned() },
        outgoing: Vec::new(),
    })));
    assert!(!draw(&session, size).contains("Draft"), "it is in the composer: {}", draw(&session, size));
    session.keys("<esc>");
    assert!(draw(&session, size).contains("Draft"), "{}", draw(&session, size));
    session.keys("<esc>r");
    assert!(!draw(&session, size).contains("[draft]"), "{}", draw(&session, size));
    session.keys("<esc>");
    assert!(row(&session).contains("[draft] 几点开门？"), "{}", row(&session));
    let (account, session_key) = (String::new(), "another".to_owned());
    let until = noon() + TimeDelta::minutes(10);
    let fan = session.records[0].message.sender_id.unwrap();
    let claim = SenderClaim { account, fan, user: "li".to_owned(), session: session_key, until };
    session.event(Event::Claims(vec![claim]));
    assert!(row(&session).contains("claimed by li  几点开门？"), "{}", row(&session));
    session.keys("<enter>");
    assert!(!draw(&session, size).contains("Draft"), "what li is writing is not left: {}", draw(&session, size));
}

#[test]
fn a_reply_that_was_sent_says_when() {
    let size = (80, 24);
    let mut session = Session::new(size, vec![record(1, "text", "几点开门？", "{}")]);
    session.replies = vec![(1, vec![outgoing("十点", SendState::Sent)])];
    session.event(Event::Committed);
    session.keys("<enter>");
    let sent_at = noon().with_timezone(session.records[0].sent_at().offset()).format("sent  %m-%d %H:%M").to_string();
    let screen = draw(&session, size);
    assert!(screen.contains(&sent_at), "{sent_at}\n{screen}");
}
