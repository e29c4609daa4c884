//! The list is read again when the archive changes: one read at a time, and one more for changes during it.

use weibox::dashboard::{Effect, Event};
use weibox::reason::Reason;

use super::Session;

#[test]
fn a_page_that_is_no_longer_wanted_is_dropped() {
    let mut session = Session::texts(9);
    let effects = session.state.update(Event::Committed);
    let [Effect::Load(request)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(session.state.update(Event::Committed), [], "one page at a time");
    let late = session.page(request);
    session.keys("3");
    session.event(Event::Page(late));
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (0, 0), "the tab's own page came after it");
}

#[test]
fn a_page_that_could_not_be_read_is_asked_for_again_when_something_changed_meanwhile() {
    let mut session = Session::texts(1);
    let fail = || Event::PageFailed(Reason::other("cannot read the archive: disk I/O error"));
    let asked = session.state.update(Event::Committed);
    assert!(matches!(asked.as_slice(), [Effect::Load(_)]));
    assert_eq!(session.state.update(Event::Committed), [], "one page at a time");
    assert_eq!(session.state.update(fail()), asked);
    assert_eq!(session.state.update(fail()), [], "nothing changed since");
    assert_eq!(session.state.update(Event::Committed), asked);
}
