//! Decides whether an archive is damaged: a second, independent look at a suspected one. No archive is put
//! aside without it.
//!
//! SQLite also calls a page malformed when the disk failed to return it (`SQLITE_IOERR_CORRUPTFS`). Therefore
//! every byte is read without SQLite before and after each of its looks: if that fails, it is unknown whether
//! the archive is damaged.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::super::connection;
use super::super::error::is_damage;
use super::plain::PlainFile;

/// The pause after each look. All looks must agree, so that a transient fault of the disk does not pass for
/// damage.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];

/// Returns whether the archive is damaged beyond doubt. Reads a sound archive twice, and a damaged one about
/// ten times.
///
/// # Errors
///
/// An error of reading, which is no damage.
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

/// Returns whether SQLite finds a fault over a connection of its own. Anything that keeps it from looking,
/// such as a lock, is no fault.
pub(super) fn has_faults(path: &Path) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let found = Connection::open_with_flags(path, flags)
        .and_then(|connection| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)));
    match found {
        Ok(words) => words != "ok",
        Err(error) => is_damage(&error),
    }
}
