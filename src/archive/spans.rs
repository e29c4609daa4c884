//! Counts of the messages of each kind and of unread messages, in total and block by block, and the times at
//! which the messages of a block were received. Counting millions of rows takes too long to show, and an
//! index by kind or time would cost every message a write. Triggers subtract deleted messages: see `schema`.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use crate::archive::connection::statements::Statements as _;
use crate::record::Seq;
use crate::weibo::Kind;

/// Number of bits of a message's number within its block. A block of 4,096 messages is small enough to search
/// one by one until it is indexed, and large enough that ten million messages make 2,442 blocks.
pub(super) const BLOCK_BITS: u32 = 12;

/// A block behind the last possible one.
pub(super) const NOWHERE: Seq = Seq::MAX >> (BLOCK_BITS + 1);

pub(super) const fn block(seq: Seq) -> Seq {
    seq >> BLOCK_BITS
}

pub(super) const fn start(block: Seq) -> Seq {
    block << BLOCK_BITS
}

/// Returns whether the numbers up to `after` fill a block that those up to `before` do not.
pub(super) const fn has_filled(before: Seq, after: Seq) -> bool {
    block(after + 1) > block(before + 1)
}

/// Name of the rows of `counts` and `spans` for unread messages.
pub(super) const UNREAD: &str = "unread";
/// The row of `counts` that holds when the clock was last confirmed, in Unix milliseconds.
pub(super) const CLOCK: &str = "clock";
/// The row of `counts` that holds how many messages ever came that were not weibox's own samples.
pub(super) const REAL: &str = "real";

/// Returns the number in a row of `counts`.
pub(super) fn number(connection: &Connection, name: &str) -> rusqlite::Result<u64> {
    connection.value("SELECT n FROM counts WHERE kind = ?1", [name])
}

/// Sets the number in a row of `counts`.
pub(super) fn set_number(connection: &Connection, name: &str, n: u64) -> rusqlite::Result<()> {
    connection.run("UPDATE counts SET n = ?1 WHERE kind = ?2", params![n, name]).map(drop)
}

pub(super) fn n_messages(connection: &Connection) -> rusqlite::Result<u64> {
    connection.value("SELECT coalesce(sum(n), 0) FROM spans WHERE kind <> ?1", [UNREAD])
}

/// Returns the SQL condition for some kinds.
pub(super) fn of_kinds(kinds: &[Kind]) -> String {
    let names: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.name())).collect();
    format!("kind IN ({})", names.join(", "))
}

/// Changes that a turn makes to counts and spans.
#[derive(Default)]
pub(super) struct SpanChanges {
    /// By kind (or [`UNREAD`]) and block: the number, the earliest and the latest time.
    spans: BTreeMap<(&'static str, Seq), (u64, i64, i64)>,
    n_real: u64,
}

impl SpanChanges {
    /// Counts a message as one that weibox did not send itself.
    pub(super) fn add_real(&mut self) {
        self.n_real += 1;
    }

    /// Counts a message by its kind and time of receipt, in Unix milliseconds.
    pub(super) fn add(&mut self, seq: Seq, kind: Kind, received_at: i64, is_unread: bool) {
        for row in [Some(kind.name()), is_unread.then_some(UNREAD)].into_iter().flatten() {
            let (n, earliest, latest) = self.spans.entry((row, block(seq))).or_insert((0, received_at, received_at));
            *n += 1;
            *earliest = received_at.min(*earliest);
            *latest = received_at.max(*latest);
        }
    }

    /// Extends the block of a message back to an earlier time, in Unix milliseconds.
    pub(super) fn reach_back(&mut self, seq: Seq, kind: Kind, to: i64) {
        for row in [kind.name(), UNREAD] {
            let (_, earliest, _) = self.spans.entry((row, block(seq))).or_insert((0, to, to));
            *earliest = to.min(*earliest);
        }
    }

    /// Writes the changes, at the end of the turn.
    pub(super) fn store(self, connection: &Connection) -> rusqlite::Result<()> {
        // The first message of a kind creates its row, so that no kind can be forgotten.
        let mut count = connection.prepare_cached(
            "INSERT INTO counts (kind, n) VALUES (?2, ?1) ON CONFLICT (kind) DO UPDATE SET n = n + ?1",
        )?;
        let mut span = connection.prepare_cached(
            "INSERT INTO spans (kind, block, n, earliest, latest) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (kind, block)
             DO UPDATE SET n = n + ?3, earliest = min(earliest, ?4), latest = max(latest, ?5)",
        )?;
        for ((kind, block), (n, earliest, latest)) in self.spans {
            count.execute(params![n, kind])?;
            span.execute(params![kind, block, n, earliest, latest])?;
        }
        if self.n_real > 0 {
            count.execute(params![self.n_real, REAL])?;
        }
        Ok(())
    }
}

/// Returns the number of the last message; 0 if there is none.
pub(super) fn last(connection: &Connection) -> rusqlite::Result<Seq> {
    connection.value("SELECT coalesce(max(seq), 0) FROM messages", [])
}

/// Returns the highest number that was ever assigned.
pub(super) fn highest(connection: &Connection) -> rusqlite::Result<Seq> {
    connection.value("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages'", [])
}

/// Returns the block of the first message with this number or a higher one.
pub(super) fn next_block(connection: &Connection, seq: Seq) -> rusqlite::Result<Option<Seq>> {
    let next: Option<Seq> = connection.value("SELECT min(seq) FROM messages WHERE seq >= ?1", [seq])?;
    Ok(next.map(block))
}

/// Returns how many messages of some kinds come after a number: whole blocks from the stored counts, the
/// block of the number row by row.
pub(super) fn count_after(connection: &Connection, kinds: &[Kind], seq: Seq) -> rusqlite::Result<u64> {
    let block = block(seq);
    let of_kinds = of_kinds(kinds);
    let sql = format!(
        "SELECT (SELECT coalesce(sum(n), 0) FROM spans WHERE {of_kinds} AND block > ?1)
              + (SELECT count(*) FROM messages WHERE seq > ?2 AND seq < ?3 AND {of_kinds})"
    );
    let next = start(block + 1);
    connection.value(&sql, [block, seq, next])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::connection;

    #[test]
    fn the_first_message_of_a_kind_makes_its_counter() {
        let directory = tempfile::tempdir().unwrap();
        let connection = connection::open(directory.path()).unwrap();
        connection.execute("DELETE FROM counts WHERE kind = 'voice'", []).unwrap();
        for seq in 1..=2 {
            let mut changes = SpanChanges::default();
            changes.add(seq, Kind::Voice, 7, true);
            changes.store(&connection).unwrap();
        }
        assert_eq!(number(&connection, Kind::Voice.name()).unwrap(), 2);
    }
}
