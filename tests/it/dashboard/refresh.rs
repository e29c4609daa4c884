//! The list is read again when the archive changes: one read at a time, and one more for changes during it.

use weibox::controls::key::script;
use weibox::dashboard::{Effect, Event};
use weibox::reason::Reason;

use super::{Session, record};

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

#[test]
fn a_page_around_the_selected_message_is_taken_though_all_its_hits_are_older_or_newer() {
    for selected in [1, 500] {
        let kind = |seq| if seq == selected { "event" } else { "image" };
        let mut session = Session::new((80, 24), (1..=500).map(|seq| record(seq, kind(seq), "m", "{}")).collect());
        session.keys(if selected == 1 { "G" } else { "jk" });
        let asked = session.state.update(Event::Key(script("5")[0]));
        let Some(Effect::Load(request)) = asked.first() else { panic!("{asked:?}") };
        let page = session.page(request);
        let next = session.state.update(Event::Page(page));
        assert!(!next.iter().any(|effect| matches!(effect, Effect::Load(_))), "{selected}: {next:?}");
        assert_eq!(session.selected(), if selected == 1 { 2 } else { 499 });
    }
}
