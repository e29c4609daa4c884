//! The messages that the search index does not have yet: their entries, kept in memory so that they are found all the same.
//!
//! The archive's file alone says which messages those are. What is kept here saves reading them again; what is missing,
//! because another process or an earlier one wrote it, is read when it is asked for.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::archive::row::time;
use crate::archive::spans::{self, NOWHERE, block, of_kinds};
use crate::record::{Record, Seq};
use crate::weibo::Kind;
use crate::weibo::charset::Charset;

use super::entry::{Contact, SearchEntry, SenderKey};

/// The most entries that are kept, each some 400 bytes: far more than wait for the index even in a flood. Others are
/// read when they are asked for.
const KEPT: usize = 1 << 15;
/// Their bytes at the most: twice what that many usually take. Of those that come when they are full what their text is found by
/// is not kept, so that a search for words reads them one by one.
const KEPT_BYTES: usize = 24 << 20;

/// The messages of a range.
const MESSAGES: &str = "SELECT received_at, verified, raw, account, charset, seq FROM messages
     WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq";

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
    /// The numbers of those that may open or close a sender's reply window, in order.
    by_sender: HashMap<SenderKey, Vec<Seq>>,
    /// How much they take.
    n_bytes: usize,
    /// A number was left out, so that there may be a message that is not here.
    has_gap: bool,
}

impl Unindexed {
    /// Takes messages over that are on disk.
    pub(in crate::archive) fn push(&self, entries: impl IntoIterator<Item = (Seq, Arc<SearchEntry>)>) {
        let mut kept = self.kept();
        for (seq, entry) in entries {
            kept.has_gap |= kept.entries.last_key_value().is_none_or(|(last, _)| seq > last + 1);
            if kept.entries.len() < KEPT {
                kept.insert(seq, entry);
            }
        }
    }

    /// The entries of all messages that are not indexed.
    pub(in crate::archive) fn entries(&self, connection: &Connection) -> rusqlite::Result<SearchEntries> {
        self.between(connection, self.blocks(connection)?)
    }

    /// What some senders did to their reply windows in messages that are not indexed, in the order of the messages. Costs as
    /// much as they wrote, not as all did.
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

    /// The blocks that are not indexed. What is found through the index is let go.
    fn blocks(&self, connection: &Connection) -> rusqlite::Result<Range<Seq>> {
        let start = end(connection)?;
        self.forget_before(start);
        Ok(block(start)..NOWHERE)
    }

    /// Lets those go that are found through the index.
    pub(in crate::archive) fn forget_before(&self, seq: Seq) {
        let mut kept = self.kept();
        if kept.entries.first_key_value().is_some_and(|(first, _)| *first < seq) {
            kept.entries = kept.entries.split_off(&seq);
            kept.sum_up();
        }
    }

    /// The entries of all messages in a range of blocks.
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

    /// Reads what came since the last that is kept. So whoever has no writer beside, who adds to what is kept, does not read
    /// all of it again whenever a message comes.
    fn catch_up(&self, connection: &Connection, extent: &Extent) -> rusqlite::Result<()> {
        let last = self.kept().entries.last_key_value().map(|(seq, _)| *seq);
        let Some(last) = last.filter(|last| (extent.start..extent.highest).contains(last)) else { return Ok(()) };
        let mut messages = connection.prepare_cached(MESSAGES)?;
        let mut rows = messages.query([last + 1, extent.highest])?;
        while let Some(row) = rows.next()? {
            let seq = row.get(5)?;
            let entry = Arc::new(entry(seq, row)?);
            let mut kept = self.kept();
            if kept.entries.len() < KEPT {
                kept.insert(seq, entry);
            }
        }
        Ok(())
    }

    /// The entries of all messages in a range, reading what is not there and letting go what is not in the archive.
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

/// What a connection sees of a range of blocks.
struct Extent {
    /// The first number of the range.
    start: Seq,
    /// The highest number of a message there.
    highest: Seq,
    /// How many messages there are.
    n: usize,
}

impl Extent {
    /// `None` when there are no messages.
    fn of(connection: &Connection, blocks: Range<Seq>) -> rusqlite::Result<Option<Self>> {
        let (start, end) = (spans::start(blocks.start), spans::start(blocks.end));
        let highest: Option<Seq> = connection
            .prepare_cached("SELECT max(seq) FROM messages WHERE seq >= ?1 AND seq < ?2")?
            .query_row([start, end], |row| row.get(0))?;
        let Some(highest) = highest else { return Ok(None) };
        // A count of the rows would look at each.
        let of_kinds = of_kinds(&Kind::ALL);
        let sql = format!("SELECT coalesce(sum(n), 0) FROM spans WHERE {of_kinds} AND block >= ?1 AND block < ?2");
        let n = connection.prepare_cached(&sql)?.query_row([blocks.start, blocks.end], |row| row.get(0))?;
        Ok(Some(Self { start, highest, n }))
    }
}

impl Kept {
    /// Nothing is done for one that is there: the writer tells of a message that may have been read already.
    fn insert(&mut self, seq: Seq, entry: Arc<SearchEntry>) {
        if self.entries.contains_key(&seq) {
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

    /// Works out anew what follows from the entries, after some have gone.
    fn sum_up(&mut self) {
        self.n_bytes = self.entries.values().map(|entry| entry.size()).sum();
        self.by_sender.clear();
        for (seq, entry) in &self.entries {
            if let Some(contact) = &entry.contact {
                self.by_sender.entry(contact.pair).or_default().push(*seq);
            }
        }
    }

    /// Whether the entries of a range are those of all its messages. The writer may be further than the connection, and others
    /// may still want what is before it.
    fn is_complete(&self, extent: &Extent) -> bool {
        let outside = self.entries.range(..extent.start).count() + self.entries.range(extent.highest + 1..).count();
        !self.has_gap && self.entries.contains_key(&extent.highest) && self.entries.len() - outside == extent.n
    }
}

/// An entry as it is kept beside others that take that many bytes.
fn bounded(entry: Arc<SearchEntry>, n_bytes: usize) -> Arc<SearchEntry> {
    if n_bytes + entry.size() > KEPT_BYTES { Arc::new(entry.without_tokens()) } else { entry }
}

/// Leaves out what the texts of entries are found by where they take too much room together. A block has none for it either.
pub(in crate::archive) fn bound(entries: &mut SearchEntries) {
    let mut n_bytes = 0;
    for (_, entry) in entries {
        *entry = bounded(Arc::clone(entry), n_bytes);
        n_bytes += entry.size();
    }
}

/// The entry of a message in a row of time, signature, bytes, account and charset.
fn entry(seq: Seq, row: &Row<'_>) -> rusqlite::Result<SearchEntry> {
    let charset = Charset::named(row.get_ref(4)?.as_str()?);
    let mut record = Record::decoded(seq, time(row.get(0)?), row.get(2)?, charset);
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
        // Of each row six columns are read.
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
