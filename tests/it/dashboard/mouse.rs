//! What clicks and the wheel do.

use weibox::controls::layout::Layout;
use weibox::dashboard::{Event, Setup};

use super::Session;

#[test]
fn a_click_selects_reads_and_changes_the_tab() {
    let mut session = Session::texts(9);
    let Layout { list, tabs, .. } = session.state.world().layout();
    session.event(Event::Clicked(list.x + 5, list.y + 3));
    assert_eq!(session.selected(), 6);
    session.event(Event::Scrolled(-2));
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
