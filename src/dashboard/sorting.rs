//! The order of the list. Sorted by time, the list reaches through the whole archive. In another order it holds only
//! the newest messages, because those are what people sort.

use serde::{Deserialize, Serialize};

use crate::language::{Words, words};
use crate::record::Record;
use crate::weibo::Kind;

/// The number of newest messages that are sorted: enough for the day of a busy account, and few enough to read and
/// sort for every frame of a flood.
pub const SORTED: usize = 1_000;

/// A key to sort the list by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SortKey {
    #[default]
    Time,
    Sender,
    Kind,
    Window,
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SortOrder {
    /// The key. Messages with equal keys are ordered newest first.
    pub by: SortKey,
    /// Whether the order is reversed, with the oldest on top if it is by time.
    pub is_reversed: bool,
}

/// TABLE: the sort keys, with the menu key and the name of each.
pub(super) const SORT_KEYS: [(SortKey, char, Words); 4] = [
    (SortKey::Time, 't', words::BY_TIME),
    (SortKey::Sender, 's', words::BY_SENDER),
    (SortKey::Kind, 'y', words::BY_KIND),
    (SortKey::Window, 'w', words::BY_WINDOW),
];

impl SortKey {
    /// Returns the name.
    pub fn words(self) -> Words {
        SORT_KEYS.into_iter().find_map(|(by, _, words)| (by == self).then_some(words)).unwrap_or(words::BY_TIME)
    }

    /// Sorts records that are ordered newest first.
    pub(super) fn sort(self, records: &mut [Record]) {
        let kind = |record: &Record| Kind::ALL.iter().position(|kind| *kind == record.message.kind());
        match self {
            Self::Time => {}
            // Records without a sender come last.
            Self::Sender => records.sort_by_key(|record| {
                let sender = record.message.sender_id;
                (sender.is_none(), sender.map(|id| id.0))
            }),
            Self::Kind => records.sort_by_key(kind),
            Self::Window => {
                let until = Record::answerable_until;
                records.sort_by_key(|record| (until(record).is_none(), until(record)));
            }
        }
    }
}
