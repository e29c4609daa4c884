//! A frozen screen.

use super::Session;

#[test]
fn a_frozen_screen_keeps_its_messages_until_it_goes_on() {
    let mut session = Session::texts(3);
    session.keys("=");
    session.arrive("text");
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (3, 3));
    session.keys("=");
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (4, 4));
}

#[test]
fn a_reply_lets_nothing_new_into_a_frozen_screen() {
    let mut session = Session::texts(3);
    session.keys("=");
    session.arrive("text");
    session.keys("r");
    assert_eq!((session.selected(), session.state.list().inbox.total().n), (3, 3));
}

#[test]
fn a_frozen_screen_shows_the_marks_that_are_made_on_it() {
    let mut session = Session::texts(3);
    session.keys("=*ju");
    let (rows, _) = session.state.list().inbox.visible();
    let marks: Vec<_> = rows.iter().map(|record| (record.seq, record.marks.is_starred, record.marks.is_read)).collect();
    assert_eq!(marks, [(3, true, false), (2, false, true), (1, false, false)]);
    session.keys("U");
    assert!(session.state.list().inbox.visible().0.iter().all(|record| record.marks.is_read));
}
