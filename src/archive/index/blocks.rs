//! Keeps the search index in step with the messages, block by block: writes the rows of a full block part by
//! part, and removes rows when messages are removed.

use std::sync::Arc;

use rusqlite::{Connection, params};

use crate::archive::connection::statements::Statements as _;
use crate::archive::spans::{NOWHERE, block, highest, next_block, set_number, start};
use crate::record::Seq;
use crate::weibo::window;

use super::entry::SearchEntry;
use super::postings::{self, BlockBuilder, block_of, id};
use super::rebuild::{self, Step};
use super::unindexed::{INDEXED, SearchEntries, Unindexed, end};
use super::windows;

/// The number of senders updated in one transaction, which delays answers by some milliseconds.
pub(super) const SENDERS_AT_ONCE: usize = 256;

/// The number of postings rows written in one transaction: some 40 kB.
const ROWS_AT_ONCE: usize = 32;
/// The maximum total size in bytes of the postings rows written in one transaction; a larger row is written
/// alone.
const BYTES_AT_ONCE: usize = 1 << 20;

/// The number of full blocks built together, as long as their entries stay below [`BYTES_TOGETHER`]. The rows of a
/// bucket are adjacent, so a page with those of several blocks is written once.
const BLOCKS_TOGETHER: Seq = 4;
const BYTES_TOGETHER: usize = 8 << 20;

/// A part of full blocks, ready to be written in a transaction of its own.
pub(in crate::archive) struct BlockPart {
    /// The last of the blocks.
    pub(super) block: Seq,
    pub(super) what: What,
    /// Whether the blocks were indexed before.
    pub(super) is_again: bool,
}

pub(super) enum What {
    Windows(Vec<windows::Change>),
    /// Id and bytes of each row; an empty row is deleted.
    Postings(Vec<(u64, Vec<u8>)>),
    /// The end of the block: all its parts have been written.
    End,
    Rebuild(Step),
}

/// Returns the parts of the next full blocks that are not indexed, at most [`BLOCKS_TOGETHER`] of them, or none.
/// A block stays full when messages are removed, because numbers are never reused. Drops the kept entries of
/// indexed messages.
pub(in crate::archive) fn next_parts(
    connection: &Connection,
    unindexed: &Unindexed,
) -> rusqlite::Result<Vec<BlockPart>> {
    let indexed = end(connection)?;
    unindexed.forget_before(indexed);
    let open = block(highest(connection)? + 1);
    let Some(block) = next_block(connection, indexed)?.filter(|block| *block < open) else { return Ok(Vec::new()) };
    let mut entries = SearchEntries::new();
    for block in block..open.min(block + BLOCKS_TOGETHER) {
        entries.extend(unindexed.between(connection, block..block + 1)?);
        if entries.iter().map(|(_, entry)| entry.size()).sum::<usize>() >= BYTES_TOGETHER {
            break;
        }
    }
    parts(&entries, |seq| Unindexed::read_one(connection, seq))
}

/// Returns the parts of full blocks that consist of these messages, to be written in this order. Entries without
/// tokens are read again with `read`.
pub(in crate::archive) fn parts(
    entries: &SearchEntries,
    read: impl Fn(Seq) -> rusqlite::Result<Option<SearchEntry>>,
) -> rusqlite::Result<Vec<BlockPart>> {
    let Some((last, _)) = entries.last() else { return Ok(Vec::new()) };
    let last = block(*last);
    let part = |block, what| BlockPart { block, what, is_again: false };
    let (mut rows, mut ends) = (Vec::new(), Vec::new());
    for entries in entries.chunk_by(|(one, _), (other, _)| block(*one) == block(*other)) {
        let Some((first, _)) = entries.first() else { continue };
        let block = block(*first);
        rows.extend(built(entries, &read)?.rows().map(|(bucket, row)| (id(bucket, block), row)));
        ends.push(part(block, What::End));
    }
    rows.sort_unstable_by_key(|(id, _)| *id);
    let changes = windows::changes(entries);
    let windows = changes.chunks(SENDERS_AT_ONCE).map(|changes| part(last, What::Windows(changes.to_vec())));
    Ok(windows.chain(postings(rows).map(|rows| part(last, What::Postings(rows)))).chain(ends).collect())
}

/// Returns the parts of the next block to be rebuilt, or none when the rebuild is complete.
pub(in crate::archive) fn next_rebuilt_parts(connection: &Connection) -> rusqlite::Result<Vec<BlockPart>> {
    if !rebuild::is_rebuild_wanted(connection)? {
        return Ok(Vec::new());
    }
    let step = |block, step| BlockPart { block, what: What::Rebuild(step), is_again: true };
    if !rebuild::has_begun(connection)? {
        let wrong = windows::of_others(connection)?;
        let mut chunks: Vec<_> = wrong.chunks(SENDERS_AT_ONCE).map(<[_]>::to_vec).collect();
        // The last, empty chunk records that the rebuild has begun.
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
    let entries = Unindexed::default().read_block(connection, next)?;
    let mut parts = parts(&entries, |seq| Unindexed::read_one(connection, seq))?;
    for part in &mut parts {
        part.is_again = true;
    }
    // The end of the block comes last.
    let _end = parts.pop();
    parts.extend([step(next, Step::Derive), BlockPart { block: next, what: What::End, is_again: true }]);
    Ok(parts)
}

/// Builds the index of a block that consists of these messages. Entries without tokens are read again with
/// `read`.
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

/// Groups rows by the transactions that write them.
fn postings(rows: Vec<(u64, Vec<u8>)>) -> impl Iterator<Item = Vec<(u64, Vec<u8>)>> {
    let mut rows = rows.into_iter().peekable();
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
    /// Writes the part, unless the blocks are already complete.
    pub(in crate::archive) fn store(&self, connection: &Connection) -> rusqlite::Result<()> {
        let done = if self.is_again { rebuild::rebuilt(connection)? } else { end(connection)? };
        if done > start(self.block) {
            return Ok(());
        }
        match &self.what {
            What::Windows(changes) => windows::store(connection, changes),
            What::Postings(rows) => {
                // Another process may have completed some of the blocks, and have left a part of another one.
                let mut rows = rows.iter().filter(|(id, _)| start(block_of(*id)) >= done);
                let mut put =
                    connection.prepare_cached("INSERT OR REPLACE INTO postings (id, entries) VALUES (?1, ?2)")?;
                let mut remove = connection.prepare_cached("DELETE FROM postings WHERE id = ?1")?;
                rows.try_for_each(|(id, entries)| {
                    if entries.is_empty() { remove.execute([id]) } else { put.execute(params![id, entries]) }.map(drop)
                })
            }
            What::End if self.is_again => rebuild::set_end(connection, start(self.block + 1)),
            What::End => {
                // A block that has just been written need not be rebuilt.
                if rebuild::rebuilt(connection)? == end(connection)? {
                    rebuild::set_end(connection, start(self.block + 1))?;
                }
                set_number(connection, INDEXED, start(self.block + 1))
            }
            What::Rebuild(step) => step.store(connection, self.block),
        }
    }
}

/// Reads a row of the index; empty if it does not exist.
pub(super) fn row(connection: &Connection, bucket: u64, block: Seq) -> rusqlite::Result<Vec<u8>> {
    let row = connection.find("SELECT entries FROM postings WHERE id = ?1", [id(bucket, block)], |row| row.get(0))?;
    Ok(row.unwrap_or_default())
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

/// Removes the index data of removed messages: the postings of empty blocks, and the windows that closed before
/// the oldest remaining message.
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
    let windows = "DELETE FROM senders WHERE last_at < (SELECT min(earliest) FROM spans WHERE n > 0) - ?1";
    connection.run(windows, [window::WINDOW.num_milliseconds()]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Arrival;

    /// Returns the entries of the messages that fill these blocks.
    fn entries(blocks: std::ops::Range<Seq>) -> SearchEntries {
        let entry = |seq: Seq| {
            let raw = format!(r#"{{"type":"text","receiver_id":1,"sender_id":{},"text":"退款 {seq}"}}"#, seq % 7);
            let arrival = Arrival::new(raw, chrono::DateTime::UNIX_EPOCH);
            (seq, Arc::new(SearchEntry::new(&arrival.message, "", 0, true)))
        };
        (start(blocks.start)..start(blocks.end)).map(entry).collect()
    }

    fn ids(connection: &Connection) -> Vec<u64> {
        let mut rows = connection.prepare("SELECT id FROM postings ORDER BY id").unwrap();
        rows.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn the_rows_of_several_blocks_are_written_side_by_side_and_those_of_a_finished_block_are_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let connection = crate::archive::connection::open(directory.path()).unwrap();
        let store = |blocks| {
            let parts = parts(&entries(blocks), |_| Ok(None)).unwrap();
            parts.iter().try_for_each(|part| part.store(&connection)).unwrap();
            parts
        };
        let written: Vec<u64> = store(1..3)
            .iter()
            .filter_map(|part| if let What::Postings(rows) = &part.what { Some(rows) } else { None })
            .flat_map(|rows| rows.iter().map(|(id, _)| *id))
            .collect();
        assert!(written.is_sorted() && written.iter().any(|id| block_of(*id) == 1), "{}", written.len());
        assert_eq!(end(&connection).unwrap(), start(3));
        let both = ids(&connection);
        assert!([1, 2].iter().all(|block| both.iter().any(|id| block_of(*id) == *block)));
        connection.execute("DELETE FROM postings", []).unwrap();
        store(2..4);
        assert!(!ids(&connection).is_empty() && ids(&connection).iter().all(|id| block_of(*id) == 3));
        assert_eq!(end(&connection).unwrap(), start(4));
    }
}
