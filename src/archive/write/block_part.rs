//! Writes a part of the search index.

use crate::archive::connection::FileIdentity;
use crate::archive::index::BlockPart;

use super::{Turn, Write};

/// A part of a block, made from the archive's file `file`.
pub(in crate::archive) struct StoreBlockPart {
    pub(in crate::archive) part: BlockPart,
    pub(in crate::archive) file: Option<FileIdentity>,
}

impl Write for StoreBlockPart {
    /// Whether the part belongs to the current file: after damage another one may have taken its place.
    type Answer = bool;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<bool> {
        let is_current = self.file == turn.file;
        if is_current {
            // The last part of a rebuild sums up the messages, including those of this turn.
            std::mem::take(&mut *turn.changes.borrow_mut()).store(turn.transaction)?;
            self.part.store(turn.transaction)?;
        }
        Ok(is_current)
    }

    /// Its messages are found without the index as well.
    fn is_patient(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use chrono::DateTime;

    use super::*;
    use crate::archive::index::{self, SearchEntry, Unindexed};
    use crate::archive::row::NewRow;
    use crate::archive::{Arrival, connection, spans};
    use crate::weibo::identity::identity;

    #[test]
    fn the_end_of_making_again_counts_messages_of_its_own_turn_once() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = connection::open(directory.path()).unwrap();
        index::request_rebuild(&connection).unwrap();
        let begin = index::next_rebuilt_parts(&connection).unwrap();
        for part in &begin {
            part.store(&connection).unwrap();
        }
        let end = index::next_rebuilt_parts(&connection).unwrap();
        let transaction = connection.transaction().unwrap();
        let (unindexed, changes) = (Unindexed::default(), RefCell::default());
        let turn = Turn { transaction: &transaction, unindexed: &unindexed, file: None, node: None, changes };
        for number in 1..=2 {
            let raw = format!(r#"{{"type":"text","sender_id":{number},"text":"t"}}"#);
            let arrival = Arrival::new(raw, DateTime::UNIX_EPOCH);
            let identity = identity(&arrival.message, &arrival.raw);
            assert!(NewRow::of(&arrival, &identity).insert(&transaction).unwrap());
            let entry = SearchEntry::new(&arrival.message, "", 0, true);
            index::add(&transaction, number, &entry, true, &mut turn.changes.borrow_mut()).unwrap();
        }
        for part in end {
            assert!(StoreBlockPart { part, file: None }.write(&turn).unwrap());
        }
        turn.changes.into_inner().store(&transaction).unwrap();
        transaction.commit().unwrap();
        let counted = |name| spans::number(&connection, name).unwrap();
        assert_eq!(["text", spans::UNREAD, spans::REAL].map(counted), [2, 2, 2]);
        assert_eq!(spans::n_messages(&connection).unwrap(), 2);
    }
}
