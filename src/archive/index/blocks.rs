//! The search index follows the messages block by block: what a full block adds to it, written part by part, and what goes
//! when messages go.

use rusqlite::{Connection, params};

use crate::archive::spans::{block, highest, start};
use crate::record::Seq;
use crate::weibo::window;

use super::postings::{self, id};
use super::unindexed::{INDEXED, SearchEntries, Unindexed, end};
use super::windows;

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
pub(in crate::archive) fn next_parts(
    connection: &Connection,
    unindexed: &Unindexed,
) -> rusqlite::Result<Vec<BlockPart>> {
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

/// Indexes every full block.
pub(in crate::archive) fn catch_up(connection: &Connection, unindexed: &Unindexed) -> rusqlite::Result<()> {
    loop {
        let parts = next_parts(connection, unindexed)?;
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
    let indexed = block(end(connection)?);
    for block in blocks {
        if block < indexed && !is_left.exists([start(block), start(block + 1)])? {
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
