//! Small terminals: what does not fit is omitted completely, and never the beginning or middle of something.

use std::sync::Arc;

use chrono::TimeDelta;
use weibox::controls::layout::Size;
use weibox::dashboard::Event;
use weibox::dashboard::orders::PictureAnswer;
use weibox::media::picture::drawing::Protocol;
use weibox::reason::calls;
use weibox::record::cluster::{ClusterStanding, ClusterStatus};
use weibox::record::traffic::Call;

use super::{draw, inbox};
use crate::dashboard::{Session, noon, record};
use crate::picture::session::{asked, blocks, drawing, session};

/// The smallest size that shows messages.
const SMALL: (u16, u16) = (38, 8);

#[test]
fn what_is_wrong_stays_in_the_first_line_before_what_is_unread() {
    let cluster = ClusterStatus { standing: ClusterStanding::Alone, untold: 214, ..ClusterStatus::default() };
    for (width, has_unread) in [(60, false), (120, true)] {
        let size = (width, 20);
        let mut session = inbox(size);
        session.event(Event::Cluster(Some(cluster.clone())));
        let shown = draw(&session, size);
        let first = shown.lines().next().unwrap();
        assert!(first.contains("quorum lost, keeping here: 214 to send"), "{first}");
        assert_eq!(first.contains("unread"), has_unread, "{first}");
    }
}

#[test]
fn a_lost_quorum_stands_in_the_first_line_however_narrow_it_is() {
    for (untold, words) in [(0, "no quorum: 0"), (214, "no quorum: 214"), (u64::MAX, "no quorum")] {
        let cluster = ClusterStatus { standing: ClusterStanding::Alone, untold, ..ClusterStatus::default() };
        let mut session = inbox(SMALL);
        session.event(Event::Cluster(Some(cluster)));
        let shown = draw(&session, SMALL);
        let first = shown.lines().next().unwrap();
        assert!(first.contains('●') && first.split("  ").any(|piece| piece == words), "{first}");
    }
}

#[test]
fn the_keys_of_the_last_line_go_one_after_the_other() {
    for (width, keys) in [(38, "? help  q quit"), (31, "? help  q quit"), (24, "q quit")] {
        let size = (width, 8);
        let shown = draw(&inbox(size), size);
        assert!(shown.lines().last().unwrap().contains(keys), "{width}: {shown}");
    }
}

#[test]
fn the_keys_in_the_edge_of_a_box_are_whole() {
    for (keys, widths, whole) in [
        ("f", [38, 60], [["Enter sends", "Esc back"], ["Enter sends", "Esc back"]]),
        ("e", [38, 30], [["Enter saves", "Esc back"], ["Enter saves", "Esc back"]]),
        (":", [38, 20], [["Enter runs it", "Esc closes"], ["Esc", "closes"]]),
    ] {
        for (width, whole) in widths.into_iter().zip(whole) {
            let size = (width, 12);
            let mut session = inbox(size);
            session.keys(keys);
            let shown = draw(&session, size);
            let edge = shown.lines().rfind(|line| line.contains('└')).unwrap();
            assert!(edge.contains("─ ") && whole.iter().all(|part| edge.contains(part)), "{keys} {width}: {shown}");
        }
    }
}

#[test]
fn a_narrow_request_log_says_what_was_answered_and_above_the_advice_who_called() {
    let call = Call {
        at: noon() + TimeDelta::minutes(3),
        remote: "203.0.113.77".to_owned(),
        method: "POST".to_owned(),
        path: "/weibo".to_owned(),
        status: 403,
        reason: calls::WRONG_SIGNATURE.into(),
        head: String::new(),
    };
    for (size, row) in [
        (SMALL, "20:03 403 POST /weibo "),
        ((60, 20), "11-23 20:03:00 403 POST /weibo the signature does "),
        ((100, 24), "11-23 20:03:00 203.0.113.77    403 POST /weibo the signature does not match"),
    ] {
        let mut session = inbox(size);
        session.keys("E");
        session.event(Event::Calls(vec![call.clone()]));
        let shown = draw(&session, size);
        assert!(shown.contains(row), "{shown}");
        assert_eq!(shown.contains("403 POST /weibo · 203.0.113.77 "), size.0 < 100, "{shown}");
    }
    let mut session = inbox((60, 20));
    session.keys("E");
    session.event(Event::Calls(vec![Call { path: "/\u{202e}obiew".to_owned(), ..call }]));
    let shown = draw(&session, (60, 20));
    assert_eq!(shown.matches("403 POST /⟨202E⟩obiew ").count(), 2, "in its row and in the rule: {shown}");
}

#[test]
fn the_selected_step_is_in_sight_with_what_is_known_of_it() {
    let mut session = inbox(SMALL);
    session.keys("<f9>");
    for title in
        ["Listener is up", "App secret", "Access token", "Public address", "Weibo's handshake", "First message"]
    {
        let shown = draw(&session, SMALL);
        let mut lines = shown.lines().skip_while(|line| !line.contains('▌'));
        assert!(lines.next().is_some_and(|line| line.contains(title)), "{title}: {shown}");
        // The next line has the message's data.
        assert!(lines.next().is_some_and(|line| line.contains('▌')), "{title}: {shown}");
        session.keys("j");
    }
    assert!(draw(&session, SMALL).contains("from a phone"), "{}", draw(&session, SMALL));
}

#[test]
fn what_a_picture_is_stands_on_one_line_in_whole_pieces() {
    for (size, kept, left_out) in [
        ((120, 36), "JPEG 1280×960 · 14.3 KB", "kitty"),
        ((60, 20), "JPEG 1280×960 · 14.3 KB", "kitty"),
        ((44, 20), "JPEG 1280×960", "14.0"),
        ((38, 8), "11-23 12:00", "JPEG"),
    ] {
        let mut session = session(Protocol::HalfBlocks, 1);
        session.event(Event::Resized(Size { width: size.0, height: size.1 }));
        if size.0 < 120 {
            session.keys("<enter>");
        }
        let request = asked(&mut session).pop().unwrap();
        session.event(Event::Picture(PictureAnswer { request, drawn: Ok(Arc::clone(&drawing(blocks()))) }));
        let shown = draw(&session, size);
        assert!(shown.contains(kept) && !shown.contains(left_out), "{size:?}: {shown}");
        assert!(!shown.contains("halfblocks"), "{size:?}: {shown}");
    }
}

#[test]
fn words_come_before_labels_and_a_scale_before_the_keys_of_its_map() {
    let mut labelled = record(1, "text", "words", "{}");
    labelled.marks.labels = vec!["refund".to_owned()];
    let shown = draw(&Session::new((24, 8), vec![labelled]), (24, 8));
    assert!(shown.contains("words") && !shown.contains("refund"), "{shown}");
    let position = record(1, "position", "here", r#"{"longitude":"116.3","latitude":"39.9"}"#);
    for (width, has_keys) in [(28, false), (60, true)] {
        let mut session = Session::new((width, 40), vec![position.clone()]);
        session.keys("<enter>");
        let shown = draw(&session, (width, 40));
        let scale = shown.lines().find(|line| line.contains("─ ") && line.contains(" km")).unwrap();
        assert_eq!(scale.contains("M map, + - zoom"), has_keys, "{shown}");
        assert!(has_keys || scale.trim_end().ends_with("km"), "{shown}");
    }
}

#[test]
fn what_downloads_a_file_and_the_end_of_what_is_typed_are_seen() {
    let mut session = inbox(SMALL);
    session.keys("w");
    session.event(Event::Jobs(Vec::new()));
    let shown = draw(&session, SMALL);
    assert!(shown.contains("D all files of the list"), "{shown}");
    let mut session = inbox((38, 12));
    session.keys(&format!(":{}end", "long ".repeat(12)));
    let shown = draw(&session, (38, 12));
    assert!(shown.contains("long end"), "{shown}");
}

#[test]
fn how_long_ago_it_was_is_told_in_the_language_of_the_screen() {
    let mut session = inbox((60, 20));
    session.event(Event::Tick(noon() + TimeDelta::minutes(5)));
    let english = draw(&session, (60, 20));
    session.keys("<f10>");
    let chinese = draw(&session, (60, 20));
    assert!(english.contains("!5m ") && !chinese.contains("!5m ") && chinese.contains("5分钟"), "{chinese}");
}

#[test]
fn a_message_that_was_scrolled_is_seen_whole_where_there_is_room_for_it() {
    let words: Vec<String> = (1..40).map(|line| format!("line {line}.")).collect();
    let mut session = Session::new((80, 12), vec![record(1, "text", &words.join("\n"), "{}")]);
    session.keys("<enter><pgdn><pgdn><pgdn><pgdn><pgdn>");
    assert!(!draw(&session, (80, 12)).contains("line 1."));
    session.event(Event::Resized(Size { width: 80, height: 70 }));
    let shown = draw(&session, (80, 70));
    assert!(shown.contains("line 1.") && shown.contains("line 39."), "{shown}");
}

#[test]
fn a_message_on_the_whole_screen_says_that_it_goes_on_in_which_view_it_is_and_what_enter_does() {
    let size = (80, 24);
    let text = "line\n".repeat(89);
    let mut session = Session::new(size, vec![record(1, "text", &text, "{}")]);
    session.keys("<enter>");
    let last = |session: &Session| draw(session, size).lines().skip(22).collect::<Vec<_>>().join("\n");
    assert!(last(&session).contains("more below: PgDn  1/1"), "{}", last(&session));
    assert!(last(&session).contains("Enter close"), "{}", last(&session));
    // The key that leaves the program elsewhere only goes back here.
    assert!(last(&session).contains("Esc back") && !last(&session).contains("quit"), "{}", last(&session));
    session.keys("<pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn>");
    assert!(!last(&session).contains("more below"), "{}", last(&session));
    session.keys("v");
    assert!(last(&session).contains("json"), "{}", last(&session));
}

#[test]
fn a_screen_that_is_too_small_for_the_list_says_so() {
    let size = (20, 5);
    let shown = draw(&inbox(size), size);
    assert!(shown.replace('\n', " ").contains("enlarge to see the"), "{shown}");
}

#[test]
fn the_open_tab_keeps_its_brackets_beside_all_that_is_said_of_the_list() {
    let mut session = Session::new(SMALL, (1..=30).map(|seq| record(seq, "text", "words", "{}")).collect());
    session.keys("jj<space>j<space>");
    for seq in 31..=44 {
        session.records.push(record(seq, "text", "more", "{}"));
    }
    session.event(Event::Committed);
    let shown = draw(&session, SMALL);
    let tabs = shown.lines().nth(1).unwrap();
    let (tab, rest) = tabs.split_once(']').unwrap();
    assert!(tab.starts_with("[1 ") && rest.contains("2 picked") && rest.contains("+14"), "{tabs}");
}
