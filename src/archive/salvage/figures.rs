//! Counts how many messages a damaged archive had, by the figures that it kept itself.

use std::ops::RangeInclusive;

use super::carve::{CarvedRow, CarvedValue};
use crate::record::{Seq, line};
use crate::weibo::Kind;

use CarvedValue::{Integer, Text};

/// Returns whether these values may be a row of `counts`.
pub(super) const fn is_count(values: &[CarvedValue]) -> bool {
    matches!(values, [Text(_), Integer(_)])
}

/// The figures of a damaged archive; each may be lost as well.
#[derive(Default)]
pub(super) struct KeptFigures {
    /// The number of messages according to `counts`.
    n_messages: Option<u64>,
    /// The last number that a message got.
    last: Option<Seq>,
    /// The numbers of the messages that were found.
    found: Option<RangeInclusive<Seq>>,
}

impl KeptFigures {
    /// Looks for figures among the rows of a page.
    pub(super) fn look(&mut self, rows: &[CarvedRow]) {
        let figure = |name: &str| {
            rows.iter().find_map(|(_, values)| match values.as_slice() {
                [Text(text), Integer(number)] if text == name => u64::try_from(*number).ok(),
                _ => None,
            })
        };
        // An index of names may have entries of the same shape, but none with all these names.
        let n_messages: Option<u64> = Kind::ALL.iter().map(|kind| figure(kind.name())).sum();
        self.n_messages = self.n_messages.or(n_messages);
        self.last = self.last.or_else(|| figure("messages").filter(|last| *last <= line::LARGEST));
    }

    /// Notes the number of a message that was found.
    pub(super) fn found(&mut self, seq: Seq) {
        let (first, last) = self.found.take().map_or((seq, seq), RangeInclusive::into_inner);
        self.found = Some(first.min(seq)..=last.max(seq));
    }

    /// Returns how many messages were not saved. `highest` is the last number that this process gave; the file may
    /// not have got the last ones. Without its count, an archive is taken to have had every number since the first
    /// that was found.
    pub(super) fn n_lost(&self, n_saved: u64, highest: Seq) -> u64 {
        let last = self.last.or_else(|| self.found.as_ref().map(|found| *found.end())).unwrap_or_default();
        let first = self.found.as_ref().map_or(1, |found| *found.start());
        let n_messages = self.n_messages.unwrap_or_else(|| (last + 1).saturating_sub(first));
        (n_messages + highest.saturating_sub(last)).saturating_sub(n_saved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(n: i64) -> Vec<CarvedRow> {
        Kind::ALL.iter().map(|kind| (0, vec![Text(kind.name().to_owned()), Integer(n)])).collect()
    }

    #[test]
    fn what_was_deleted_is_not_missing_and_what_the_file_never_got_is() {
        let mut figures = KeptFigures::default();
        figures.look(&counts(10)[1..]);
        figures.look(&[(1, vec![Text("messages".to_owned()), Integer(200)])]);
        for seq in 3..=190 {
            figures.found(seq);
        }
        assert_eq!(figures.n_lost(188, 0), 10, "without a count the numbers decide");
        figures.look(&counts(20));
        let n_messages = 20 * Kind::ALL.len() as u64;
        assert_eq!(figures.n_lost(n_messages, 0), 0, "the others were deleted");
        assert_eq!(figures.n_lost(n_messages - 7, 203), 10);
        let mut without = KeptFigures::default();
        assert_eq!(without.n_lost(0, 5), 5);
        for seq in [3, 9, 5] {
            without.found(seq);
        }
        assert_eq!(without.n_lost(3, 0), 4);
    }
}
