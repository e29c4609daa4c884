//! The errors of the archive, with their reasons and hints for the user.

use std::fmt;
use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::reason::{Fault, Reason, archive, files, hints, system};

use super::Lock;

/// An error of the archive.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Error {
    /// A directory could not be created, or its permissions could not be set.
    Directory { path: PathBuf, source: io::Error },
    /// A file or directory of the archive could not be read, or the user may not read it. This says nothing about
    /// its content.
    Unreadable { path: PathBuf, source: io::Error },
    /// The data directory holds no archive.
    Missing { path: PathBuf },
    /// The file could not be opened, or is not an archive.
    Open { path: PathBuf, source: rusqlite::Error },
    /// The file was written by a newer weibox: it has a later version than this weibox knows.
    Version { path: PathBuf, found: usize, known: usize },
    /// The file was written by an older weibox, and a reader cannot migrate it to this version.
    Outdated { path: PathBuf, found: usize, known: usize },
    /// Another listener holds the data directory: `process 1234 (weibox serve)`.
    Locked { path: PathBuf, holder: String },
    /// The lock file could not be used.
    Lock { path: PathBuf, source: io::Error },
    /// A thread could not be started.
    Thread { source: io::Error },
    /// A query failed.
    Read(#[from] rusqlite::Error),
    /// A turn of the writer failed, and none of its changes were kept.
    Write(#[source] rusqlite::Error),
    /// A read failed or found damage; the writer is checking which.
    Suspected,
    /// The archive is damaged and has not been salvaged yet.
    Damaged,
    /// A bug in weibox interrupted the change; it is unknown whether it was written.
    BrokeOff,
    /// The archive was closed.
    Closed,
}

impl Error {
    /// Returns whether the disk is full.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Write(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
    }

    /// Returns whether a file of the archive could not be opened.
    pub fn is_unopened(&self) -> bool {
        self.of_sqlite().is_some_and(|error| error.sqlite_error_code() == Some(ErrorCode::CannotOpen))
    }

    /// Returns whether the archive itself is damaged.
    pub fn is_damaged(&self) -> bool {
        matches!(self, Self::Damaged) || self.of_sqlite().is_some_and(is_damage)
    }

    fn of_sqlite(&self) -> Option<&rusqlite::Error> {
        if let Self::Open { source, .. } | Self::Read(source) | Self::Write(source) = self {
            Some(source)
        } else {
            None
        }
    }

    /// Returns the reason, for users.
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
            Self::Locked { path, holder } => archive::ARCHIVE_IN_USE.with(path.display()).with(Lock::words(holder)),
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

    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        if self.is_damaged() {
            return Some(hints::SALVAGE.into());
        }
        let hint = match self {
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => hints::AS_OWNER,
            Self::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotADirectory => {
                hints::WRITABLE_DATA_DIR
            }
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

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::new(error.reason(), error.hint())
    }
}

/// Returns the reason for an error of SQLite, by its code.
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

/// Returns whether an error of SQLite means that the file is damaged, or that the disk could not be read. A value of
/// the wrong type is damage too, because SQLite checks the types when it writes.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, InvalidColumnType};
    let is_of_wrong_type = matches!(error, InvalidColumnType(..) | FromSqlConversionFailure(..));
    is_of_wrong_type || matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
