//! Alerts that ring while the screen is on.

use chrono::TimeDelta;
use weibox::dashboard::ringing::Rung;
use weibox::dashboard::{Effect, Event};

use super::{Session, noon};

fn rung(newest: u64) -> Rung {
    Rung { title: "weibox · a".to_owned(), words: "1 new in a".to_owned(), n: 1, newest: Some(newest) }
}

#[test]
fn nothing_rings_for_a_message_on_a_screen_that_is_looked_at() {
    let mut session = Session::texts(3);
    drop(session.state.update(Event::Focused(true)));
    assert_eq!(session.state.update(Event::Rang(rung(3))), [], "it is on the screen");
    assert_eq!(session.state.update(Event::Rang(rung(9))), [Effect::Ring(rung(9)), Effect::Title(1)]);
    assert!(session.state.notice().is_some_and(|notice| notice.text.contains("1 new in a")));
    drop(session.state.update(Event::Focused(false)));
    assert_eq!(session.state.update(Event::Rang(rung(3))), [Effect::Ring(rung(3)), Effect::Title(2)]);
    let back = session.state.update(Event::Focused(true));
    assert!(back.contains(&Effect::Title(0)), "{back:?}");
    session.keys("?");
    assert_eq!(session.state.update(Event::Rang(rung(3))), [Effect::Ring(rung(3)), Effect::Title(1)], "under the help");
}

#[test]
fn a_terminal_that_never_says_whether_it_has_the_focus_is_looked_at_after_a_key() {
    let mut session = Session::texts(3);
    assert_eq!(session.state.update(Event::Rang(rung(3))).len(), 2, "nobody has been here");
    session.keys("j");
    assert_eq!(session.state.update(Event::Rang(rung(3))), []);
    drop(session.state.update(Event::Tick(noon() + TimeDelta::minutes(2))));
    assert_eq!(session.state.update(Event::Rang(rung(3))).len(), 2, "the key is long ago");
}

#[test]
fn a_masked_screen_says_that_it_rang_and_not_for_what() {
    let mut session = Session::texts(3);
    session.keys("P?");
    let effects = session.state.update(Event::Rang(Rung { words: "last from 老王: 在吗".to_owned(), ..rung(9) }));
    assert_eq!(effects, [Effect::Ring(Rung { words: "weibox · a (1)".to_owned(), ..rung(9) }), Effect::Title(1)]);
    assert_eq!(session.notice(), "weibox · a (1)");
    let trouble = Rung { words: "the disk is full".to_owned(), newest: None, ..rung(0) };
    drop(session.state.update(Event::Rang(trouble)));
    assert_eq!(session.notice(), "the disk is full", "nobody sent that");
}
