//! The archive: messages, media states and the request log, in one SQLite file. The only SQL is in this module.
//!
//! One thread owns the connection that writes ([`writer`]); all other code holds an [`Archive`], the handle
//! that sends changes to it. A turn of the writer is one transaction with one fsync for all waiting changes.
//! The writer commits first, then notifies, then answers: a caller that has its answer can read what it wrote.
//! Reads go through a [`Reader`], which has its own connection and never blocks the writer.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::record::traffic::Latency;
use crate::record::{Record, Seq};
use crate::weibo::identity::Identity;
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
    AccountFilter, Bookmark, DiskUsage, DueMedium, KeptReader, Person, Reader, Readers, Removal, ReplyTally,
    StoredFile, StreamPosition, Tally, Untold, UntoldDeed, Witnesses, sqlite_version,
};
use recent::Recent;
pub use recent::{Follower, RecordBatch};
pub use reindex::reindex;
use salvage::mender::{Mender, Right};
pub use salvage::{Damage, Salvaged, lost_in, mend_at_start, merge, put_aside_before, replaced_in, salvage};
pub use write::{
    CopyNews, DeedNews, ForwardedBatch, MessageNews, PruneBatch, Pruned, REQUESTS_KEPT, RETRIED_AT_ONCE, StreamBatch,
    StreamNews,
};
use write::{Marking, Turn, Write, WriterCommand, pending};
use writer::Writer;

/// The maximum number of changes that wait for the writer; a sender waits while there are more. A turn takes up
/// to 256 changes, so a full queue is four turns, which a slow disk writes within the time limit of an answer.
pub const QUEUE: usize = 1024;

/// State of the archive after the last commit. Its watchers are notified of every commit of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Committed {
    /// The highest [`Seq`]; 0 while there is none.
    pub seq: Seq,
    /// Number of turns.
    pub changes: u64,
}

/// Durations of the writer's turns since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TurnTimes {
    /// Durations of whole turns.
    pub turns: Latency,
    /// Durations of their commits, in which the log is written and synchronised.
    pub commits: Latency,
}

/// A message to store.
#[derive(Debug)]
pub struct Arrival {
    /// Name of the account that received it; empty if there is only one.
    pub account: String,
    /// The parsed body.
    pub message: Message,
    /// The body as received.
    pub raw: Vec<u8>,
    /// Time at which it was received.
    pub received_at: DateTime<Utc>,
    /// Whether it was signed with the app secret.
    pub verified: bool,
    /// Body of the answer to it; `None` for an empty one.
    pub reply: Option<String>,
    /// Whether its attachment is queued for download in the same turn.
    pub is_file_wanted: bool,
}

impl Arrival {
    /// Creates a signed message of the only account, with an empty answer and an attachment that is not
    /// downloaded.
    pub fn new(raw: impl Into<Vec<u8>>, received_at: DateTime<Utc>) -> Self {
        let (raw, account) = (raw.into(), String::new());
        let message = wire::parse(&raw);
        Self { account, message, raw, received_at, verified: true, reply: None, is_file_wanted: false }
    }

    /// Converts it to the record with this number.
    fn into_record(self, seq: Seq) -> Record {
        let Self { account, message, raw, received_at, verified, reply, .. } = self;
        // The archive stores times in milliseconds.
        let mut record = Record::of(message, raw, seq, row::time(received_at.timestamp_millis()));
        (record.account, record.verified, record.reply) = (account, verified, reply);
        record
    }
}

/// Result of storing an [`Arrival`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Number of the message; the old one if the message was already there.
    pub seq: Seq,
    /// The identity under which it is stored.
    pub identity: Identity,
    /// Number of deliveries so far; 1 means that the message is new.
    pub deliveries: u64,
    /// Body that answered the first delivery, so that a repeated one gets the same.
    pub reply: Option<String>,
}

/// A handle on the archive. Cloning it is cheap; the writer stops after [`Archive::close`] or when the last
/// handle is dropped. All methods that change the archive fail as [`Archive::insert`] does.
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
    last_marking: Arc<Mutex<Option<Marking>>>,
    /// Name of this node in a cluster; unset without a cluster.
    node: Arc<OnceLock<String>>,
}

impl Archive {
    /// Opens the archive in a data directory, which it creates with mode 0700 if missing, and starts the writer
    /// thread. Several processes may have one archive open; only one may listen for it ([`Lock`]).
    ///
    /// # Errors
    ///
    /// When the directory or the file cannot be created, opened or migrated to this version.
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        Self::with(data_dir, None)
    }

    /// Opens the archive as [`Archive::open`] does, for the process that listens; keeps its lock. If the
    /// archive is found damaged, the writer puts it aside and reads it into a new one, as [`salvage()`] does,
    /// while callers wait; [`Archive::damage`] reports that. A process without the lock leaves a damaged
    /// archive to the next start.
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
        let (deletions, last_marking) = Default::default();
        Ok(Self {
            commands,
            committed,
            times,
            damage,
            directory,
            media,
            unindexed,
            recent,
            deletions,
            last_marking,
            node,
        })
    }

    /// Records all further changes for the stream of a cluster, under the name of this node: [`Reader::untold`]
    /// returns the changes to publish, [`Archive::apply`] stores those of other nodes. Must be called before
    /// anything is written; only the first call has an effect.
    pub fn replicate_as(&self, node: &str) {
        let _named_before = self.node.set(node.to_owned());
    }

    /// Reports that a reader found the archive damaged. The archive is then checked and, if damaged, salvaged:
    /// at once if this process listens for it, otherwise at the next start. Does not wait.
    pub fn distrust(&self) {
        // If the queue is full, the changes in it find the damage as well.
        let _full = self.commands.try_send(WriterCommand::Mend);
    }

    /// Returns a watch on the repair of a damaged archive; `None` until damage is found.
    pub fn damage(&self) -> watch::Receiver<Option<Damage>> {
        self.damage.clone()
    }

    /// Opens a connection for reading. It blocks: use it on a thread of its own.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn reader(&self) -> Result<Reader, Error> {
        Reader::with(&self.directory, Arc::clone(&self.unindexed))
    }

    /// Returns a handle that opens readers.
    pub fn readers(&self) -> Readers {
        Readers::with(&self.directory, Arc::clone(&self.unindexed), self.commands.downgrade())
    }

    /// Returns the data directory.
    pub fn data_dir(&self) -> &Path {
        &self.directory
    }

    /// Returns the directory of the media files, which has mode 0700.
    pub fn media_dir(&self) -> &Path {
        &self.media
    }

    /// Returns a watch on the state of the archive, which changes with every commit.
    pub fn committed(&self) -> watch::Receiver<Committed> {
        self.committed.clone()
    }

    /// Finishes all earlier changes, folds the write-ahead log into the file and stops the writer.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when it was closed before.
    pub async fn close(self) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.commands.send(WriterCommand::Close(answer)).await.map_err(|_full| Error::Closed)?;
        answered.await.map_err(|_dropped| Error::Closed)
    }

    /// Returns the durations of the writer's turns since it started.
    pub fn turn_times(&self) -> TurnTimes {
        *self.times.borrow()
    }

    /// Returns the number of changes that wait for the writer, at most [`QUEUE`].
    pub fn n_waiting(&self) -> usize {
        self.commands.max_capacity() - self.commands.capacity()
    }

    /// Returns once the writer has taken a turn, which shows that it is not stuck. A turn that fails counts as
    /// well.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] when the writer has ended.
    pub async fn beat(&self) -> Result<(), Error> {
        let (beat, beaten) = oneshot::channel();
        self.commands.send(WriterCommand::Beat(beat)).await.map_err(|_closed| Error::Closed)?;
        beaten.await.map_err(|_dropped| Error::Closed)
    }

    /// Sends a change to the writer and waits for its answer. The change is repeated if another change of its
    /// turn fails.
    async fn write<T: Send + 'static>(
        &self,
        write: impl Fn(&Turn<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.ask(write).await
    }

    /// Sends a change that publishes news or may be delayed to the writer, and waits for its answer.
    async fn ask<W: Write>(&self, write: W) -> Result<W::Answer, Error> {
        self.hand_over(write).await?.await
    }

    /// Waits for a free place in the writer's queue and enqueues a change; the returned future resolves to its
    /// answer.
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

/// Returns the directory of the media files in a data directory.
pub fn media_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("media")
}

/// Creates a directory that only the user may enter. An existing one is closed to others if it is empty or
/// holds an archive; a directory used for something else keeps its permissions.
fn make_private(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Directory { path: path.to_owned(), source };
    if path.is_dir() {
        let is_ours = path.join(connection::FILE).exists() || path.read_dir().map_err(failed)?.next().is_none();
        // Correct permissions are not set again: a read-only disk fails only where something is written.
        if is_ours && path.metadata().map_err(failed)?.permissions().mode() & 0o7777 != 0o700 {
            std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
        }
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)
}
