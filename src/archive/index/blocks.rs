//! The search index follows the messages block by block: what a full block adds to it, written part by part, and what goes
//! when messages go.

use std::sync::Arc;

use rusqlite::{Connection, params};

use crate::archive::spans::{NOWHERE, block, highest, next_block, set_number, start};
use crate::record::Seq;
use crate::weibo::window;

use super::entry::SearchEntry;
use super::postings::{self, BlockBuilder, id};
use super::rebuild::{self, Step};
use super::unindexed::{INDEXED, SearchEntries, Unindexed, end};
use super::windows;

/// The senders that are brought up to date in one turn, which takes some milliseconds that answers wait for.
pub(super) const SENDERS_AT_ONCE: usize = 256;

/// The rows of postings that are written in one turn: some 40 kB.
const ROWS_AT_ONCE: usize = 32;
/// Of large rows fewer: as many as fit into this, or one.
const BYTES_AT_ONCE: usize = 1 << 20;

/// So many blocks are made together, where so many are full and have less than [`BYTES_TOGETHER`]: their rows lie side by side, and a
/// page that has several is written once.
const BLOCKS_TOGETHER: Seq = 4;
const BYTES_TOGETHER: usize = 4 << 20;

/// A part of a full block, ready to be written in a turn of its own.
pub(in crate::archive) struct BlockPart {
    pub(super) block: Seq,
    pub(super) what: What,
    /// Whether the block has been indexed before.
    pub(super) is_again: bool,
}

pub(super) enum What {
    Windows(Vec<windows::Change>),
    /// Bucket and bytes of each row; without bytes there is none.
    Postings(Vec<(u64, Vec<u8>)>),
    /// Everything of the block has been written.
    End,
    /// A step of indexing again.
    Rebuild(Step),
}

/// The parts of the next blocks that are full and not indexed, at most [`BLOCKS_TOGETHER`]; none if there is no such block.
/// Messages that were removed leave it full, because numbers are never used again. What is indexed is let go.
pub(in crate::archive) fn next_parts(
    connection: &Connection,
    unindexed: &Unindexed,
) -> rusqlite::Result<Vec<BlockPart>> {
    let indexed = end(connection)?;
    unindexed.forget_before(indexed);
    let open = block(highest(connection)? + 1);
    let Some(block) = next_block(connection, indexed)?.filter(|block| *block < open) else { return Ok(Vec::new()) };
    let mut parts = Vec::new();
    for block in block..open.min(block + BLOCKS_TOGETHER) {
        let entries = unindexed.between(connection, block..block + 1)?;
        parts.extend(self::parts(&entries, |seq| Unindexed::read_one(connection, seq))?);
        if parts.iter().map(BlockPart::size).sum::<usize>() >= BYTES_TOGETHER {
            break;
        }
    }
    Ok(parts)
}

/// The parts of full blocks that hold these messages and no others, to be written in their order. What was not kept of an
/// entry is read again by `read`.
pub(in crate::archive) fn parts(
    entries: &SearchEntries,
    read: impl Fn(Seq) -> rusqlite::Result<Option<SearchEntry>>,
) -> rusqlite::Result<Vec<BlockPart>> {
    let Some((first, _)) = entries.first() else { return Ok(Vec::new()) };
    let first = block(*first);
    let part = |block, what| BlockPart { block, what, is_again: false };
    let changes = windows::changes(entries);
    let windows = changes.chunks(SENDERS_AT_ONCE).map(|changes| part(first, What::Windows(changes.to_vec())));
    let mut parts: Vec<BlockPart> = windows.collect();
    for entries in entries.chunk_by(|(one, _), (other, _)| block(*one) == block(*other)) {
        let Some((first, _)) = entries.first() else { continue };
        parts.extend(postings(built(entries, &read)?).map(|rows| part(block(*first), What::Postings(rows))));
        parts.push(part(block(*first), What::End));
    }
    Ok(parts)
}

/// The parts of the next block that is to be made again; none when all is done.
pub(in crate::archive) fn next_rebuilt_parts(connection: &Connection) -> rusqlite::Result<Vec<BlockPart>> {
    if !rebuild::is_rebuild_wanted(connection)? {
        return Ok(Vec::new());
    }
    let step = |block, step| BlockPart { block, what: What::Rebuild(step), is_again: true };
    if !rebuild::has_begun(connection)? {
        let wrong = windows::of_others(connection)?;
        let mut chunks: Vec<_> = wrong.chunks(SENDERS_AT_ONCE).map(<[_]>::to_vec).collect();
        // The last one says that it has begun, of which there is one at least.
        chunks.push(Vec::new());
        return Ok(chunks.into_iter().map(|chunk| step(0, Step::Begin(chunk))).collect());
    }
    let (from, end) = (rebuild::rebuilt(connection)?, end(connection)?);
    if from >= end {
        return Ok(vec![step(block(from), Step::Finish)]);
    }
    let next = next_block(connection, from)?.unwrap_or(NOWHERE).min(block(end));
    if next > block(from) {
        let last = next - 1;
        let gap = step(last, Step::Gap(block(from)));
        return Ok(vec![gap, BlockPart { block: last, what: What::End, is_again: true }]);
    }
    let block = next;
    let entries = Unindexed::default().read_block(connection, block)?;
    let part = |what| BlockPart { block, what, is_again: true };
    let mut parts = Vec::new();
    let changes = windows::changes(&entries);
    parts.extend(changes.chunks(SENDERS_AT_ONCE).map(|changes| part(What::Windows(changes.to_vec()))));
    parts.extend(
        postings(built(&entries, |seq| Unindexed::read_one(connection, seq))?).map(|rows| part(What::Postings(rows))),
    );
    parts.push(step(block, Step::Derive));
    parts.push(part(What::End));
    Ok(parts)
}

/// The index of a block that holds these messages and no others. What was not kept of an entry is read again by `read`.
fn built(
    entries: &[(Seq, Arc<SearchEntry>)],
    read: impl Fn(Seq) -> rusqlite::Result<Option<SearchEntry>>,
) -> rusqlite::Result<BlockBuilder> {
    let mut builder = BlockBuilder::new();
    for (seq, entry) in entries {
        let again = if entry.tokens().is_none() { read(*seq)? } else { None };
        builder.add(*seq, again.as_ref().unwrap_or(entry));
    }
    Ok(builder)
}

/// The rows of a block, as many together as are written in one turn.
pub(super) fn postings(builder: BlockBuilder) -> impl Iterator<Item = Vec<(u64, Vec<u8>)>> {
    let mut rows = builder.rows().peekable();
    std::iter::from_fn(move || {
        let mut some = vec![rows.next()?];
        let mut n_bytes = some.iter().map(|(_, row)| row.len()).sum::<usize>();
        while some.len() < ROWS_AT_ONCE
            && let Some(row) = rows.next_if(|(_, row)| n_bytes + row.len() <= BYTES_AT_ONCE)
        {
            n_bytes += row.1.len();
            some.push(row);
        }
        Some(some)
    })
}

impl BlockPart {
    /// How many bytes its rows have.
    fn size(&self) -> usize {
        let What::Postings(rows) = &self.what else { return 0 };
        rows.iter().map(|(_, entries)| entries.len()).sum()
    }

    /// Writes it, unless somebody else has.
    pub(in crate::archive) fn store(&self, connection: &Connection) -> rusqlite::Result<()> {
        let done = if self.is_again { rebuild::rebuilt(connection)? } else { end(connection)? };
        if done > start(self.block) {
            return Ok(());
        }
        match &self.what {
            What::Windows(changes) => windows::store(connection, changes),
            What::Postings(rows) => {
                // It may be there, of a block that was not written to its end.
                let mut put =
                    connection.prepare_cached("INSERT OR REPLACE INTO postings (id, entries) VALUES (?1, ?2)")?;
                let mut remove = connection.prepare_cached("DELETE FROM postings WHERE id = ?1")?;
                rows.iter().try_for_each(|(bucket, entries)| {
                    let id = id(*bucket, self.block);
                    if entries.is_empty() { remove.execute([id]) } else { put.execute(params![id, entries]) }.map(drop)
                })
            }
            What::End if self.is_again => rebuild::set_end(connection, start(self.block + 1)),
            What::End => {
                // What has just been written needs not be written again.
                if rebuild::rebuilt(connection)? == end(connection)? {
                    rebuild::set_end(connection, start(self.block + 1))?;
                }
                set_number(connection, INDEXED, start(self.block + 1))
            }
            What::Rebuild(step) => step.store(connection, self.block),
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
