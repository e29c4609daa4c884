//! A query that can be answered from the entry of a message alone, without the archive.

use crate::query::Query;
use crate::record::Seq;

use super::entry::{Clause, SearchEntry, in_words_of_index};

/// The clauses that an entry must pass, and those that it must not.
pub(in crate::archive) struct Matcher {
    must: Vec<Clause>,
    must_not: Vec<Clause>,
}

impl Matcher {
    /// Returns `None` for a query that tests something changeable, such as a star, or something that entries do
    /// not record.
    pub(in crate::archive) fn new(query: &Query) -> Option<Self> {
        let (mut must, mut must_not) = (Vec::new(), Vec::new());
        for term in &query.terms {
            let (is_not, test) = in_words_of_index(term);
            let list = if is_not { &mut must_not } else { &mut must };
            list.push(Clause::of(test)?);
        }
        Some(Self { must, must_not })
    }

    /// Returns whether the query finds a message; `None` when its entry cannot tell.
    pub(in crate::archive) fn finds(&self, seq: Seq, entry: &SearchEntry) -> Option<bool> {
        entry.passes_all(&self.must, &self.must_not, seq)
    }
}
