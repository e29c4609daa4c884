//! The entries of messages that the search index does not have yet, kept in memory so that these messages are
//! found too.
//!
//! Only the archive's file says which messages these are. This cache saves reading them again; entries that are
//! missing, because another process or an earlier run wrote the messages, are read on demand.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Row};

use crate::archive::connection::statements::Statements as _;
use crate::archive::row::message;
use crate::archive::spans::{self, NOWHERE, block, of_kinds};
use crate::record::Seq;
use crate::weibo::Kind;

use super::entry::{Contact, SearchEntry, SenderKey};

/// The maximum number of entries kept, some 400 bytes each: far more than wait for the index even in a flood.
/// Others are read on demand.
const KEPT: usize = 1 << 15;
/// The maximum size of the kept entries in bytes: twice the usual size of [`KEPT`] entries. Entries beyond it are
/// kept without tokens, so that a search for words reads their messages one by one.
const KEPT_BYTES: usize = 24 << 20;

/// The messages of a range.
const MESSAGES: &str = "SELECT received_at, verified, raw, account, charset, seq FROM messages
     WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq";

/// The row of `counts` with the first number that is not indexed.
pub(super) const INDEXED: &str = "indexed";

/// Returns the first number that is not indexed.
pub(super) fn end(connection: &Connection) -> rusqlite::Result<Seq> {
    spans::number(connection, INDEXED)
}

/// Messages with their entries, in order.
pub(in crate::archive) type SearchEntries = Vec<(Seq, Arc<SearchEntry>)>;

/// The cache, shared by the writer, which adds entries, and the readers of the same process.
#[derive(Debug, Default)]
pub(in crate::archive) struct Unindexed(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    entries: BTreeMap<Seq, Arc<SearchEntry>>,
    /// The numbers of the messages that may open or close a sender's reply window, in order.
    by_sender: HashMap<SenderKey, Vec<Seq>>,
    /// Total size in bytes.
    n_bytes: usize,
    /// Whether a number was skipped, so that a message may lack its entry.
    has_gap: bool,
}

impl Unindexed {
    /// Adds messages that are on disk.
    pub(in crate::archive) fn push(&self, entries: impl IntoIterator<Item = (Seq, Arc<SearchEntry>)>) {
        let mut kept = self.kept();
        for (seq, entry) in entries {
            kept.has_gap |= kept.entries.last_key_value().is_none_or(|(last, _)| seq > last + 1);
            kept.insert(seq, entry);
        }
    }

    /// Returns the entries of all messages that are not indexed.
    pub(in crate::archive) fn entries(&self, connection: &Connection) -> rusqlite::Result<SearchEntries> {
        self.between(connection, self.blocks(connection)?)
    }

    /// Returns the effects of these senders' messages that are not indexed on their reply windows, in order. The
    /// cost depends on the messages of these senders only.
    pub(super) fn contacts<'a>(
        &self,
        connection: &Connection,
        senders: impl Iterator<Item = &'a SenderKey>,
    ) -> rusqlite::Result<Vec<(Seq, Contact)>> {
        let blocks = self.blocks(connection)?;
        let Some(extent) = Extent::of(connection, blocks)? else { return Ok(Vec::new()) };
        self.catch_up(connection, &extent)?;
        let senders: Vec<SenderKey> = senders.copied().collect();
        let contact = |(seq, entry): (Seq, &SearchEntry)| Some((seq, entry.contact?));
        let kept = self.kept();
        if kept.is_complete(&extent) {
            let seqs = senders.iter().filter_map(|sender| kept.by_sender.get(sender)).flatten();
            let seqs = seqs.copied().filter(|seq| (extent.start..=extent.highest).contains(seq));
            let mut contacts: Vec<_> = seqs.filter_map(|seq| contact((seq, kept.entries.get(&seq)?))).collect();
            contacts.sort_unstable_by_key(|(seq, _)| *seq);
            return Ok(contacts);
        }
        drop(kept);
        let entries = self.read(connection, extent.start, extent.highest)?;
        let contacts = entries.iter().filter_map(|(seq, entry)| contact((*seq, entry)));
        Ok(contacts.filter(|(_, contact)| senders.contains(&contact.pair)).collect())
    }

    /// Returns the blocks that are not indexed, and drops the entries of the others.
    fn blocks(&self, connection: &Connection) -> rusqlite::Result<Range<Seq>> {
        let start = end(connection)?;
        self.forget_before(start);
        Ok(block(start)..NOWHERE)
    }

    /// Drops the entries of indexed messages.
    pub(in crate::archive) fn forget_before(&self, seq: Seq) {
        let mut kept = self.kept();
        if kept.entries.first_key_value().is_some_and(|(first, _)| *first < seq) {
            kept.entries = kept.entries.split_off(&seq);
            kept.sum_up();
        }
    }

    /// Returns the entries of all messages in a range of blocks.
    pub(super) fn between(&self, connection: &Connection, blocks: Range<Seq>) -> rusqlite::Result<SearchEntries> {
        let Some(extent) = Extent::of(connection, blocks)? else { return Ok(Vec::new()) };
        self.catch_up(connection, &extent)?;
        let kept = self.kept();
        if kept.is_complete(&extent) {
            let entries = kept.entries.range(extent.start..=extent.highest);
            return Ok(entries.map(|(seq, entry)| (*seq, Arc::clone(entry))).collect());
        }
        drop(kept);
        self.read(connection, extent.start, extent.highest)
    }

    /// Reads the messages after the last kept one. So a process without a writer, which would add them, does not
    /// read all messages again whenever one arrives.
    fn catch_up(&self, connection: &Connection, extent: &Extent) -> rusqlite::Result<()> {
        let last = self.kept().entries.last_key_value().map(|(seq, _)| *seq);
        let Some(last) = last.filter(|last| (extent.start..extent.highest).contains(last)) else { return Ok(()) };
        let mut messages = connection.prepare_cached(MESSAGES)?;
        let mut rows = messages.query([last + 1, extent.highest])?;
        while let Some(row) = rows.next()? {
            let seq = row.get(5)?;
            let entry = Arc::new(entry(seq, row)?);
            self.kept().insert(seq, entry);
        }
        Ok(())
    }

    /// Returns the entries of all messages in a range; reads the missing ones and drops those of removed
    /// messages.
    fn read(&self, connection: &Connection, start: Seq, highest: Seq) -> rusqlite::Result<SearchEntries> {
        let mut messages = connection.prepare_cached(MESSAGES)?;
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
        kept.sum_up();
        for (seq, entry) in &entries {
            kept.insert(*seq, Arc::clone(entry));
        }
        // The writer may have added a gap of its own meanwhile.
        let is_all = |kept: &Kept| {
            kept.entries.range(..start).next().is_none() && kept.entries.range(highest + 1..).next().is_none()
        };
        kept.has_gap &= !is_all(&kept);
        Ok(entries)
    }

    pub(super) fn read_block(&self, connection: &Connection, block: Seq) -> rusqlite::Result<SearchEntries> {
        self.read(connection, spans::start(block), spans::start(block + 1) - 1)
    }

    /// Reads the complete entry of a message; `None` if it was removed.
    pub(super) fn read_one(connection: &Connection, seq: Seq) -> rusqlite::Result<Option<SearchEntry>> {
        let sql = "SELECT received_at, verified, raw, account, charset FROM messages WHERE seq = ?1";
        connection.find(sql, [seq], |row| entry(seq, row))
    }

    /// Locks the cache. A panic elsewhere leaves nothing half done here.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The extent of a range of blocks, as a connection sees it.
struct Extent {
    /// The first number of the range.
    start: Seq,
    /// The highest number of a message in the range.
    highest: Seq,
    /// Number of messages.
    n: usize,
}

impl Extent {
    /// Returns `None` when there are no messages.
    fn of(connection: &Connection, blocks: Range<Seq>) -> rusqlite::Result<Option<Self>> {
        let (start, end) = (spans::start(blocks.start), spans::start(blocks.end));
        let highest: Option<Seq> =
            connection.value("SELECT max(seq) FROM messages WHERE seq >= ?1 AND seq < ?2", [start, end])?;
        let Some(highest) = highest else { return Ok(None) };
        // Counting the rows would visit each of them.
        let of_kinds = of_kinds(&Kind::ALL);
        let sql = format!("SELECT coalesce(sum(n), 0) FROM spans WHERE {of_kinds} AND block >= ?1 AND block < ?2");
        let n = connection.value(&sql, [blocks.start, blocks.end])?;
        Ok(Some(Self { start, highest, n }))
    }
}

impl Kept {
    /// Adds an entry unless the cache is full or has it: the writer may report a message that was already read.
    fn insert(&mut self, seq: Seq, entry: Arc<SearchEntry>) {
        if self.entries.len() >= KEPT || self.entries.contains_key(&seq) {
            return;
        }
        let entry = bounded(entry, self.n_bytes);
        self.n_bytes += entry.size();
        if let Some(contact) = &entry.contact {
            let seqs = self.by_sender.entry(contact.pair).or_default();
            seqs.insert(seqs.partition_point(|other| *other < seq), seq);
        }
        self.entries.insert(seq, entry);
    }

    /// Recomputes the derived fields after entries were removed.
    fn sum_up(&mut self) {
        self.n_bytes = self.entries.values().map(|entry| entry.size()).sum();
        self.by_sender.clear();
        for (seq, entry) in &self.entries {
            if let Some(contact) = &entry.contact {
                self.by_sender.entry(contact.pair).or_default().push(*seq);
            }
        }
    }

    /// Returns whether the cache has all messages of a range. The writer may be ahead of the connection, and
    /// older entries may be kept for other readers.
    fn is_complete(&self, extent: &Extent) -> bool {
        let outside = self.entries.range(..extent.start).count() + self.entries.range(extent.highest + 1..).count();
        !self.has_gap && self.entries.contains_key(&extent.highest) && self.entries.len() - outside == extent.n
    }
}

/// Returns the entry, without its tokens if it would exceed the limit beside others of this size.
fn bounded(entry: Arc<SearchEntry>, n_bytes: usize) -> Arc<SearchEntry> {
    if n_bytes + entry.size() > KEPT_BYTES { Arc::new(entry.without_tokens()) } else { entry }
}

/// Drops the tokens of entries that together exceed the limit; a block has no room for them either.
pub(in crate::archive) fn bound(entries: &mut SearchEntries) {
    let mut n_bytes = 0;
    for (_, entry) in entries {
        *entry = bounded(Arc::clone(entry), n_bytes);
        n_bytes += entry.size();
    }
}

/// Builds the entry from a row of time, signature, bytes, account and charset.
fn entry(seq: Seq, row: &Row<'_>) -> rusqlite::Result<SearchEntry> {
    let mut record = message(row, seq, [0, 2, 4])?;
    (record.verified, record.account) = (row.get(1)?, row.get(3)?);
    Ok(SearchEntry::whole(&record))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use chrono::DateTime;
    use rusqlite::StatementStatus;

    use super::*;
    use crate::archive::spans::BLOCK_BITS;
    use crate::archive::{Archive, Arrival, Reader};

    async fn insert(archive: &Archive, number: u64) {
        let raw = format!(r#"{{"type":"text","receiver_id":1,"sender_id":{number},"text":"t"}}"#);
        archive.insert(Arrival::new(raw, DateTime::UNIX_EPOCH)).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_reads_beside_a_writer_reads_what_comes_once() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let reader = Reader::open(directory.path()).unwrap();
        let (connection, n_rows) = (&reader.connection, 200);
        for number in 1..=n_rows {
            insert(&archive, number).await;
            let senders: Vec<SenderKey> = (1..=n_rows).map(|number| (1, number.cast_signed())).collect();
            let contacts = reader.unindexed.contacts(connection, senders.iter()).unwrap();
            assert_eq!(contacts.len() as u64, number);
        }
        // Six columns are read per row.
        let n_steps = connection.prepare_cached(MESSAGES).unwrap().get_status(StatementStatus::VmStep);
        assert!(u64::try_from(n_steps).unwrap() < n_rows * 50, "{n_steps} steps");
    }

    #[tokio::test]
    async fn what_is_indexed_is_let_go_also_where_nobody_reads() {
        const MESSAGES: usize = (1 << BLOCK_BITS) + 10;
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let inserts = (0..MESSAGES).map(|number| insert(&archive, number as u64));
        futures_util::future::join_all(inserts).await;
        let began_at = Instant::now();
        while archive.unindexed.kept().entries.len() > MESSAGES - (1 << BLOCK_BITS) + 1 {
            assert!(began_at.elapsed() < Duration::from_secs(30), "{}", archive.unindexed.kept().entries.len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        archive.close().await.unwrap();
    }
}
