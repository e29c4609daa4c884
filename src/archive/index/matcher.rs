//! A query that the entry of a message answers by itself, without the archive.

use crate::query::{Flag, Query, Test};
use crate::record::Seq;

use super::entry::{Clause, SearchEntry, in_words_of_index};

/// Whether what a test finds is another thing at another time, so that the entry alone does not know.
const fn is_of_now(test: &Test) -> bool {
    matches!(
        test,
        Test::Due(_) | Test::Waiting(_) | Test::Is(Flag::Muted) | Test::Name(_) | Test::Note(_) | Test::Label(_)
    )
}

/// What must hold of an entry, and what must not.
pub(in crate::archive) struct Matcher {
    must: Vec<Clause>,
    must_not: Vec<Clause>,
}

impl Matcher {
    /// `None` for a query that asks for what may change, such as a star, or for what no entry knows.
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

    /// Whether it finds a message; `None` when its entry does not know.
    pub(in crate::archive) fn finds(&self, seq: Seq, entry: &SearchEntry) -> Option<bool> {
        entry.passes_all(&self.must, &self.must_not, seq)
    }
}
