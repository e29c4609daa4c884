//! The composer on screens of every size: the text, its length, the remaining time, and the cursor at the
//! insertion point.

use ratatui::Terminal;
use ratatui::backend::{Backend as _, TestBackend};
use weibox::dashboard::Event;
use weibox::dashboard::orders::SenderAnswers;
use weibox::reason::Reason;
use weibox::record::outgoing::{Composed, Draft, Outgoing, SendState};
use weibox::record::quick_reply::{QuickReplies, QuickReply, QuickWords};
use weibox::view::view;
use weibox::weibo::UserId;
use weibox::weibo::active::ReplyForm;

use super::screen_text;
use crate::dashboard::{Session, noon, record};

/// Returns the screen and the position of the cursor.
fn screen(size: (u16, u16), keys: &str) -> (String, (u16, u16)) {
    screen_after(size, keys, None, "")
}

/// Returns the screen in the language after these keys of the list.
fn screen_in(language: &str, size: (u16, u16)) -> (String, (u16, u16)) {
    let mut session = Session::new(size, vec![record(1, "text", "几点开门？", "{}")]);
    session.keys(&format!("{language}r"));
    drawn(&session, size)
}

/// Returns the same after an event and more keys.
fn screen_after(size: (u16, u16), keys: &str, event: Option<Event>, more: &str) -> (String, (u16, u16)) {
    let mut session = opened(size, "稍等");
    session.keys(keys);
    if let Some(event) = event {
        session.event(event);
    }
    session.keys(more);
    drawn(&session, size)
}

/// Creates a session in which the composer is open for a sender who was answered with this text.
fn opened(size: (u16, u16), text: &str) -> Session {
    let fan = UserId(2_489_518_001);
    let mut session = Session::new(size, vec![record(1, "text", "几点开门？", "{}")]);
    session.keys("r");
    let composed = Composed {
        key: String::new(),
        account: String::new(),
        fan,
        seq: Some(1),
        form: ReplyForm::Text,
        text: text.to_owned(),
        after: None,
    };
    let (state, reason) = (SendState::Sent, None);
    let outgoing = vec![Outgoing { id: 1, composed, state, reason, made_at: noon(), changed_at: noon() }];
    let answers = SenderAnswers { fan, key: "key".to_owned(), draft: Draft::default(), outgoing };
    session.event(Event::Answers(Box::new(answers)));
    session
}

fn drawn(session: &Session, size: (u16, u16)) -> (String, (u16, u16)) {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| view(&session.state, frame)).unwrap();
    let cursor = terminal.backend_mut().get_cursor_position().unwrap();
    (screen_text(terminal.backend().buffer()), (cursor.x, cursor.y))
}

#[test]
fn it_has_room_on_every_screen_and_the_cursor_stands_where_the_text_goes() {
    for size in [(120, 36), (80, 24), (60, 20), (38, 8), (24, 6)] {
        let (shown, (x, y)) = screen(size, "十点开门");
        assert!(shown.contains(if size.0 > 24 { "Reply to 24" } else { "┌ R…" }), "{shown}");
        assert!(shown.contains("4/299") && shown.contains("Enter"), "{shown}");
        let line = shown.lines().nth(usize::from(y)).unwrap();
        assert!(line.contains("十点开门"), "{size:?}: {y}\n{shown}");
        let before: String = line.split("十点开门").next().unwrap().to_owned();
        let column = unicode_width::UnicodeWidthStr::width(before.as_str()) + 8;
        assert_eq!(usize::from(x), column, "{size:?}\n{shown}");
    }
    let (shown, _) = screen((80, 24), "");
    assert!(
        shown.contains("← 几点开门？") && shown.contains("→ 稍等 (sent)") && shown.contains("47 h 0 min left"),
        "{shown}"
    );
}

#[test]
fn a_long_text_is_scrolled_to_the_cursor_and_its_count_is_told() {
    for size in [(80, 24), (38, 8)] {
        let lines: String =
            (0..200).flat_map(|number| ["line ".to_owned(), number.to_string(), "<ctrl-j>".to_owned()]).collect();
        let (shown, (_, y)) = screen(size, &format!("{lines}last words"));
        assert!(shown.contains("last words") && !shown.contains("line 17 "), "{shown}");
        assert!(shown.lines().nth(usize::from(y)).unwrap().contains("last words"), "{shown}");
        let (shown, (_, y)) = screen(size, &format!("first<ctrl-j>{lines}{}", "<up>".repeat(201)));
        assert!(shown.lines().nth(usize::from(y)).unwrap().contains("first"), "{shown}");
    }
}

#[test]
fn what_is_said_stands_on_the_screen_once() {
    for size in [(120, 36), (100, 30), (80, 24), (60, 20), (38, 8)] {
        for keys in ["", "十点", "<ctrl-r>"] {
            let event = Event::DraftKept(String::new(), UserId(2_489_518_001), Some(Reason::other("why")));
            let (shown, _) = screen_after(size, keys, Some(event), "");
            assert_eq!(shown.matches("the draft").count(), 1, "{size:?} {keys}\n{shown}");
        }
    }
}

#[test]
fn quick_replies_are_seen_whole_on_every_screen_whatever_their_files_hold() {
    let reply = |name: &str, text: &str| QuickReply {
        file: "/replies/a.toml".into(),
        name: name.to_owned(),
        words: QuickWords::parse(text).unwrap(),
        kinds: Vec::new(),
        labels: vec!["\u{1b}[31m红\u{202e}".to_owned()],
    };
    let evil = "\u{1b}]0;x\u{7}\u{202e}名\r\n".repeat(40);
    let replies = vec![reply("营业时间", "您好，十点开门\n再见"), reply(&evil, &evil)];
    let faults = vec![Reason::other("`/replies/bad.toml`, line 3: \u{1b}[2J"); 5];
    let found = QuickReplies { directory: "/replies".into(), replies, faults };
    for size in [(120, 36), (80, 24), (60, 20), (38, 8), (24, 6)] {
        for more in ["", "<down>", "yysj", "nothing"] {
            let event = Event::QuickReplies(Box::new(found.clone()));
            let (shown, (_, y)) = screen_after(size, "<ctrl-r>", Some(event), more);
            assert!(!shown.chars().any(|char| char.is_control() && char != '\n'), "{shown}");
            assert!(!shown.contains('\u{202e}'), "{shown}");
            assert!(shown.lines().nth(usize::from(y)).unwrap().contains("> "), "{size:?} {more} {y}\n{shown}");
            if size.1 >= 8 && matches!(more, "" | "yysj") {
                assert!(shown.contains("营业时间") && shown.contains("您好，十点开门"), "{size:?}\n{shown}");
            }
            assert!(size.1 < 8 || shown.contains("bad.toml"), "{size:?}\n{shown}");
        }
    }
}

#[test]
fn all_keys_are_on_a_wide_screen_and_the_most_important_ones_on_every_other() {
    for language in ["", "<f10>"] {
        let (shown, _) = screen_in(language, (120, 36));
        for key in ["Enter ", "Esc ", "F1 ", "Ctrl-R ", "Alt-Enter ", "Ctrl-T ", "Ctrl-/ "] {
            assert_eq!(shown.matches(&format!(" {key}")).count(), 1, "{key}\n{shown}");
        }
        let (shown, _) = screen_in(language, (80, 24));
        assert!(["Enter ", "Esc ", "F1 ", "Ctrl-R ", "Alt-Enter "].iter().all(|key| shown.contains(key)), "{shown}");
        let (shown, _) = screen_in(language, (60, 20));
        assert!(["Enter ", "Esc ", "F1 "].iter().all(|key| shown.contains(key)), "{shown}");
    }
}

#[test]
fn the_text_under_the_cursor_is_seen_while_the_cursor_goes_up() {
    let lines: String = (100..140).flat_map(|number| [number.to_string(), "<ctrl-j>".to_owned()]).collect();
    let (shown, (_, y)) = screen((80, 24), &format!("{lines}{}", "<up>".repeat(20)));
    let lines: Vec<&str> = shown.lines().collect();
    let [above, at, below] = [-1, 0, 1].map(|step| lines[usize::from(y).saturating_add_signed(step)]);
    assert!(above.contains("119") && at.contains("120") && below.contains("121"), "{shown}");
}

#[test]
fn what_became_of_a_long_reply_is_seen_beside_its_beginning() {
    for size in [(120, 36), (80, 24), (60, 20), (38, 12)] {
        let (shown, _) = drawn(&opened(size, &"您好，我们十点开门。".repeat(20)), size);
        assert!(shown.contains("→ 您好，") && shown.contains("… (sent)"), "{shown}");
    }
}
