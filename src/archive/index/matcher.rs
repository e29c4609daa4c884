//! A query that can be answered from the entry of a message alone, without the archive.

use crate::query::{Flag, Query, Test};
use crate::record::Seq;

use super::entry::{Clause, SearchEntry, in_words_of_index};

/// Returns whether the answer to a test may change with time, so that the entry alone cannot give it.
const fn is_of_now(test: &Test) -> bool {
    matches!(
        test,
        Test::Due(_) | Test::Waiting(_) | Test::Is(Flag::Muted) | Test::Name(_) | Test::Note(_) | Test::Label(_)
    )
}

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
            if !Clause::is_known(test) || is_of_now(test) {
                return None;
            }
            let list = if is_not { &mut must_not } else { &mut must };
            list.extend(Clause::of(test));
        }
        Some(Self { must, must_not })
    }

    /// Returns whether the query finds a message; `None` when its entry cannot tell.
    pub(in crate::archive) fn finds(&self, seq: Seq, entry: &SearchEntry) -> Option<bool> {
        entry.passes_all(&self.must, &self.must_not, seq)
    }
}
