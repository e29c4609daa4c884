//! Folds the write-ahead log into the archive's file beside the writer, which would keep everyone waiting for some ten
//! milliseconds: a thread does most of it, and the writer what was written meanwhile.

use std::os::raw::c_int;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

/// A thread that folds, which is waited for when the connection closes or is told to stop.
struct Folding {
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

/// Has a connection's log folded into the file whenever it has so many pages. What cannot be folded stays in the log, from
/// which it is read as well, until the next time.
pub(in crate::archive) fn start(connection: &mut Connection, path: &Path, pages: u32) -> rusqlite::Result<()> {
    let mut folding = Folding { path: path.to_owned(), thread: None };
    let pages = c_int::try_from(pages).unwrap_or(c_int::MAX);
    connection.wal_hook(Some(move |log: &mut Wal, n_pages: c_int| {
        folding.after_commit(log, n_pages >= pages);
        Ok(())
    }))
}

/// Waits for what is under way, and has nothing folded any more.
pub(in crate::archive) fn stop(connection: &mut Connection) {
    // Without a hook to set there is nothing that can fail.
    drop(connection.wal_hook(None::<fn(&mut Wal, c_int) -> rusqlite::Result<()>>));
}

impl Folding {
    fn after_commit(&mut self, log: &mut Wal, is_long: bool) {
        if let Some(thread) = self.thread.take_if(|thread| thread.is_finished()) {
            report(thread.join().is_ok());
            // Only a log that is folded whole begins anew.
            drop(log.checkpoint());
        } else if is_long && self.thread.is_none() {
            let path = self.path.clone();
            self.thread = thread::Builder::new().name("archive-fold".to_owned()).spawn(move || fold(&path)).ok();
            if self.thread.is_none() {
                drop(log.checkpoint());
            }
        }
    }
}

impl Drop for Folding {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            report(thread.join().is_ok());
        }
    }
}

fn fold(path: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let folded = Connection::open_with_flags(path, flags)
        .and_then(|connection| connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_row| Ok(())));
    if let Err(error) = folded {
        tracing::warn!(%error, "the write-ahead log could not be folded into the archive; it is tried again");
    }
}

fn report(is_whole: bool) {
    if !is_whole {
        tracing::error!("a thread of the archive broke off while it folded the write-ahead log");
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn the_log_stays_short_while_it_is_written_without_a_pause() {
        const PAGES: u32 = 75;
        const PAGES_OF_BLOB: u64 = 25;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("weibox.db");
        let mut connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        start(&mut connection, &path, PAGES).unwrap();
        connection.execute("CREATE TABLE blobs (blob)", []).unwrap();
        // A busy machine lets the other thread wait, and the log grows meanwhile.
        let deadline = Instant::now() + Duration::from_mins(1);
        let (mut n_blobs, mut n_logged) = (0, u64::MAX);
        while n_blobs < 300 || n_logged >= n_blobs * PAGES_OF_BLOB / 4 {
            assert!(Instant::now() < deadline, "the log has {n_logged} pages after {n_blobs} blobs");
            connection.execute("INSERT INTO blobs VALUES (zeroblob(100000))", []).unwrap();
            n_blobs += 1;
            n_logged = path.with_extension("db-wal").metadata().unwrap().len() / 4096;
        }
        stop(&mut connection);
        let kept: u64 = connection.query_row("SELECT sum(length(blob)) FROM blobs", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, n_blobs * 100_000);
    }
}
