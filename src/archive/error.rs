//! Why the archive could not do something, and what the user can do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::reason::{Reason, archive, files, hints, system};

/// Why the archive could not do something.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Error {
    /// A directory could not be made, or its permissions not set.
    Directory { path: PathBuf, source: io::Error },
    /// The disk does not give what is in a file of the archive, or the user may not read it, which says nothing about what is
    /// there.
    Unreadable {
        /// The file or the directory.
        path: PathBuf,
        source: io::Error,
    },
    /// There is no archive to read.
    Missing {
        /// The data directory.
        path: PathBuf,
    },
    /// The file could not be opened, or is no archive.
    Open {
        /// The file.
        path: PathBuf,
        source: rusqlite::Error,
    },
    /// The file was written by a later weibox.
    Version {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: usize,
        /// What we know.
        known: usize,
    },
    /// The file was written by an earlier weibox, and who only reads it cannot bring it to this version.
    Outdated {
        /// The file.
        path: PathBuf,
        /// What it has.
        found: usize,
        /// What we know.
        known: usize,
    },
    /// Another listener keeps its messages there.
    Locked {
        /// The data directory.
        path: PathBuf,
        /// The other process: `process 1234 (weibox serve)`.
        holder: String,
    },
    /// The lock file could not be used.
    Lock {
        /// The lock file.
        path: PathBuf,
        source: io::Error,
    },
    /// There is no thread to be had.
    Thread { source: io::Error },
    /// A query failed.
    Read(#[from] rusqlite::Error),
    /// A turn of the writer failed, and nothing of it was kept.
    Write(#[source] rusqlite::Error),
    /// A read failed or found damage, which of them is being looked at.
    Suspected,
    /// The archive is damaged, and could not be salvaged yet.
    Damaged,
    /// A fault of ours; nobody knows whether it was written.
    BrokeOff,
    /// The archive was closed.
    Closed,
}

impl Error {
    /// Whether it is for want of space on the disk.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Write(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
    }

    /// Whether the archive itself is damaged.
    pub fn is_damaged(&self) -> bool {
        let by_sqlite = matches!(
            self,
            Self::Open { source: error, .. } | Self::Read(error) | Self::Write(error) if is_damage(error)
        );
        by_sqlite || matches!(self, Self::Damaged)
    }

    /// Why, for people.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Directory { path, source } => archive::NO_DIRECTORY.with(path.display()).with(source),
            Self::Unreadable { path, source } => files::FILE_UNREAD.with(path.display()).with(source),
            Self::Missing { path } => archive::NO_ARCHIVE.with(path.display()),
            Self::Open { path, source } => archive::ARCHIVE_UNOPENED.with(path.display()).with(sqlite(source)),
            Self::Version { path, found, known } => {
                archive::ARCHIVE_TOO_NEW.with(path.display()).with(*found).with(*known)
            }
            Self::Outdated { path, found, known } => {
                archive::ARCHIVE_TOO_OLD.with(path.display()).with(*found).with(*known)
            }
            Self::Locked { path, holder } => archive::ARCHIVE_IN_USE.with(path.display()).with(holder),
            Self::Lock { path, source } => archive::NO_LOCK.with(path.display()).with(source),
            Self::Thread { source } => archive::NO_THREAD.with(source),
            Self::Read(source) => archive::ARCHIVE_UNREAD.with(sqlite(source)),
            Self::Write(source) => archive::ARCHIVE_UNWRITTEN.with(sqlite(source)),
            Self::Suspected => archive::ARCHIVE_SUSPECTED.into(),
            Self::Damaged => archive::ARCHIVE_DAMAGED.into(),
            Self::BrokeOff => archive::WRITER_BROKE_OFF.into(),
            Self::Closed => archive::ARCHIVE_CLOSED.into(),
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        if self.is_damaged() {
            return Some(hints::SALVAGE.into());
        }
        let hint = match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => hints::AS_OWNER,
            Self::Unreadable { .. } => hints::FAILING_DISK,
            Self::Missing { .. } => hints::START_ONCE,
            Self::Version { .. } => hints::LATER_WEIBOX,
            Self::Outdated { .. } => hints::MIGRATE,
            Self::Locked { .. } => hints::STOP_OTHER,
            Self::Directory { .. } | Self::Open { .. } | Self::Lock { .. } => hints::WRITABLE_DATA_DIR,
            Self::Thread { .. }
            | Self::Read(_)
            | Self::Write(_)
            | Self::Suspected
            | Self::Damaged
            | Self::BrokeOff
            | Self::Closed => return None,
        };
        Some(hint.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

/// What SQLite says, by its code.
fn sqlite(error: &rusqlite::Error) -> Reason {
    if let rusqlite::Error::InvalidPath(path) = error {
        return system::DATABASE_GONE.with(path.display());
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => system::DATABASE_FULL.into(),
        Some(ErrorCode::DatabaseBusy) => system::DATABASE_LOCKED.into(),
        Some(ErrorCode::SystemIoFailure) => system::DATABASE_IO.into(),
        Some(ErrorCode::DatabaseCorrupt) => system::DATABASE_MALFORMED.into(),
        Some(ErrorCode::ReadOnly) => system::DATABASE_READ_ONLY.into(),
        _ => Reason::other(error),
    }
}

/// Whether an error of SQLite means that the file is damaged, or that the disk did not give it.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
