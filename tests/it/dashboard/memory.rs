//! The state of the screen is restored after a restart, and messages received meanwhile are announced.

use weibox::controls::looks::{Looks, Theme};
use weibox::dashboard::Setup;
use weibox::dashboard::memory::ScreenMemory;
use weibox::dashboard::world::setup::StartScreen;
use weibox::language::Language;
use weibox::reason::alarms;
use weibox::record::Seq;

use super::{Session, record};

fn memory_of(file: &str) -> ScreenMemory {
    serde_json::from_str(file).unwrap()
}

/// Creates a session on the same archive that starts with this memory, `n_missed` messages later.
fn restarted(memory: &ScreenMemory, n_missed: u64, setup: Setup) -> Session {
    let mut memory = memory_of(&serde_json::to_string(memory).unwrap());
    (memory.newest_now, memory.n_missed) = (memory.newest + n_missed, n_missed);
    let records = (1..=memory.newest + n_missed)
        .map(|seq| record(seq, if seq % 2 == 0 { "voice" } else { "text" }, &format!("text {seq}"), "{}"));
    Session::with(Setup { start: StartScreen { memory, ..setup.start }, ..setup }, (80, 24), records.collect())
}

fn setup() -> Setup {
    Setup { is_signed: true, ..Setup::default() }
}

/// Returns the memory of a session with a hundred messages after these keys.
fn left_after(keys: &str) -> ScreenMemory {
    let mut session = restarted(&memory_of(r#"{"newest":100}"#), 0, setup());
    session.keys(keys);
    session.state.memory(100)
}

#[test]
fn tab_query_selection_and_looks_are_there_again() {
    let memory = left_after("2/text<enter>jjjT<f10>|");
    let mut session = restarted(&memory, 0, setup());
    let inbox = &session.state.list().inbox;
    assert_eq!((inbox.shown(), inbox.filter().to_string().as_str()), (1, "text"));
    assert_eq!((session.selected(), session.state.list().inbox.is_following()), (93, false));
    let looks = session.state.world().looks;
    assert_eq!((looks.language, looks.theme), (Language::Chinese, Theme::Dark));
    assert_eq!(looks.arrangement, Looks::default().arrangement.next());
    session.keys("F");
    assert_eq!(session.selected(), 99, "the list goes on as if it had never been left");
}

#[test]
fn who_followed_the_newest_message_follows_it_again() {
    let session = restarted(&left_after("2"), 8, setup());
    assert_eq!((session.selected(), session.state.list().inbox.is_following()), (107, true));
}

#[test]
fn what_is_configured_anew_holds() {
    let memory = left_after("T<f10>");
    let looks = Looks { theme: Theme::Light, ..Looks::default() };
    let session = restarted(&memory, 0, Setup { start: StartScreen { looks, ..StartScreen::default() }, ..setup() });
    let looks = session.state.world().looks;
    assert_eq!((looks.theme, looks.language), (Theme::Light, Language::Chinese));
}

#[test]
fn what_is_said_first_is_said_in_the_language_of_the_screen() {
    let notice = Some(alarms::DISK_FULL.into());
    let session = restarted(
        &left_after("<f10>"),
        0,
        Setup { start: StartScreen { notice, ..StartScreen::default() }, ..setup() },
    );
    assert!(session.notice().starts_with("磁盘已满"), "{}", session.notice());
}

#[test]
fn what_came_meanwhile_is_told_and_one_key_away() {
    let memory = left_after("4/text<enter>");
    let mut session = restarted(&memory, 12, setup());
    assert_eq!(session.notice(), "12 came while you were away; A goes to the first of them");
    session.keys("A");
    let first: Seq = 101;
    assert_eq!(session.selected(), first);
    let inbox = &session.state.list().inbox;
    assert_eq!((inbox.shown(), inbox.filter().terms.is_empty()), (0, true), "it is looked for among all messages");

    let mut session = restarted(&memory, 0, setup());
    assert_eq!(session.notice(), "");
    session.keys("A");
    assert_eq!(session.notice(), "nothing came while you were away");
}

#[test]
fn a_file_that_is_none_begins_anew() {
    for text in [
        r#"{"newest":3}"#,
        r#"{"newest":3,"tab":"gone","query":"type:nothing","order":{"by":"Time","is_reversed":false}}"#,
    ] {
        let session = restarted(&memory_of(text), 0, setup());
        assert_eq!((session.state.list().inbox.shown(), session.selected()), (0, 3), "{text}");
    }
}

#[test]
fn one_key_goes_to_the_first_message_since_following_stopped() {
    let mut session = Session::texts(5);
    session.keys("jj");
    for _ in 0..3 {
        session.arrive("text");
    }
    session.keys("A");
    assert_eq!((session.notice(), session.selected()), ("", 6));

    let mut session = restarted(&left_after("jjj"), 0, setup());
    session.arrive("text");
    session.arrive("text");
    session.keys("A");
    assert_eq!(session.selected(), 101, "also in a list that was restored");
}

#[test]
fn a_language_that_is_set_holds_whatever_was_chosen_before() {
    for (is_language_set, language) in [(true, Language::English), (false, Language::Chinese)] {
        let start = StartScreen { is_language_set, ..StartScreen::default() };
        let session = restarted(&left_after("<f10>"), 0, Setup { start, ..setup() });
        assert_eq!(session.state.world().looks.language, language);
    }
}
