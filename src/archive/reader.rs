//! Reads from the archive, one file per purpose: pages for the dashboard, batches for `serve` and `export`, and
//! the queries of downloads and retention.

#![expect(clippy::missing_errors_doc, reason = "a reader says once for all its methods how they fail")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Params, Row};
use tokio::sync::mpsc::WeakSender;
use tokio::task::spawn_blocking;

use super::connection::{self, FileIdentity};
use super::index::Unindexed;
use super::write::{WriterCommand, suspect};
use super::{Archive, Error};
use crate::archive::connection::statements::Statements as _;

mod account_filter;
mod bookmarks;
mod calls;
mod forwarded;
mod health;
mod media;
pub(super) mod outbox;
mod page;
pub(super) mod people;
mod places;
pub(super) mod removals;
mod retention;
mod statistics;
mod stream;
mod suggestion;

pub use account_filter::AccountFilter;
pub use bookmarks::Bookmark;
pub use health::sqlite_version;
pub use media::{DueMedium, Tally};
pub use outbox::ReplyTally;
pub use people::Person;
pub use retention::{DiskUsage, Removal, StoredFile, Witnesses};
pub use stream::{StreamPosition, Untold, UntoldDeed};

/// Opens readers of an archive. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Readers {
    directory: PathBuf,
    unindexed: Arc<Unindexed>,
    /// The writer in this process, which is told of damage.
    writer: Option<WeakSender<WriterCommand>>,
}

impl Readers {
    /// Creates readers for an archive that another process writes.
    pub fn beside(data_dir: &Path) -> Self {
        Self { directory: data_dir.to_owned(), unindexed: Arc::default(), writer: None }
    }

    pub(super) fn with(data_dir: &Path, unindexed: Arc<Unindexed>, writer: WeakSender<WriterCommand>) -> Self {
        Self { directory: data_dir.to_owned(), unindexed, writer: Some(writer) }
    }

    /// Opens a connection for reading. It blocks: use it on a thread of its own.
    ///
    /// # Errors
    ///
    /// As [`Reader::open`].
    pub fn open(&self) -> Result<Reader, Error> {
        Reader::with(&self.directory, Arc::clone(&self.unindexed))
    }

    /// Asks on a thread that may block, and reports damage to the writer in this process.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let answer = spawn_blocking(question).await.unwrap_or(Err(Error::BrokeOff));
        if let (Err(error), Some(writer)) = (&answer, &self.writer) {
            suspect(error, writer);
        }
        answer
    }

    /// Opens a reader and calls `question` with it, on a thread that may block. If this process writes to the
    /// archive, damage that is found is mended.
    ///
    /// # Errors
    ///
    /// As [`Readers::open`], and the errors of `question`; [`Error::BrokeOff`] after a panic.
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let readers = self.clone();
        self.ask(move || question(&mut readers.open()?)).await
    }
}

impl Archive {
    /// As [`Readers::read`].
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.readers().read(question).await
    }
}

/// A reader that is kept for many questions and answers one at a time. The first question opens it. Cloning it
/// is cheap.
#[derive(Debug, Clone)]
pub struct KeptReader {
    readers: Readers,
    reader: Arc<Mutex<Option<Reader>>>,
}

impl KeptReader {
    /// Creates a kept reader of an archive.
    pub fn new(archive: &Archive) -> Self {
        Self { readers: archive.readers(), reader: Arc::default() }
    }

    /// As [`Readers::read`].
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Self { readers, reader } = self.clone();
        let read = move || {
            // A reader has no state that a panic could have left half changed.
            let mut kept = reader.lock().unwrap_or_else(PoisonError::into_inner);
            let reader = match &mut *kept {
                Some(reader) => reader,
                None => kept.insert(readers.open()?),
            };
            reader.refresh();
            question(reader)
        };
        self.readers.ask(read).await
    }
}

/// A connection for reading. Its methods block, and fail with [`Error::Read`].
#[derive(Debug)]
pub struct Reader {
    directory: PathBuf,
    /// The identities of the open files.
    files: [Option<FileIdentity>; 3],
    pub(super) connection: Connection,
    pub(super) unindexed: Arc<Unindexed>,
}

impl Reader {
    /// Opens the archive in a data directory, also while another process writes to it.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::Open`], [`Error::Version`] or [`Error::Outdated`].
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        Self::with(data_dir, Arc::default())
    }

    /// Opens a reader as [`Reader::open`] does, with the unindexed entries of a writer in the same process.
    pub(super) fn with(data_dir: &Path, unindexed: Arc<Unindexed>) -> Result<Self, Error> {
        let file = connection::file_of(data_dir);
        let connection = connection::open_read_only(data_dir)?;
        // Opening may have created the log and its map.
        let [_, log, map] = connection::files_of(data_dir);
        Ok(Self { directory: data_dir.to_owned(), files: [file, log, map], connection, unindexed })
    }

    /// Reopens the archive if other files have replaced it, as after damage; returns whether it did. Long-lived
    /// readers must call this.
    pub fn refresh(&mut self) -> bool {
        let found = connection::files_of(&self.directory);
        // A file beside the log of this one is not an archive: it has replaced this one while it was open.
        let is_foreign = found[0] != self.files[0] && found[1] == self.files[1];
        let are_others = found != self.files && !is_foreign && found.iter().all(Option::is_some);
        let other = are_others.then(|| Self::with(&self.directory, Arc::clone(&self.unindexed)));
        let Some(Ok(other)) = other else { return false };
        *self = other;
        true
    }

    /// Returns all rows that a query finds.
    fn all<T, C: FromIterator<T>>(
        &self,
        sql: &str,
        values: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<C, Error> {
        Ok(self.connection.all(sql, values, row)?)
    }

    /// Returns a number that changes when another connection writes, those of other processes included.
    pub fn version(&self) -> Result<i64, Error> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::archive::Arrival;

    #[tokio::test]
    async fn a_kept_reader_sees_what_comes_and_is_not_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let kept = KeptReader::new(&archive);
        assert_eq!(kept.read(|reader| reader.n_after(0)).await.unwrap(), 0);
        let raw = r#"{"type":"text","sender_id":1,"created_at":"","text":"t","data":{}}"#;
        archive.insert(Arrival::new(raw, DateTime::UNIX_EPOCH)).await.unwrap();
        // A new reader has a connection that has seen no change yet.
        let fresh = archive.read(|reader| reader.version()).await.unwrap();
        assert_eq!(kept.read(|reader| reader.n_after(0)).await.unwrap(), 1);
        assert_ne!(kept.read(|reader| reader.version()).await.unwrap(), fresh);
    }

    #[tokio::test]
    async fn damage_that_any_reader_meets_is_reported_to_the_writer_and_no_other_error_is() {
        let directory = tempfile::tempdir().unwrap();
        drop(connection::open(directory.path()).unwrap());
        let (commands, mut received) = tokio::sync::mpsc::channel(2);
        let readers = Readers::with(directory.path(), Arc::default(), commands.downgrade());
        let kept = KeptReader { readers: readers.clone(), reader: Arc::default() };
        for error in [|| Error::Closed, || Error::Damaged] {
            readers.read(move |_| Err::<(), _>(error())).await.unwrap_err();
            kept.read(move |_| Err::<(), _>(error())).await.unwrap_err();
        }
        drop(commands);
        assert!(matches!(received.recv().await, Some(WriterCommand::Mend)));
        assert!(matches!(received.recv().await, Some(WriterCommand::Mend)));
        assert!(received.recv().await.is_none());
    }
}
