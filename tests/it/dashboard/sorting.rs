//! The list in another order than by time.

use chrono::TimeDelta;
use weibox::dashboard::Event;
use weibox::dashboard::sorting::SortKey;
use weibox::record::{Record, Seq};
use weibox::weibo::UserId;

use super::{Session, noon, record};

/// Creates a session with six messages: kinds T I T P T I, three senders in turn, and windows that close in
/// another order.
fn mixed() -> Session {
    let kinds = ["text", "image", "text", "position", "text", "image"];
    let mut records: Vec<Record> =
        (1..).zip(kinds).map(|(seq, kind)| record(seq, kind, &format!("{kind} {seq}"), "{}")).collect();
    for (index, hours) in [30, 10, 20, 47, 5, 40].into_iter().enumerate() {
        records[index].message.sender_id = Some(UserId(index as u64 % 3 + 1));
        records[index].sender.window_until = Some(noon() + TimeDelta::hours(hours));
    }
    records[3].sender.window_until = None;
    Session::new((100, 24), records)
}

fn rows(session: &Session) -> Vec<Seq> {
    session.state.list().inbox.visible().0.iter().map(|record| record.seq).collect()
}

#[test]
fn it_sorts_by_what_is_chosen_and_turns_round_when_chosen_again() {
    let mut session = mixed();
    for (keys, expected) in [
        (",s", [4, 1, 5, 2, 6, 3]),
        (",s", [3, 6, 2, 5, 1, 4]),
        (",y", [5, 3, 1, 4, 6, 2]),
        (",w", [5, 2, 3, 1, 6, 4]),
        (",t", [6, 5, 4, 3, 2, 1]),
        (",<down><enter>", [4, 1, 5, 2, 6, 3]),
    ] {
        session.keys(keys);
        assert_eq!(rows(&session), expected, "{keys}");
    }
}

#[test]
fn its_letter_chooses_an_order_whatever_is_found_by_what_was_typed_before() {
    let mut session = mixed();
    for (keys, by) in [
        (",i<backspace>s", SortKey::Sender),
        (",iy", SortKey::Kind),
        (",xxw", SortKey::Window),
        (",in<down>t", SortKey::Time),
    ] {
        session.keys(keys);
        assert_eq!(session.state.list().inbox.order().by, by, "{keys}");
    }
}

#[test]
fn the_selection_stays_on_its_message_and_moves_as_the_rows_stand() {
    let mut session = mixed();
    session.keys("jj,s");
    assert_eq!(session.selected(), 4);
    assert_eq!(session.state.list().inbox.place().map(|place| place.n), Some(1));
    session.keys("jj");
    assert_eq!(session.selected(), 5);
    // A new message of the first sender is inserted before the selected one.
    session.records.push(record(7, "text", "new", "{}"));
    session.records[6].message.sender_id = Some(UserId(1));
    session.event(Event::Committed);
    assert_eq!(rows(&session), [7, 4, 1, 5, 2, 6, 3]);
    assert_eq!((session.selected(), session.state.list().inbox.n_new()), (5, 1));
    session.keys("G");
    assert_eq!(session.selected(), 3);
    session.keys("gk");
    assert_eq!(session.selected(), 7);
}

#[test]
fn following_goes_back_to_the_order_of_time() {
    let mut session = mixed();
    session.keys(",sF");
    assert_eq!(rows(&session), [6, 5, 4, 3, 2, 1]);
    assert!(session.state.list().inbox.is_following());
}

#[test]
fn a_tab_and_a_search_stay_sorted() {
    let mut session = mixed();
    session.keys(",s2");
    assert_eq!(rows(&session), [1, 5, 3]);
    session.keys("1/position<enter>");
    assert_eq!(rows(&session), [4]);
    session.keys("<esc>");
    assert_eq!(rows(&session), [4, 1, 5, 2, 6, 3]);
}

#[test]
fn a_conversation_has_all_from_the_sender_whatever_the_tab_shows_and_ends_where_it_began() {
    let mut session = mixed();
    session.keys("5c");
    assert_eq!((rows(&session), session.state.list().inbox.shown()), (vec![3, 6], 0), "the oldest on top");
    session.keys("c<esc>");
    assert_eq!((rows(&session), session.state.list().inbox.shown()), (vec![6, 2], 4));
}

#[test]
fn the_order_of_a_conversation_ends_with_it() {
    for (keys, expected) in [
        ("c<esc>", vec![6, 5, 4, 3, 2, 1]),
        (",sc<esc>", vec![4, 1, 5, 2, 6, 3]),
        (",scFc<esc>", vec![4, 1, 5, 2, 6, 3]),
        ("caOne<enter>", vec![6, 3]),
        ("caOne<enter>1", vec![6, 5, 4, 3, 2, 1]),
        ("c/<ctrl-u>text<enter>", vec![5, 3, 1]),
        ("c/<ctrl-u>text<esc>", vec![3, 6]),
        ("c/text<enter>", vec![3]),
    ] {
        let mut session = mixed();
        session.keys(keys);
        assert_eq!(rows(&session), expected, "{keys}");
    }
}

#[test]
fn an_order_that_following_ended_does_not_come_back() {
    for (keys, expected) in [
        (",sF/text<enter><esc>", vec![6, 5, 4, 3, 2, 1]),
        (",s,sF", vec![6, 5, 4, 3, 2, 1]),
        (",sF,s", vec![4, 1, 5, 2, 6, 3]),
    ] {
        let mut session = mixed();
        session.keys(keys);
        assert_eq!(rows(&session), expected, "{keys}");
    }
    let mut session = mixed();
    session.keys(",sF/text<enter><esc>");
    assert!(session.state.list().inbox.is_following());
    let kept = serde_json::to_value(session.state.memory(6)).unwrap();
    assert_eq!(kept["order"]["by"], "Time", "the next start goes on by time");
}

#[test]
fn places_count_from_the_top_where_the_oldest_is_on_top() {
    let mut session = Session::texts(9);
    let place = |session: &Session| session.state.list().inbox.place().map(|place| place.n);
    assert_eq!(place(&session), Some(1));
    session.keys(",t");
    assert_eq!((session.selected(), place(&session)), (9, Some(9)));
    session.keys("g");
    assert_eq!((session.selected(), place(&session)), (1, Some(1)));
    session.keys("j,s");
    assert_eq!((session.selected(), place(&session)), (2, Some(2)));
    session.keys(",s");
    assert_eq!((session.selected(), place(&session)), (2, Some(8)), "a list by sender is reversed as well");
}
