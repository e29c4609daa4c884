//! Reading from the archive, one file per purpose: pages for the dashboard, batches for `serve` and `export`, and
//! the queries of downloads and retention.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use super::Error;
use super::connection::{self, FileIdentity};
use super::index::Unindexed;

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
pub use people::Person;
pub use retention::{DiskUsage, Removal, StoredFile, Witnesses};
pub use stream::{StreamPosition, Untold, UntoldDeed};

/// Opens readers of an archive. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Readers {
    directory: PathBuf,
    unindexed: Arc<Unindexed>,
}

impl Readers {
    /// Creates readers for an archive that another process writes.
    pub fn beside(data_dir: &Path) -> Self {
        Self::with(data_dir, Arc::default())
    }

    pub(super) fn with(data_dir: &Path, unindexed: Arc<Unindexed>) -> Self {
        Self { directory: data_dir.to_owned(), unindexed }
    }

    /// Opens a connection for reading. It blocks: use it on a thread of its own.
    ///
    /// # Errors
    ///
    /// As [`Reader::open`].
    pub fn open(&self) -> Result<Reader, Error> {
        Reader::with(&self.directory, Arc::clone(&self.unindexed))
    }
}

/// A connection for reading. Its methods block.
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
        let are_others = found != self.files && found.iter().all(Option::is_some);
        let other = are_others.then(|| Self::with(&self.directory, Arc::clone(&self.unindexed)));
        let Some(Ok(other)) = other else { return false };
        *self = other;
        true
    }

    /// Returns a number that changes whenever another connection, of this process or another, has written.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn version(&self) -> Result<i64, Error> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }
}
