//! Why the archive could not do something, and what the user can do about it.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the archive could not do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A directory could not be made, or its permissions not set.
    #[error("cannot make the directory `{path}`: {source}")]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk does not give what is in the archive's file, which says nothing about what is there.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no archive to read.
    #[error("there is no archive in `{path}`")]
    Missing {
        /// The data directory.
        path: PathBuf,
    },
    /// The file could not be opened, or is no archive.
    #[error("cannot open the archive `{path}`: {source}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file was written by a later weibox.
    #[error("the archive `{path}` has version {found}, this weibox knows up to {known}")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: usize,
        /// What we know.
        known: usize,
    },
    /// The file was written by an earlier weibox, and who only reads it cannot bring it to this version.
    #[error("the archive `{path}` has version {found}, this weibox reads {known}")]
    Outdated {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: usize,
        /// What we know.
        known: usize,
    },
    /// Another listener keeps its messages there.
    #[error("the archive in `{path}` is in use by {holder}")]
    Locked {
        /// The data directory.
        path: PathBuf,
        /// The other process: `process 1234 (weibox serve)`.
        holder: String,
    },
    /// The lock file could not be used.
    #[error("cannot lock `{path}`: {source}")]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no thread to be had.
    #[error("cannot start a thread for the archive: {source}")]
    Thread {
        /// Why.
        source: io::Error,
    },
    /// A query failed.
    #[error("cannot read the archive: {0}")]
    Read(#[from] rusqlite::Error),
    /// A turn of the writer failed, and nothing of it was kept.
    #[error("cannot write to the archive: {0}")]
    Write(#[source] rusqlite::Error),
    /// A read failed or found damage, which of them is being looked at.
    #[error("the archive could not be read, and is being looked at")]
    Suspected,
    /// The archive is damaged, and could not be salvaged yet.
    #[error("the archive is damaged")]
    Damaged,
    /// A fault of ours; nobody knows whether it was written.
    #[error("the archive's writer broke off")]
    BrokeOff,
    /// The archive was closed.
    #[error("the archive is closed")]
    Closed,
}

impl Error {
    /// Whether it is for want of space on the disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Write(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull))
    }

    /// Whether the archive itself is damaged.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        let by_sqlite = matches!(
            self,
            Self::Open { source: error, .. } | Self::Read(error) | Self::Write(error) if is_damage(error)
        );
        by_sqlite || matches!(self, Self::Damaged)
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        if self.is_damaged() {
            return Some("start `weibox` again: it puts the archive aside and saves what can be read of it");
        }
        match self {
            Self::Unreadable { .. } => Some("ask the system's log about the disk; nothing was put aside or changed"),
            Self::Missing { .. } => Some("start `weibox` once, or name another directory with `--data-dir`"),
            Self::Version { .. } => Some("use the weibox that wrote it, or a later one"),
            Self::Outdated { .. } => Some("start `weibox` once, which brings it to this version"),
            Self::Locked { .. } => Some("stop that process, or name another directory with `--data-dir`"),
            Self::Directory { .. } | Self::Open { .. } | Self::Lock { .. } => {
                Some("name a directory that you may write to with `--data-dir`")
            }
            Self::Thread { .. }
            | Self::Read(_)
            | Self::Write(_)
            | Self::Suspected
            | Self::Damaged
            | Self::BrokeOff
            | Self::Closed => None,
        }
    }
}

/// Whether an error of SQLite means that the file is damaged, or that the disk did not give it.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
