//! What is kept so that nothing has to be counted or looked through: counts and spans of time, written in the turn that
//! keeps the messages, and the search index, which follows block by block.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::record::Seq;
use crate::weibo::{Kind, window};

use super::entry::SearchEntry;
use super::postings::{self, block, start};
use super::unindexed::{SearchEntries, Unindexed};
use super::windows;

/// The rows of `counts` and `spans` that hold how many messages are unread.
pub(in crate::archive) const UNREAD: &str = "unread";
/// The row of `counts` that holds how many messages ever came that were no samples of one's own.
pub(in crate::archive) const REAL: &str = "real";
/// The row of `counts` that holds the first number that is not indexed.
const INDEXED: &str = "indexed";

/// What a turn adds to counts and spans.
#[derive(Default)]
pub(in crate::archive) struct CountChanges {
    /// By kind, or [`UNREAD`], and block: how many, the earliest and the latest.
    spans: BTreeMap<(&'static str, Seq), (u64, i64, i64)>,
    n_real: u64,
}

impl CountChanges {
    /// Adds a message that was just kept.
    pub(in crate::archive) fn add(&mut self, seq: Seq, entry: &SearchEntry, is_unread: bool) {
        self.count(seq, entry.kind, entry.received_at, is_unread);
        self.n_real += u64::from(!entry.is_sample);
    }

    fn count(&mut self, seq: Seq, kind: Kind, received_at: i64, is_unread: bool) {
        for row in [Some(kind.name()), is_unread.then_some(UNREAD)].into_iter().flatten() {
            let (n, earliest, latest) = self.spans.entry((row, block(seq))).or_insert((0, received_at, received_at));
            *n += 1;
            *earliest = received_at.min(*earliest);
            *latest = received_at.max(*latest);
        }
    }

    /// Writes them, at the end of the turn.
    pub(in crate::archive) fn store(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut count = connection.prepare_cached("UPDATE counts SET n = n + ?1 WHERE kind = ?2")?;
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

/// Counts every message of an archive that had no counts, as read.
pub(in crate::archive) fn count_all(connection: &Connection) -> rusqlite::Result<()> {
    let mut messages = connection.prepare("SELECT seq, kind, received_at FROM messages")?;
    let mut rows = messages.query([])?;
    let mut counts = CountChanges::default();
    while let Some(row) = rows.next()? {
        if let Some(kind) = Kind::from_name(row.get_ref(1)?.as_str()?) {
            counts.count(row.get(0)?, kind, row.get(2)?, false);
        }
    }
    counts.store(connection)
}

/// The first number that is not indexed.
pub(in crate::archive) fn end(connection: &Connection) -> rusqlite::Result<Seq> {
    let mut statement = connection.prepare_cached("SELECT n FROM counts WHERE kind = ?1")?;
    statement.query_row([INDEXED], |row| row.get(0))
}

/// So many senders are brought up to date in one turn, which takes some milliseconds that answers wait for.
const SENDERS_AT_ONCE: usize = 256;

/// So many rows of postings are written in one turn: some 40 kB.
const ROWS_AT_ONCE: usize = 32;

/// A part of a full block, ready to be written in a turn of its own.
pub(in crate::archive) struct BlockPart {
    block: Seq,
    what: What,
}

enum What {
    Windows(Vec<windows::Change>),
    /// Bucket and bytes of each row.
    Postings(Vec<(u64, Vec<u8>)>),
    /// Everything of the block has been written.
    End,
}

/// The parts of the next block that is full and not indexed; none if there is no such block.
/// Messages that were removed leave it full, because numbers are never used again.
pub(in crate::archive) fn next(connection: &Connection, unindexed: &Unindexed) -> rusqlite::Result<Vec<BlockPart>> {
    let first: Option<Seq> = connection
        .prepare_cached("SELECT min(seq) FROM messages WHERE seq >= ?1")?
        .query_row([end(connection)?], |row| row.get(0))?;
    let open = block(highest(connection)? + 1);
    let Some(block) = first.map(block).filter(|block| *block < open) else { return Ok(Vec::new()) };
    Ok(parts(&unindexed.between(connection, block..block + 1)?))
}

/// The parts of full blocks that hold these messages and no others, to be written in their order.
pub(in crate::archive) fn parts(entries: &SearchEntries) -> Vec<BlockPart> {
    let Some((first, _)) = entries.first() else { return Vec::new() };
    let first = block(*first);
    let changes = windows::changes(entries);
    let windows = changes
        .chunks(SENDERS_AT_ONCE)
        .map(|changes| BlockPart { block: first, what: What::Windows(changes.to_vec()) });
    let blocks = entries.chunk_by(|(one, _), (other, _)| block(*one) == block(*other));
    let postings = blocks.filter_map(|entries| {
        let block = block(entries.first()?.0);
        let mut rows = postings::build(entries).into_iter();
        let some = std::iter::from_fn(move || Some(rows.by_ref().take(ROWS_AT_ONCE).collect::<Vec<_>>()));
        let rows = some.take_while(|rows| !rows.is_empty()).map(What::Postings);
        Some(rows.chain([What::End]).map(move |what| BlockPart { block, what }))
    });
    windows.chain(postings.flatten()).collect()
}

impl BlockPart {
    /// Writes it, unless somebody else has.
    pub(in crate::archive) fn store(&self, connection: &Connection) -> rusqlite::Result<()> {
        if end(connection)? > start(self.block) {
            return Ok(());
        }
        match &self.what {
            What::Windows(changes) => windows::store(connection, changes),
            What::Postings(rows) => {
                // It may be there, of a block that was not written to its end.
                let mut row =
                    connection.prepare_cached("INSERT OR REPLACE INTO postings (id, entries) VALUES (?1, ?2)")?;
                rows.iter()
                    .try_for_each(|(bucket, entries)| row.execute(params![id(*bucket, self.block), entries]).map(drop))
            }
            What::End => connection
                .prepare_cached("UPDATE counts SET n = ?1 WHERE kind = ?2")?
                .execute(params![start(self.block + 1), INDEXED])
                .map(drop),
        }
    }
}

/// Whether numbers up to the second one have filled a block that the first one had not.
pub(in crate::archive) const fn has_filled(before: Seq, after: Seq) -> bool {
    block(after + 1) > block(before + 1)
}

/// Indexes every full block.
pub(in crate::archive) fn catch_up(connection: &Connection, unindexed: &Unindexed) -> rusqlite::Result<()> {
    loop {
        let parts = next(connection, unindexed)?;
        if parts.is_empty() {
            return Ok(());
        }
        parts.iter().try_for_each(|part| part.store(connection))?;
        unindexed.forget_before(end(connection)?);
    }
}

/// Removes what is kept of messages that were removed: the postings of whole blocks, and the windows that had
/// closed before anything that is left came.
pub(in crate::archive) fn forget(connection: &Connection, seqs: &[Seq]) -> rusqlite::Result<()> {
    let mut blocks: Vec<Seq> = seqs.iter().map(|seq| block(*seq)).collect();
    blocks.dedup();
    let mut is_left = connection.prepare_cached("SELECT 1 FROM messages WHERE seq >= ?1 AND seq < ?2")?;
    let mut row = connection.prepare_cached("DELETE FROM postings WHERE id = ?1")?;
    for block in blocks {
        if block < postings::block(end(connection)?) && !is_left.exists([start(block), start(block + 1)])? {
            for bucket in 0..postings::BUCKETS {
                row.execute([id(bucket, block)])?;
            }
        }
    }
    connection
        .prepare_cached("DELETE FROM senders WHERE last_at < (SELECT min(earliest) FROM spans WHERE n > 0) - ?1")?
        .execute([window::WINDOW.num_milliseconds()])
        .map(drop)
}

/// So many bits of a row's number tell the block.
const ID_BITS: u32 = 52;

/// The number of a row of `postings`, which keeps the rows of a bucket together, in the order of their blocks.
pub(in crate::archive) const fn id(bucket: u64, block: Seq) -> u64 {
    bucket << ID_BITS | block
}

/// The block of a row of `postings`.
pub(in crate::archive) const fn block_of(id: u64) -> Seq {
    id & ((1 << ID_BITS) - 1)
}

/// The highest number that was ever given.
pub(in crate::archive) fn highest(connection: &Connection) -> rusqlite::Result<Seq> {
    let mut statement = connection.prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'messages'")?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?.unwrap_or_default())
}
