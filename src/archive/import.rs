//! Imports messages from elsewhere in transactions of thousands instead of group commits. It reads no files.
//!
//! An import that has the archive to itself indexes the messages of one turn while it writes the next, and
//! stores both together.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, TransactionBehavior};

use crate::record::people::KnownSender;
use crate::record::{Record, Seq};
use crate::weibo::identity::{Identity, former_identity, identity};

use super::connection::turnstile::{PATIENCE, TURN, Turnstile};
use super::connection::{self, FileIdentity};
use super::index::{self, BlockPart, SearchEntries, SearchEntry, Unindexed};
use super::reindex::store_in_turns;
use super::row::{NewRow, identity_in};
use super::spans::{self, SpanChanges};
use super::{Arrival, Error, Lock, write};

mod people;
mod restore;

/// A message in the form in which it is stored.
#[derive(Debug)]
pub struct ImportEntry {
    seq: Seq,
    search: Arc<SearchEntry>,
    identity: Identity,
    /// The identity under which an earlier version may have stored it, if that is another.
    former: Option<Identity>,
    arrival: Arrival,
    deliveries: u64,
    /// The data of its sender from the imported line.
    known: KnownSender,
    labels: Vec<String>,
}

impl ImportEntry {
    /// Returns the size of its body in bytes.
    pub const fn size(&self) -> usize {
        self.arrival.raw.len()
    }

    /// Computes what the archive stores for a record. This is work for the threads that parse.
    pub fn new(record: Record) -> Self {
        let former = former_identity(&record.message, &record.raw);
        Self { former, ..Self::with(identity(&record.message, &record.raw), record) }
    }

    /// Computes what the archive stores for a record that has this identity in another archive.
    pub(super) fn with(identity: Identity, record: Record) -> Self {
        let Record {
            seq,
            account,
            received_at,
            verified,
            deliveries,
            reply,
            raw,
            mut message,
            sender: known,
            marks,
            ..
        } = record;
        let search = Arc::new(SearchEntry::new(&message, &account, received_at.timestamp_millis(), verified));
        // Both would take as much memory as the bytes, which say the same.
        (message.text, message.data) = Default::default();
        let arrival = Arrival { account, message, raw, received_at, verified, reply, is_file_wanted: false };
        Self { seq, search, identity, former: None, arrival, deliveries, known, labels: marks.labels }
    }

    fn row<'a>(&'a self, seq: Option<Seq>, identity: &'a Identity) -> NewRow<'a> {
        NewRow { seq, deliveries: self.deliveries, is_read: true, ..NewRow::of(&self.arrival, identity) }
    }
}

/// Result of writing entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Number of new messages.
    pub new: u64,
    /// Number of messages that were already there, and left as they are.
    pub known: u64,
}

/// Limits of an import's transactions.
struct Pace {
    /// The maximum number of entries in a transaction.
    turn: usize,
    /// The maximum size of those entries in bytes.
    bytes: usize,
    synchronous: &'static str,
}

/// Pace of an import while nobody else receives messages. A power cut may undo it until [`Import::finish`] has
/// returned.
const ALONE: Pace = Pace { turn: 20_000, bytes: 16 << 20, synchronous: "normal" };
/// Pace of an import beside a listener, which answers Weibo and waits for the end of each of our turns.
const BESIDE: Pace = Pace { turn: 1000, bytes: 1 << 20, synchronous: "full" };
/// The minimum number of entries in a turn beside a listener, which is made shorter or longer until it takes
/// [`TURN`].
const LEAST: usize = 20;
/// Number of pages after which the write-ahead log is folded into the file, 64 MB. The default of 4 MB writes
/// the same index pages many times over.
const CHECKPOINT_PAGES: u32 = 16_000;

/// Size of the page cache, which has room for the changes of a turn: in KiB and negative, as SQLite counts it.
/// With the default of 2 MB, pages are written to the log in the middle of a turn, and again when they change
/// again.
const CACHE: i32 = -(64 << 10);

/// A connection that imports messages.
pub struct Import {
    connection: Connection,
    directory: PathBuf,
    /// Identities of the archive's files when it was opened.
    files: [Option<FileIdentity>; 3],
    pace: Pace,
    /// Whether entries keep their numbers, because the archive was empty.
    keeps_numbers: bool,
    lock: Option<Lock>,
    turnstile: Arc<Turnstile>,
    /// Number of entries in the next turn beside a listener.
    step: usize,
    ahead: Ahead,
}

/// Search index of the messages that were written but not indexed, for an import that has the archive to
/// itself.
#[derive(Default)]
struct Ahead {
    /// Entries that do not fill a block yet.
    entries: SearchEntries,
    /// The thread that indexes the blocks that the previous turn filled.
    building: Option<JoinHandle<rusqlite::Result<Vec<BlockPart>>>>,
    /// Parts that are ready to be stored.
    built: Vec<BlockPart>,
}

impl Ahead {
    /// Waits for the thread and returns the parts that can be stored. They stay here until the caller removes
    /// them.
    fn built(&mut self) -> rusqlite::Result<&mut Vec<BlockPart>> {
        if let Some(building) = self.building.take() {
            self.built.extend(building.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(&mut self.built)
    }

    /// Adds entries, and starts to index the blocks that are full up to a number.
    fn build(&mut self, entries: SearchEntries, highest: Seq) {
        self.entries.extend(entries);
        index::bound(&mut self.entries);
        let open = spans::start(spans::block(highest + 1));
        let full = self.entries.partition_point(|(seq, _)| *seq < open);
        if full > 0 {
            let rest = self.entries.split_off(full);
            let full = std::mem::replace(&mut self.entries, rest);
            self.building = Some(thread::spawn(move || index::parts(&full, |_all_was_kept| Ok(None))));
        }
    }
}

impl Import {
    /// Opens the archive in a data directory, which it creates if missing. If nobody listens for the archive,
    /// the import keeps others from starting to; beside a listener it takes small turns and leaves the archive
    /// to the listener most of the time.
    ///
    /// # Errors
    ///
    /// As [`Archive::open`](super::Archive::open).
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        let lock = match Lock::acquire(data_dir, "weibox import") {
            Ok(lock) => Some(lock),
            Err(Error::Locked { .. }) => None,
            Err(error) => return Err(error),
        };
        Self::with(data_dir, lock)
    }

    /// Opens the archive as [`Import::open`] does; `None` beside a listener.
    pub(super) fn with(data_dir: &Path, lock: Option<Lock>) -> Result<Self, Error> {
        let mut connection = connection::open(data_dir)?;
        let pace = if lock.is_some() { ALONE } else { BESIDE };
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "synchronous", pace.synchronous)?;
        // These replace the settings of a listener's connection: nobody waits for an answer here.
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "cache_size", CACHE)?;
        let keeps_numbers = spans::highest(&connection)? == 0;
        let mut ahead = Ahead::default();
        if lock.is_some() {
            let transaction = connection.transaction()?;
            index::catch_up(&transaction, &Unindexed::default())?;
            ahead.entries = Unindexed::default().entries(&transaction)?;
            transaction.commit()?;
        }
        let (directory, files) = (data_dir.to_owned(), connection::files_of(data_dir));
        let turnstile = Turnstile::open(data_dir);
        let step = pace.turn;
        Ok(Self { connection, directory, files, pace, keeps_numbers, lock, turnstile, step, ahead })
    }

    /// Returns whether this many entries of this many bytes fill a turn.
    pub const fn is_turn(&self, n_entries: usize, n_bytes: usize) -> bool {
        n_entries >= self.pace.turn || n_bytes >= self.pace.bytes
    }

    /// Returns whether another process listens for the archive.
    pub const fn is_beside(&self) -> bool {
        self.lock.is_none()
    }

    /// Writes those entries that are not there yet, in order. An archive that was empty takes over their
    /// numbers while these grow; others assign new ones. Beside a listener, writes in turns and pauses after
    /// each.
    ///
    /// # Errors
    ///
    /// [`Error::Write`]; the first entries may have been kept.
    pub fn write(&mut self, entries: &[ImportEntry]) -> Result<Imported, Error> {
        if self.lock.is_some() {
            return self.commit(entries).map_err(Error::Write);
        }
        let (mut imported, mut rest) = (Imported::default(), entries);
        while !rest.is_empty() {
            let (some, others) = rest.split_at(self.step.min(rest.len()));
            let pass = self.turnstile.enter();
            let Imported { new, known } = self.commit(some).map_err(Error::Write)?;
            let took = pass.elapsed();
            drop(pass);
            self.step = if took > TURN { self.step / 2 } else { self.step * 2 }.clamp(LEAST, self.pace.turn);
            imported.new += new;
            imported.known += known;
            rest = others;
        }
        // The listener's messages lie between ours.
        self.index().map_err(Error::Write)?;
        Ok(imported)
    }

    /// Indexes every full block in turns.
    fn index(&mut self) -> rusqlite::Result<()> {
        loop {
            let parts = index::next_parts(&self.connection, &Unindexed::default())?;
            if parts.is_empty() {
                return Ok(());
            }
            store_in_turns(&mut self.connection, &self.turnstile, parts)?;
        }
    }

    fn commit(&mut self, entries: &[ImportEntry]) -> rusqlite::Result<Imported> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // The listener holds the lock while it replaces a damaged archive.
        check_place(&self.directory, self.files)?;
        let mut imported = Imported::default();
        let mut highest = spans::highest(&transaction)?;
        let (mut changes, mut unindexed) = (SpanChanges::default(), Vec::new());
        for entry in entries {
            let own_seq = Some(entry.seq).filter(|seq| self.keeps_numbers && *seq > highest);
            let identity = identity_in(&transaction, &entry.identity, entry.former.as_ref())?;
            if entry.row(own_seq, identity).insert(&transaction)? {
                imported.new += 1;
                // Only SQLite knows the number: an entry that was already there uses one up as well.
                highest = transaction.last_insert_rowid().cast_unsigned();
                index::add(&transaction, highest, &entry.search, false, &mut changes)?;
                unindexed.push((highest, Arc::clone(&entry.search)));
                let Arrival { message, received_at, .. } = &entry.arrival;
                if let Some(fan) = message.sender_id.filter(|_| entry.known.is_muted) {
                    write::mute(&transaction, fan, received_at.timestamp_millis())?;
                }
            } else {
                imported.known += 1;
            }
            people::keep(&transaction, entry, identity)?;
        }
        changes.store(&transaction)?;
        if self.lock.is_some() {
            self.ahead.built()?.iter().try_for_each(|part| part.store(&transaction))?;
        }
        transaction.commit()?;
        if self.lock.is_some() {
            self.ahead.built.clear();
            self.ahead.build(unindexed, highest);
        }
        Ok(imported)
    }

    pub(super) fn highest(&self) -> Result<Seq, Error> {
        spans::highest(&self.connection).map_err(Error::Write)
    }

    /// Makes everything durable and releases the archive.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn finish(mut self) -> Result<(), Error> {
        if self.lock.is_some() {
            let transaction = self.connection.transaction().map_err(Error::Write)?;
            let built = self.ahead.built().map_err(Error::Write)?;
            built.iter().try_for_each(|part| part.store(&transaction)).map_err(Error::Write)?;
            transaction.commit().map_err(Error::Write)?;
            check_place(&self.directory, self.files).map_err(Error::Write)?;
            self.connection.pragma_update(None, "wal_checkpoint", "truncate").map_err(Error::Write)?;
        }
        Ok(())
    }
}

/// Fails if other files are in the place of the archive's: the listener may have replaced them, and nobody would find
/// messages in the old ones.
fn check_place(directory: &Path, files: [Option<FileIdentity>; 3]) -> rusqlite::Result<()> {
    if connection::files_of(directory) == files {
        return Ok(());
    }
    Err(rusqlite::Error::InvalidPath(directory.join(connection::FILE)))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    /// Whether an import waits for the lock of the archive.
    static WAITS: AtomicBool = AtomicBool::new(false);

    #[test]
    fn an_archive_that_is_replaced_while_an_import_waits_for_it_gets_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let mut import = Import::open(directory.path()).unwrap();
        let wait = |_| {
            WAITS.store(true, Ordering::Release);
            thread::sleep(Duration::from_millis(1));
            true
        };
        import.connection.busy_handler(Some(wait)).unwrap();
        let file = directory.path().join(connection::FILE);
        let mender = Connection::open(&file).unwrap();
        mender.execute_batch("BEGIN IMMEDIATE").unwrap();
        let record = Record::decoded(1, chrono::DateTime::UNIX_EPOCH, br#"{"text":"t"}"#.to_vec(), None);
        let importing = thread::spawn(move || import.write(&[ImportEntry::new(record)]));
        while !WAITS.load(Ordering::Acquire) {
            thread::yield_now();
        }
        fs::rename(&file, directory.path().join("damaged")).unwrap();
        fs::write(&file, "the new one").unwrap();
        mender.execute_batch("ROLLBACK").unwrap();
        assert!(importing.join().unwrap().is_err());
    }
}
