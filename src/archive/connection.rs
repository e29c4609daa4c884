//! Connections to the archive's file: how it is opened for writing and for reading, and which file that is.

use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::{Error, index, schema};

pub(super) mod checkpoint;

/// The archive's file in the data directory.
pub(super) const FILE: &str = "weibox.db";

/// How long a statement waits for another process, such as `weibox download` beside `weibox`, to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The write-ahead log is folded into the file every so many pages, 16 MB. The default of 4 MB writes the pages that change
/// all the time four times as often.
pub(super) const CHECKPOINT_PAGES: u32 = 4_000;
/// Room for the pages that the writer changes, in KiB with a minus, as SQLite counts it: the ends of all indices and the
/// senders of a large account. With the default of 2 MB they are read again and again.
const CACHE: i32 = -(8 << 10);
/// At most this many statements are kept ready. The writer has some thirty.
const STATEMENTS: usize = 64;

/// Opens the archive for writing, makes it if it is not there (mode 0600, which SQLite gives its companions too), and
/// brings it to this version.
pub(super) fn open(directory: &Path) -> Result<Connection, Error> {
    let path = directory.join(FILE);
    let failed = |source| Error::Open { path: path.clone(), source };
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|source| Error::Directory { path: path.clone(), source })?;
    let mut connection = Connection::open(&path).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    index::teach(&connection).map_err(failed)?;
    let found = schema::version(&connection).map_err(failed)?;
    if found == 0 {
        // Possible before the first table only. Space that retention frees is given back page by page, not all at once.
        connection.pragma_update(None, "auto_vacuum", "incremental").map_err(failed)?;
    }
    connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
    // An acknowledged message must survive a power cut; group commit pays for it.
    connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
    checkpoint::start(&mut connection, &path, CHECKPOINT_PAGES).map_err(failed)?;
    connection.pragma_update(None, "cache_size", CACHE).map_err(failed)?;
    if found > schema::VERSION {
        return Err(later(&path, found));
    }
    schema::migrate(&mut connection, found).map_err(failed)?;
    Ok(connection)
}

/// Opens an archive of this version for reading only.
pub(super) fn open_read_only(directory: &Path) -> Result<Connection, Error> {
    let path = directory.join(FILE);
    if !path.exists() {
        return Err(Error::Missing { path: directory.to_owned() });
    }
    let failed = |source| Error::Open { path: path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    index::teach(&connection).map_err(failed)?;
    let known = schema::VERSION;
    match schema::version(&connection).map_err(failed)? {
        found if found > known => Err(later(&path, found)),
        found if found < known => Err(Error::Outdated { path, found, known }),
        _ => Ok(connection),
    }
}

/// Device and number of a file.
pub(super) type FileIdentity = (u64, u64);

/// Those of the archive's file; `None` when there is none. Another file may take its place: see `salvage::mender`.
pub(super) fn file_of(directory: &Path) -> Option<FileIdentity> {
    let metadata = std::fs::metadata(directory.join(FILE)).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

fn later(path: &Path, found: usize) -> Error {
    Error::Version { path: path.to_owned(), found, known: schema::VERSION }
}
