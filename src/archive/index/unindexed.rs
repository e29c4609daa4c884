//! The messages that the search index does not have yet: their entries, kept in memory so that they are found all the same.
//!
//! The archive's file alone says which messages those are. What is kept here saves reading them again; what is missing,
//! because another process or an earlier one wrote it, is read when it is asked for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::archive::row::time;
use crate::archive::spans::{self, BLOCK_BITS, block};
use crate::record::{Record, Seq};
use crate::weibo::Kind;
use crate::weibo::charset::Charset;

use super::entry::SearchEntry;

/// So many entries are kept at the most, each some 400 bytes: far more than wait for the index even in a flood. Others are
/// read when they are asked for.
const KEPT: usize = 1 << 15;
/// In so many bytes: twice what that many usually take. Of those that come when they are full what their text is found by
/// is not kept, so that a search for words reads them one by one.
const KEPT_BYTES: usize = 24 << 20;

/// The row of `counts` that holds the first number that is not indexed.
pub(super) const INDEXED: &str = "indexed";

/// The first number that is not indexed.
pub(super) fn end(connection: &Connection) -> rusqlite::Result<Seq> {
    spans::number(connection, INDEXED)
}

/// Messages with their entries, in order.
pub(in crate::archive) type SearchEntries = Vec<(Seq, Arc<SearchEntry>)>;

/// Shared by the writer, who adds to it, and those who read in the same process.
#[derive(Debug, Default)]
pub(in crate::archive) struct Unindexed(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    entries: BTreeMap<Seq, Arc<SearchEntry>>,
    /// How much they take.
    n_bytes: usize,
    /// A number was left out, so that another process may have written a message that is not here.
    has_gap: bool,
}

impl Unindexed {
    /// Takes messages over that are on disk.
    pub(in crate::archive) fn push(&self, entries: impl IntoIterator<Item = (Seq, Arc<SearchEntry>)>) {
        let mut kept = self.kept();
        for (seq, entry) in entries {
            kept.has_gap |= kept.entries.last_key_value().is_some_and(|(last, _)| seq != last + 1);
            if kept.entries.len() < KEPT {
                kept.insert(seq, entry);
            }
        }
    }

    /// The entries of all messages that are not indexed.
    pub(in crate::archive) fn entries(&self, connection: &Connection) -> rusqlite::Result<SearchEntries> {
        self.pick(connection, |seq, entry| Some((seq, Arc::clone(entry))))
    }

    /// Something of the messages that are not indexed, which is cheaper than all their entries if it is of few.
    pub(super) fn pick<T>(
        &self,
        connection: &Connection,
        pick: impl Fn(Seq, &Arc<SearchEntry>) -> Option<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let start = end(connection)?;
        self.forget_before(start);
        self.pick_between(connection, block(start)..Seq::MAX >> (BLOCK_BITS + 1), pick)
    }

    /// Lets those go that are found through the index.
    pub(in crate::archive) fn forget_before(&self, seq: Seq) {
        let mut kept = self.kept();
        if kept.entries.first_key_value().is_some_and(|(first, _)| *first < seq) {
            kept.entries = kept.entries.split_off(&seq);
            kept.n_bytes = kept.entries.values().map(|entry| entry.size()).sum();
        }
    }

    /// The entries of all messages in a range of blocks.
    pub(super) fn between(&self, connection: &Connection, blocks: Range<Seq>) -> rusqlite::Result<SearchEntries> {
        self.pick_between(connection, blocks, |seq, entry| Some((seq, Arc::clone(entry))))
    }

    fn pick_between<T>(
        &self,
        connection: &Connection,
        blocks: Range<Seq>,
        pick: impl Fn(Seq, &Arc<SearchEntry>) -> Option<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let (start, end) = (spans::start(blocks.start), spans::start(blocks.end));
        let highest: Option<Seq> = connection
            .prepare_cached("SELECT max(seq) FROM messages WHERE seq >= ?1 AND seq < ?2")?
            .query_row([start, end], |row| row.get(0))?;
        let Some(highest) = highest else { return Ok(Vec::new()) };
        // A count of the rows would look at each.
        let mut count = connection
            .prepare_cached("SELECT coalesce(sum(n), 0) FROM spans WHERE kind = ?1 AND block >= ?2 AND block < ?3")?;
        let count =
            |kind: Kind| count.query_row(params![kind.name(), blocks.start, blocks.end], |row| row.get::<_, usize>(0));
        let n: usize = Kind::ALL.into_iter().map(count).sum::<rusqlite::Result<_>>()?;
        let kept = self.kept();
        if !kept.has_gap {
            // The writer may be further than this connection.
            let entries = kept.entries.range(start..=highest);
            let (mut count, mut last) = (0, None);
            let counted = entries.inspect(|(seq, _)| (count, last) = (count + 1, Some(**seq)));
            let picked = counted.filter_map(|(seq, entry)| pick(*seq, entry)).collect();
            if count == n && last == Some(highest) {
                return Ok(picked);
            }
        }
        drop(kept);
        let entries = self.read(connection, start, highest)?;
        Ok(entries.iter().filter_map(|(seq, entry)| pick(*seq, entry)).collect())
    }

    /// The entries of all messages in a range, reading what is not there and letting go what is not in the archive.
    fn read(&self, connection: &Connection, start: Seq, highest: Seq) -> rusqlite::Result<SearchEntries> {
        let mut messages = connection.prepare_cached(
            "SELECT received_at, verified, raw, account, charset, seq FROM messages
             WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq",
        )?;
        let mut rows = messages.query([start, highest])?;
        let mut entries = SearchEntries::new();
        let mut n_bytes = 0;
        while let Some(row) = rows.next()? {
            let seq = row.get(5)?;
            let known = self.kept().entries.get(&seq).cloned();
            let entry = bounded(known.map_or_else(|| entry(seq, row).map(Arc::new), Ok)?, n_bytes);
            n_bytes += entry.size();
            entries.push((seq, entry));
        }
        let mut kept = self.kept();
        kept.entries.retain(|seq, _| *seq < start || *seq > highest);
        kept.n_bytes = kept.entries.values().map(|entry| entry.size()).sum();
        let room = KEPT.saturating_sub(kept.entries.len());
        for (seq, entry) in entries.iter().take(room) {
            kept.insert(*seq, Arc::clone(entry));
        }
        // What the writer has added since may have one of its own.
        let is_all = |kept: &Kept| {
            kept.entries.range(..start).next().is_none() && kept.entries.range(highest + 1..).next().is_none()
        };
        kept.has_gap &= !is_all(&kept);
        Ok(entries)
    }

    /// The entries of a block, read from its messages.
    pub(super) fn read_block(&self, connection: &Connection, block: Seq) -> rusqlite::Result<SearchEntries> {
        self.read(connection, spans::start(block), spans::start(block + 1) - 1)
    }

    /// The whole entry of a message; `None` when it has gone.
    pub(super) fn read_one(connection: &Connection, seq: Seq) -> rusqlite::Result<Option<SearchEntry>> {
        connection
            .prepare_cached("SELECT received_at, verified, raw, account, charset FROM messages WHERE seq = ?1")?
            .query_row([seq], |row| entry(seq, row))
            .optional()
    }

    /// A panic elsewhere leaves nothing half done here.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn insert(&mut self, seq: Seq, entry: Arc<SearchEntry>) {
        let entry = bounded(entry, self.n_bytes);
        self.n_bytes += entry.size();
        self.entries.insert(seq, entry);
    }
}

/// An entry as it is kept beside others that take so many bytes.
fn bounded(entry: Arc<SearchEntry>, n_bytes: usize) -> Arc<SearchEntry> {
    if n_bytes + entry.size() > KEPT_BYTES { Arc::new(entry.without_tokens()) } else { entry }
}

/// The entry of a message in a row of time, signature, bytes, account and charset.
fn entry(seq: Seq, row: &Row<'_>) -> rusqlite::Result<SearchEntry> {
    let charset = Charset::named(row.get_ref(4)?.as_str()?);
    let mut record = Record::decoded(seq, time(row.get(0)?), row.get(2)?, charset);
    (record.verified, record.account) = (row.get(1)?, row.get(3)?);
    Ok(SearchEntry::of(&record))
}
