//! Alerts that ring while the dashboard is open.

use chrono::TimeDelta;
use weibox::dashboard::ringing::Rung;
use weibox::dashboard::{Effect, Event};

use super::{Session, noon};

fn rung(newest: u64) -> Rung {
    Rung {
        title: "weibox · a".to_owned(),
        words: ["1 new in a", "a 有 1 条新消息"].map(str::to_owned),
        n: 1,
        newest: Some(newest),
    }
}

fn ring() -> Effect {
    Effect::Ring { title: "weibox · a".to_owned(), words: "1 new in a".to_owned() }
}

#[test]
fn it_rings_in_the_language_of_the_screen() {
    let mut session = Session::texts(3);
    drop(session.state.update(Event::Rang(rung(9))));
    assert!(session.state.notice().is_some_and(|notice| notice.text.contains("1 new in a")));
    session.keys("<f10>");
    let rang = session.state.update(Event::Rang(rung(10)));
    assert!(matches!(&rang[0], Effect::Ring { words, .. } if words == "a 有 1 条新消息"), "{rang:?}");
    assert!(session.state.notice().is_some_and(|notice| notice.text.contains("有 1 条")));
}

#[test]
fn nothing_rings_for_a_message_on_a_screen_that_is_looked_at() {
    let mut session = Session::texts(3);
    drop(session.state.update(Event::Focused(true)));
    assert_eq!(session.state.update(Event::Rang(rung(3))), [], "it is on the screen");
    assert_eq!(session.state.update(Event::Rang(rung(9))), [ring(), Effect::Title(1)]);
    assert!(session.state.notice().is_some_and(|notice| notice.text.contains("1 new in a")));
    drop(session.state.update(Event::Focused(false)));
    assert_eq!(session.state.update(Event::Rang(rung(3))), [ring(), Effect::Title(2)]);
    let back = session.state.update(Event::Focused(true));
    assert!(back.contains(&Effect::Title(0)), "{back:?}");
    session.keys("?");
    assert_eq!(session.state.update(Event::Rang(rung(3))), [ring(), Effect::Title(1)], "under the help");
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
    let words = ["last from 老王: 在吗", "老王最后一条：在吗"].map(str::to_owned);
    let effects = session.state.update(Event::Rang(Rung { words, ..rung(9) }));
    let told = Effect::Ring { title: "weibox · a".to_owned(), words: "weibox · a (1)".to_owned() };
    assert_eq!(effects, [told, Effect::Title(1)]);
    assert_eq!(session.notice(), "weibox · a (1)");
    let trouble = Rung { words: ["the disk is full", "磁盘已满"].map(str::to_owned), newest: None, ..rung(0) };
    drop(session.state.update(Event::Rang(trouble)));
    assert_eq!(session.notice(), "the disk is full", "nobody sent that");
}
