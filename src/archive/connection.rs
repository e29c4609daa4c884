//! Connections to the archive's file: how it is opened for writing and for reading, and which file that is.

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
pub(super) mod turnstile;

/// The archive's file in the data directory.
pub(super) const FILE: &str = "weibox.db";
/// The archive, its log, and the map of its log.
pub(super) const FILES: [&str; 3] = [FILE, "weibox.db-wal", "weibox.db-shm"];

/// A copy of it, until it takes its place.
const MOVED: &str = "weibox.db.moved";

/// How long a statement waits for another process, such as `weibox download` beside `weibox`, to finish its write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How often it is looked whether others are done.
const LOOK: Duration = Duration::from_millis(2);
/// The pages after which the write-ahead log is folded into the file, 16 MB. The default of 4 MB writes the pages that change
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
    // One that is there is left to SQLite: to close it takes the locks away that this process has on it (POSIX).
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
        // Possible before the first table only. Space that retention frees is given back page by page, not all at once.
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

/// Has an archive keep a write-ahead log. Of several that make it at once SQLite lets none wait for another here.
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

/// Has a connection that writes wait for others for five seconds, and look every two milliseconds whether they are done. SQLite
/// by itself looks ever more seldom, and misses the pauses that others make for it.
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

/// Device and number of a file.
pub(super) type FileIdentity = (u64, u64);

/// Those of the archive's file; `None` when there is none. Another file may take its place: see `salvage::mender`.
pub(super) fn file_of(directory: &Path) -> Option<FileIdentity> {
    identity(&directory.join(FILE))
}

/// Those of each of the archive's [`FILES`]. SQLite keeps the log and its map for as long as anybody has the archive open.
pub(super) fn files_of(directory: &Path) -> [Option<FileIdentity>; 3] {
    FILES.map(|name| identity(&directory.join(name)))
}

fn identity(path: &Path) -> Option<FileIdentity> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Copies a file for its owner alone, so that it is on disk.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut copy = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    io::copy(&mut fs::File::open(from)?, &mut copy)?;
    copy.sync_all()
}

/// Opens the archive again after its log or the map of its log was removed while it was open: what the removed ones have is
/// folded into the file first. Nobody else sees the map that this process has open, and all its connections share it for as
/// long as they are of one file: without it the archive goes on in a copy.
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
