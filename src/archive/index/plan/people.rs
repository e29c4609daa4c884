//! Finds the senders that a query means by name, note, label, or mute. These may change at any time, so the index
//! does not have them: they are looked up when a query is planned, and the index then finds the messages of these
//! senders.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::archive::reader::people::{labelled, muted, senders_with};
use crate::query::people::{any_name, any_part, one_of};
use crate::query::{Flag, Test};

use super::super::entry::{Clause, SomeSenders};

/// Tables and columns with names, and with notes.
const NAMES: &[(&str, &str)] = &[("people", "nickname"), ("profiles", "name")];
const NOTES: &[(&str, &str)] = &[("profiles", "note")];

/// Returns the clause for a test of people, or `None` for all other tests.
pub(super) fn clause(connection: &Connection, test: &Test) -> rusqlite::Result<Option<Clause>> {
    let (seqs, senders) = if let Test::Name(names) = test {
        (BTreeSet::new(), senders_with(connection, NAMES, any_name(names))?)
    } else if let Test::Note(words) = test {
        (BTreeSet::new(), senders_with(connection, NOTES, any_part(words))?)
    } else if let Test::Label(labels) = test {
        labelled(connection, one_of(labels))?
    } else if *test == Test::Is(Flag::Muted) {
        (BTreeSet::new(), muted(connection)?)
    } else {
        return Ok(None);
    };
    Ok(Some(Clause::Senders(SomeSenders::new(seqs, senders))))
}
