//! What weibox keeps: messages, media states and the request log, in one SQLite file. The only SQL is in this room.
//!
//! One thread owns the writing connection ([`writer`]); everyone else holds an [`Archive`], the handle that sends to it.
//! A turn of the writer is one transaction with one fsync for all that waited. Its order is *commit, ring, answer*: who
//! got an answer and then looks finds what it wrote. Reading goes through a [`Reader`], which has a connection of its own
//! and never holds the writer up.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::record::traffic::Latency;
use crate::record::{Record, Seq};
use crate::weibo::{Message, wire};

mod connection;
mod error;
mod import;
mod index;
mod indexer;
mod lock;
mod reader;
mod recent;
mod reindex;
mod row;
mod salvage;
mod schema;
mod spans;
mod write;
mod writer;

pub use connection::reserve;
pub use error::Error;
pub use import::{Import, ImportEntry, Imported};
pub use index::IndexCheck;
use index::Unindexed;
use indexer::Indexer;
pub use lock::Lock;
pub use reader::{
    AccountFilter, Bookmark, DiskUsage, DueMedium, KeptReader, Person, Reader, Readers, Removal, StoredFile,
    StreamPosition, Tally, Untold, UntoldDeed, Witnesses, sqlite_version,
};
use recent::Recent;
pub use recent::{Follower, RecordBatch};
pub use reindex::reindex;
use salvage::mender::{Mender, Right};
pub use salvage::{Damage, Salvaged, merge, put_aside_before, salvage};
pub use write::{
    CopyNews, DeedNews, ForwardedBatch, MessageNews, PruneBatch, Pruned, REQUESTS_KEPT, RETRIED_AT_ONCE, StreamBatch,
    StreamNews,
};
use write::{Turn, Write, WriterCommand, pending};
use writer::Writer;

/// This many changes may wait for the writer; with more, the sender waits. A turn takes up to 256 and a full queue is
/// four turns, which a slow disk writes within the time an answer has.
pub const QUEUE: usize = 1024;

/// How far the archive is. Rings at every commit of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Committed {
    /// The highest [`Seq`]; 0 while there is none.
    pub seq: Seq,
    /// How many turns there were.
    pub changes: u64,
}

/// How long the writer's turns took since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TurnTimes {
    /// Those of all turns.
    pub turns: Latency,
    /// Of those, their ends: the log is written and synchronised.
    pub commits: Latency,
}

/// A message to be kept.
#[derive(Debug)]
pub struct Arrival {
    /// The name of the account it came for; empty where there is only one.
    pub account: String,
    /// What the body says.
    pub message: Message,
    /// The body as received.
    pub raw: Vec<u8>,
    /// When.
    pub received_at: DateTime<Utc>,
    /// Whether it was signed with the app secret.
    pub verified: bool,
    /// The body that will answer it; `None` for an empty one.
    pub reply: Option<String>,
    /// Whether its attachment is queued for download in the same turn.
    pub is_file_wanted: bool,
}

impl Arrival {
    /// A signed message of the only account, which nothing answers and whose attachment nobody wants.
    pub fn new(raw: impl Into<Vec<u8>>, received_at: DateTime<Utc>) -> Self {
        let (raw, account) = (raw.into(), String::new());
        let message = wire::parse(&raw);
        Self { account, message, raw, received_at, verified: true, reply: None, is_file_wanted: false }
    }

    /// The record that it is under its number.
    fn into_record(self, seq: Seq) -> Record {
        let Self { account, message, raw, received_at, verified, reply, .. } = self;
        // To the millisecond, as it is kept.
        let mut record = Record::of(message, raw, seq, row::time(received_at.timestamp_millis()));
        (record.account, record.verified, record.reply) = (account, verified, reply);
        record
    }
}

/// What became of an [`Arrival`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its number, the old one if it was there already.
    pub seq: Seq,
    /// How many times it was delivered so far: 1 means it is new.
    pub deliveries: u64,
    /// The body that answered the first delivery, so that a repeat gets the same.
    pub reply: Option<String>,
}

/// A handle on the archive. Cloning it is cheap; the writer stops with [`Archive::close`] or with the last handle. What changes it
/// fails as [`Archive::insert`] does.
#[derive(Debug, Clone)]
pub struct Archive {
    commands: mpsc::Sender<WriterCommand>,
    committed: watch::Receiver<Committed>,
    times: watch::Receiver<TurnTimes>,
    damage: watch::Receiver<Option<Damage>>,
    directory: PathBuf,
    media: PathBuf,
    unindexed: Arc<Unindexed>,
    recent: Arc<Recent>,
    deletions: Arc<Notify>,
    /// What this node of a cluster is called; not set without one.
    node: Arc<OnceLock<String>>,
}

impl Archive {
    /// Opens the archive in a data directory, made with mode 0700 if it is not there, and starts its writer thread.
    /// Several processes may have one archive open; only one may listen for it ([`Lock`]).
    ///
    /// # Errors
    ///
    /// When the directory or the file cannot be made, opened or brought to this version.
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        Self::with(data_dir, None)
    }

    /// The same for whoever listens and has the lock, which it keeps: an archive that is found damaged is put aside and read
    /// into a new one as by [`salvage()`], while callers wait, and [`Archive::damage`] says so. Everybody else leaves a
    /// damaged one to the next start.
    ///
    /// # Errors
    ///
    /// As [`Archive::open`].
    pub fn open_to_listen(data_dir: &Path, lock: Lock, now: fn() -> DateTime<Utc>) -> Result<Self, Error> {
        Self::with(data_dir, Some((lock, now)))
    }

    fn with(data_dir: &Path, right: Option<Right>) -> Result<Self, Error> {
        let directory = data_dir.to_owned();
        let media = media_dir(&directory);
        make_private(&directory)?;
        make_private(&media)?;
        let connection = salvage::patiently(&directory, || connection::open(&directory))?;
        let (commands, received) = mpsc::channel(QUEUE);
        let (unindexed, recent) = (Arc::<Unindexed>::default(), Arc::<Recent>::default());
        let indexer = Indexer::start(&directory, Arc::clone(&unindexed), commands.downgrade())?;
        let mender = Mender::new(right, commands.downgrade());
        let damage = mender.told();
        let node = Arc::<OnceLock<String>>::default();
        let memory = (Arc::clone(&unindexed), Arc::clone(&recent), Arc::clone(&node));
        let (writer, committed) = Writer::new(connection, memory, indexer, mender, directory.clone())?;
        let times = writer.times();
        let (leash, held) = UnixStream::pair().map_err(|source| Error::Thread { source })?;
        writer.start(received, leash)?;
        connection::place::watch(&directory, commands.downgrade(), held)?;
        let deletions = Arc::default();
        Ok(Self { commands, committed, times, damage, directory, media, unindexed, recent, deletions, node })
    }

    /// Has everything that changes from now on kept for a stream, in which this node has a name: it is told what is new here
    /// ([`Reader::untold`]), and what others tell comes back ([`Archive::apply`]). Before anything is written; a second name is none.
    pub fn replicate_as(&self, node: &str) {
        let _named_before = self.node.set(node.to_owned());
    }

    /// Says that a reader found the archive damaged, so that it is looked at and, if it is, salvaged: at once if somebody
    /// listens for it in this process, else by the next start. Does not wait.
    pub fn distrust(&self) {
        // With a full queue, whoever waits in it finds the damage as well.
        let _full = self.commands.try_send(WriterCommand::Mend);
    }

    /// What becomes of a damaged archive, once there is one.
    pub fn damage(&self) -> watch::Receiver<Option<Damage>> {
        self.damage.clone()
    }

    /// A connection for reading. It blocks: use it on a thread of its own.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn reader(&self) -> Result<Reader, Error> {
        Reader::with(&self.directory, Arc::clone(&self.unindexed))
    }

    /// What opens readers.
    pub fn readers(&self) -> Readers {
        Readers::with(&self.directory, Arc::clone(&self.unindexed))
    }

    /// Where the archive is.
    pub fn data_dir(&self) -> &Path {
        &self.directory
    }

    /// Where media files are kept: a directory of mode 0700.
    pub fn media_dir(&self) -> &Path {
        &self.media
    }

    /// How far the archive is, and a way to wait for more.
    pub fn committed(&self) -> watch::Receiver<Committed> {
        self.committed.clone()
    }

    /// Finishes what was asked for before, folds the write-ahead log into the file and stops the writer.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when it was closed before.
    pub async fn close(self) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(WriterCommand::Close(answer)).await.map_err(|_full| Error::Closed)?;
        answered.await.map_err(|_dropped| Error::Closed)
    }

    /// How long the writer's turns took since it started.
    pub fn turn_times(&self) -> TurnTimes {
        *self.times.borrow()
    }

    /// How many changes wait for the writer, at most [`QUEUE`].
    pub fn n_waiting(&self) -> usize {
        self.commands.max_capacity() - self.commands.capacity()
    }

    /// Returns once the writer has taken a turn, so that whoever waits knows that it is not stuck. A turn that fails is one, too.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when the writer has ended.
    pub async fn beat(&self) -> Result<(), Error> {
        let (beat, beaten) = oneshot::channel();
        self.commands.send(WriterCommand::Beat(beat)).await.map_err(|_closed| Error::Closed)?;
        beaten.await.map_err(|_dropped| Error::Closed)
    }

    /// Has the writer make a change, which is done again if another one of its turn fails, and waits for its answer.
    async fn write<T: Send + 'static>(
        &self,
        write: impl Fn(&Turn<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.ask(write).await
    }

    /// The same for a change that says what is new, or that can wait.
    async fn ask<W: Write>(&self, write: W) -> Result<W::Answer, Error> {
        self.hand_over(write).await?.await
    }

    /// Waits for a place for a change in the writer's queue; the future that is returned then gives its answer.
    async fn hand_over<W: Write>(
        &self,
        write: W,
    ) -> Result<impl Future<Output = Result<W::Answer, Error>> + Send + use<W>, Error> {
        let place = self.commands.reserve().await.map_err(|_closed| Error::Closed)?;
        let (command, answered) = pending(write);
        place.send(command);
        let commands = self.commands.clone();
        let left = move |_dropped| if commands.is_closed() { Error::Closed } else { Error::BrokeOff };
        Ok(async move { answered.await.map_err(left)? })
    }
}

/// Where the media files of a data directory are kept.
pub fn media_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("media")
}

/// Makes a directory that only the user may enter. One that is there already is closed to others if it is empty or
/// holds an archive, so that a directory used for something else keeps its permissions.
fn make_private(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Directory { path: path.to_owned(), source };
    if path.is_dir() {
        let is_ours = path.join(connection::FILE).exists() || path.read_dir().map_err(failed)?.next().is_none();
        // A disk that cannot be written to says so where something is written.
        if is_ours && path.metadata().map_err(failed)?.permissions().mode() & 0o7777 != 0o700 {
            std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
        }
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)
}
