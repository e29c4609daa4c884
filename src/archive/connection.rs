//! Connections to the archive's file: opens it for writing and for reading, and identifies the file.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Error, index, row, schema};

pub(super) mod checkpoint;
pub(super) mod place;
pub mod reserve;
pub(super) mod statements;
pub(super) mod turnstile;

/// Name of the archive's file in the data directory.
pub(super) const FILE: &str = "weibox.db";
/// Names of the archive, its log, and the map of its log.
pub(super) const FILES: [&str; 3] = [FILE, "weibox.db-wal", "weibox.db-shm"];

/// Name of a copy of the archive until it replaces the archive.
const MOVED: &str = "weibox.db.moved";

/// How long a statement waits for another process, such as `weibox download` beside `weibox`, to finish its
/// write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The interval between two attempts to get a lock.
const LOOK: Duration = Duration::from_millis(2);
/// The number of pages after which the write-ahead log is checkpointed, 16 MB. The default of 4 MB writes the
/// frequently changed pages four times as often.
pub(super) const CHECKPOINT_PAGES: u32 = 4_000;
/// SQLite's page cache for the writer; a negative number is in KiB. It holds the pages that change often: the
/// ends of all indices and the senders of a large account. With the default of 2 MB they are read repeatedly.
const CACHE: i32 = -(8 << 10);
/// The maximum number of prepared statements kept; the writer has some thirty.
const STATEMENTS: usize = 64;

/// Opens the archive for writing, creates it if it does not exist (mode 0600, which SQLite also gives the
/// companion files), and migrates it to this version.
pub(super) fn open(directory: &Path) -> Result<Connection, Error> {
    let path = directory.join(FILE);
    let failed = |source| Error::Open { path: path.clone(), source };
    // Only SQLite opens an existing file: closing it here would release this process's locks on it (POSIX).
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
            return Err(Error::Directory { path, source });
        }
        Ok(_) | Err(_) => {}
    }
    let mut connection = Connection::open(&path).map_err(failed)?;
    wait_patiently(&mut connection).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    index::teach(&connection).map_err(failed)?;
    row::teach(&connection).map_err(failed)?;
    let found = schema::version(&connection).map_err(failed)?;
    if found == 0 {
        // Only possible before the first table. Space that retention frees is then returned page by page, not all
        // at once.
        connection.pragma_update(None, "auto_vacuum", "incremental").map_err(failed)?;
    }
    keep_log(&connection).map_err(failed)?;
    // An acknowledged message must survive a power cut; group commit pays for it.
    connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
    checkpoint::start(&mut connection, &path, CHECKPOINT_PAGES).map_err(failed)?;
    connection.pragma_update(None, "cache_size", CACHE).map_err(failed)?;
    if found > schema::VERSION {
        return Err(later(&path, found));
    }
    schema::migrate(&mut connection).map_err(failed)?;
    Ok(connection)
}

/// Enables the write-ahead log. When several processes create the archive at once, SQLite does not wait for the
/// lock here.
fn keep_log(connection: &Connection) -> rusqlite::Result<()> {
    let began_at = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && began_at.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(LOOK);
            }
            done => return done,
        }
    }
}

/// Makes a writing connection wait up to five seconds for a lock and try every two milliseconds. SQLite's own
/// handler tries ever less often and misses the pauses that other processes make.
pub(super) fn wait_patiently(connection: &mut Connection) -> rusqlite::Result<()> {
    const LOOKS: i32 = 2_500;
    connection.busy_handler(Some(|looks| {
        thread::sleep(LOOK);
        looks < LOOKS
    }))
}

/// Opens an archive of this version for reading only.
pub(super) fn open_read_only(directory: &Path) -> Result<Connection, Error> {
    let path = directory.join(FILE);
    if !path.try_exists().map_err(|source| Error::Unreadable { path: path.clone(), source })? {
        return Err(Error::Missing { path: directory.to_owned() });
    }
    let failed = |source| Error::Open { path: path.clone(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    index::teach(&connection).map_err(failed)?;
    row::teach(&connection).map_err(failed)?;
    let known = schema::VERSION;
    match schema::version(&connection).map_err(failed)? {
        found if found > known => Err(later(&path, found)),
        found if found < known => Err(Error::Outdated { path, found, known }),
        _ => Ok(connection),
    }
}

/// Device and inode of a file.
pub(super) type FileIdentity = (u64, u64);

/// Returns the identity of the archive's file; `None` if it does not exist. Another file may replace it: see
/// `salvage::mender`.
pub(super) fn file_of(directory: &Path) -> Option<FileIdentity> {
    identity(&directory.join(FILE))
}

/// Returns the identities of the archive's [`FILES`]. SQLite keeps the log and its map while any process has the
/// archive open.
pub(super) fn files_of(directory: &Path) -> [Option<FileIdentity>; 3] {
    FILES.map(|name| identity(&directory.join(name)))
}

fn identity(path: &Path) -> Option<FileIdentity> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Copies a file with access for its owner only, and syncs it to disk.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    io::copy(&mut fs::File::open(from)?, &mut copy)?;
    copy.sync_all()
}

/// Reopens the archive after its log or the log's map was removed while it was open. The content of the removed
/// log is first checkpointed into the file. A removed map is invisible to other processes, but shared by all
/// connections of this process to the same file. In that case a copy replaces the file.
pub(super) fn move_in(
    connection: &mut Connection,
    directory: &Path,
    opened: [Option<FileIdentity>; 3],
) -> Result<Connection, Error> {
    let [file, log, map] = FILES.map(|name| directory.join(name));
    let failed = |source| Error::Directory { path: file.clone(), source };
    checkpoint::stop(connection);
    let is_busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(Error::Write)?;
    if is_busy {
        let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
        return Err(Error::Write(rusqlite::Error::SqliteFailure(busy, None)));
    }
    if files_of(directory)[2] != opened[2] {
        let moved = directory.join(MOVED);
        copy(&file, &moved).map_err(failed)?;
        for left in [log, map] {
            drop(fs::remove_file(left));
        }
        fs::rename(&moved, &file).map_err(failed)?;
        fs::File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed)?;
    }
    open(directory)
}

fn later(path: &Path, found: usize) -> Error {
    Error::Version { path: path.to_owned(), found, known: schema::VERSION }
}
