//! Whether an archive is damaged: a second, independent look at one that is suspected. Nothing is put aside without it.
//!
//! SQLite calls a page malformed that the disk did not give it (`SQLITE_IOERR_CORRUPTFS`). So before and after each of its
//! looks every byte is read past it: if that fails, nobody knows whether the archive is damaged.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::super::connection;
use super::super::error::is_damage;
use super::plain::PlainFile;

/// The pause after each look until the next. All must agree, so that no passing fault of a disk is taken for damage.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];

/// Whether it is damaged beyond doubt. Reads a sound archive twice, and a damaged one some ten times.
///
/// # Errors
///
/// That of reading, which is no damage.
pub(in crate::archive) fn is_damaged(plain: &mut PlainFile, data_dir: &Path) -> io::Result<bool> {
    for pause in PAUSES {
        plain.read_all(data_dir)?;
        if !has_faults(&data_dir.join(connection::FILE)) {
            return Ok(false);
        }
        thread::sleep(pause);
    }
    plain.read_all(data_dir)?;
    Ok(true)
}

/// Whether SQLite finds a fault by a connection of its own. What keeps it from looking, such as a lock, is none.
pub(super) fn has_faults(path: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let found = Connection::open_with_flags(path, flags)
        .and_then(|connection| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)));
    match found {
        Ok(words) => words != "ok",
        Err(error) => is_damage(&error),
    }
}
