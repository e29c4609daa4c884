//! Whom a query means by a name, a note or a label. What is known of people changes at any time, so that the index does not
//! have it: it is looked up when a query is made ready, and the index then finds the messages of those senders.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::archive::reader::people::{labelled, senders_with};
use crate::query::Test;
use crate::query::people::{one_of, part};
use crate::record::Seq;
use crate::weibo::UserId;

use super::super::entry::{Clause, sender_fact};
use super::super::postings;

/// Where names stand, and notes.
const NAMES: &[(&str, &str)] = &[("people", "nickname"), ("profiles", "name")];
const NOTES: &[(&str, &str)] = &[("profiles", "note")];

/// Some messages, and all of some senders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive::index) struct SomeSenders {
    /// The messages, in order.
    pub(in crate::archive::index) seqs: Vec<Seq>,
    /// What the index knows of the senders, by the rows that tell.
    pub(in crate::archive::index) facts: BTreeMap<u64, BTreeSet<String>>,
}

impl SomeSenders {
    fn new(seqs: BTreeSet<Seq>, senders: BTreeSet<UserId>) -> Self {
        let mut facts: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
        for fact in senders.into_iter().map(sender_fact) {
            facts.entry(postings::bucket_of_fact(&fact)).or_default().insert(fact);
        }
        Self { seqs: seqs.into_iter().collect(), facts }
    }

    /// Whether a message of this number with these facts is among them.
    pub(in crate::archive::index) fn has<'a>(&self, seq: Seq, mut facts: impl Iterator<Item = &'a str>) -> bool {
        let is_one = |fact: &str| self.facts.get(&postings::bucket_of_fact(fact)).is_some_and(|own| own.contains(fact));
        self.seqs.binary_search(&seq).is_ok() || (!self.facts.is_empty() && facts.any(is_one))
    }
}

/// The messages that a test of people finds; `None` for all other tests.
pub(super) fn clause(connection: &Connection, test: &Test) -> rusqlite::Result<Option<Clause>> {
    let (seqs, senders) = if let Test::Name(name) = test {
        (BTreeSet::new(), senders_with(connection, NAMES, name.matcher())?)
    } else if let Test::Note(words) = test {
        (BTreeSet::new(), senders_with(connection, NOTES, part(words))?)
    } else if let Test::Label(labels) = test {
        labelled(connection, one_of(labels))?
    } else {
        return Ok(None);
    };
    Ok(Some(Clause::Senders(SomeSenders::new(seqs, senders))))
}
