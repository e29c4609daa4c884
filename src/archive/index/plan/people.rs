//! Whom a query means by a name, a note or a label, or because they are muted. What is known of people changes at any time, so that the index does not
//! have it: it is looked up when a query is made ready, and the index then finds the messages of those senders.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::archive::reader::people::{labelled, muted, senders_with};
use crate::query::people::{one_of, part};
use crate::query::{Flag, Test};

use super::super::entry::{Clause, SomeSenders};

/// Where names stand, and notes.
const NAMES: &[(&str, &str)] = &[("people", "nickname"), ("profiles", "name")];
const NOTES: &[(&str, &str)] = &[("profiles", "note")];

/// The messages that a test of people finds; `None` for all other tests.
pub(super) fn clause(connection: &Connection, test: &Test) -> rusqlite::Result<Option<Clause>> {
    let (seqs, senders) = if let Test::Name(name) = test {
        (BTreeSet::new(), senders_with(connection, NAMES, name.matcher())?)
    } else if let Test::Note(words) = test {
        (BTreeSet::new(), senders_with(connection, NOTES, part(&words.typed))?)
    } else if let Test::Label(labels) = test {
        labelled(connection, one_of(labels))?
    } else if *test == Test::Is(Flag::Muted) {
        (BTreeSet::new(), muted(connection)?)
    } else {
        return Ok(None);
    };
    Ok(Some(Clause::Senders(SomeSenders::new(seqs, senders))))
}
