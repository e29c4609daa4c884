//! Clicks and the wheel.

use weibox::controls::layout::Layout;
use weibox::dashboard::{Event, Over, Setup};

use super::{Session, record};

#[test]
fn a_click_selects_reads_and_changes_the_tab() {
    let mut session = Session::texts(9);
    let Layout { list, tabs, .. } = session.state.world().layout();
    session.event(Event::Clicked(list.x + 5, list.y + 3));
    assert_eq!(session.selected(), 6);
    session.event(Event::Scrolled(-2, list.x, list.y));
    assert_eq!(session.selected(), 8);
    session.event(Event::Clicked(list.x + 5, list.y + 1));
    assert!(session.state.world().is_reading(), "a click on the selected message opens it");
    session.keys("<esc>");
    session.event(Event::Clicked(tabs.x + 12, tabs.y));
    assert_eq!(session.state.list().inbox.shown(), 1);
    session.event(Event::Clicked(9999, 9999));
}

#[test]
fn a_click_opens_the_selected_message_whatever_enter_is_bound_to() {
    let mut keymap = weibox::controls::keymap::Keymap::default();
    keymap.bind("star", &["enter".to_owned()], &mut Vec::new()).unwrap();
    let setup = Setup { keymap, ..Setup::default() };
    let mut session = Session::with(setup, (80, 24), Session::texts(9).records);
    let Layout { list, .. } = session.state.world().layout();
    session.event(Event::Clicked(list.x + 5, list.y));
    assert!(session.state.world().is_reading());
    assert_eq!(session.effects, []);
}

#[test]
fn the_wheel_moves_what_is_seen_and_never_a_list_below_it() {
    for screen in ["?", ":", "w", "E", "B", "i", ",", "e"] {
        let mut session = Session::texts(9);
        session.keys(screen);
        session.event(Event::Scrolled(3, 0, 0));
        assert_eq!(session.state.stack().len(), 1, "{screen}");
        assert!(session.state.list().inbox.is_following() && session.selected() == 9, "{screen}");
    }
    let mut session = Session::texts(9);
    session.keys("?");
    session.event(Event::Scrolled(3, 0, 0));
    session.event(Event::Scrolled(-1, 0, 0));
    let Some(Over::Menu(help)) = session.state.stack().last() else { panic!() };
    assert_eq!(help.found().1, 2);
}

#[test]
fn a_click_on_the_steps_does_nothing_to_the_list_behind_them() {
    let mut session = Session::texts(9);
    session.keys("<f9>");
    let Layout { list, tabs, .. } = session.state.world().layout();
    session.event(Event::Scrolled(1, 0, 0));
    assert_eq!((session.state.checklist().selected(), session.selected()), (1, 9));
    session.event(Event::Clicked(list.x + 5, list.y + 3));
    session.event(Event::Clicked(list.x + 5, list.y));
    session.event(Event::Clicked(tabs.x + 12, tabs.y));
    assert_eq!((session.selected(), session.state.list().inbox.shown(), session.effects.len()), (9, 0, 0));
    assert!(session.state.world().has_checklist && session.state.stack().is_empty());
}

#[test]
fn the_wheel_scrolls_the_message_that_is_under_the_mouse() {
    let text = "line\n".repeat(89);
    let mut session = Session::new((120, 36), (1..=9).map(|seq| record(seq, "text", &text, "{}")).collect());
    let Layout { list, detail, .. } = session.state.world().layout();
    session.event(Event::Scrolled(3, detail.x, detail.y));
    assert_eq!((session.state.detail().scroll(), session.selected()), (3, 9));
    session.event(Event::Scrolled(-5, detail.x, detail.y));
    assert_eq!((session.state.detail().scroll(), session.selected()), (0, 9));
    session.event(Event::Scrolled(3, list.x, list.y));
    assert_eq!((session.state.detail().scroll(), session.selected()), (0, 6));
}

#[test]
fn a_click_on_the_composer_selects_no_message_behind_it() {
    let mut session = Session::texts(20);
    session.keys(&format!("r{}", "<ctrl-j>".repeat(12)));
    session.event(Event::Clicked(5, 12));
    assert_eq!(session.selected(), 20);
    session.event(Event::Clicked(5, 4));
    assert_eq!(session.selected(), 19, "the list above it is free");
}
