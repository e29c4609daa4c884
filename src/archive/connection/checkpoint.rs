//! Checkpoints the write-ahead log beside the writer, which would otherwise delay everyone by some ten
//! milliseconds. A thread does almost all of it, and the writer checkpoints the few pages that are left. If the thread
//! falls behind, the writer waits for it, so the length of the log is bounded on any machine.

use std::os::raw::c_int;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

use super::{FileIdentity, identity};

/// The multiple of the checkpoint length at which the writer waits for the thread. Without readers, which keep
/// the log from restarting, the log has at most that many pages and those of one transaction.
const LONGEST: c_int = 4;
/// The maximum number of times that the thread checkpoints what was written meanwhile.
const ROUNDS: usize = 8;
/// The number of pages that it leaves to the writer, which is about what one transaction writes.
const REST: c_int = 40;

/// A checkpointing thread, which is joined when the connection closes or stops checkpointing.
struct Folding {
    path: PathBuf,
    /// The identity of the file.
    opened: Option<FileIdentity>,
    fold: fn(&Path, Option<FileIdentity>),
    /// The number of pages in the log at which it starts.
    pages: c_int,
    thread: Option<JoinHandle<()>>,
}

/// Checkpoints a connection's log whenever it has this many pages. Pages that cannot be checkpointed stay in the
/// log, where readers find them, until the next time.
pub(in crate::archive) fn start(connection: &mut Connection, path: &Path, pages: u32) -> rusqlite::Result<()> {
    start_with(connection, path, pages, fold)
}

fn start_with(
    connection: &mut Connection,
    path: &Path,
    pages: u32,
    fold: fn(&Path, Option<FileIdentity>),
) -> rusqlite::Result<()> {
    let pages = c_int::try_from(pages).unwrap_or(c_int::MAX);
    let mut folding = Folding { path: path.to_owned(), opened: identity(path), fold, pages, thread: None };
    connection.wal_hook(Some(move |log: &mut Wal, n_pages: c_int| {
        folding.after_commit(log, n_pages);
        Ok(())
    }))
}

/// Waits for a running checkpoint and ends checkpointing.
pub(in crate::archive) fn stop(connection: &mut Connection) {
    // Only setting a hook can fail.
    drop(connection.wal_hook(None::<fn(&mut Wal, c_int) -> rusqlite::Result<()>>));
}

impl Folding {
    fn after_commit(&mut self, log: &mut Wal, n_pages: c_int) {
        let is_too_long = n_pages >= self.pages.saturating_mul(LONGEST);
        if let Some(thread) = self.thread.take_if(|thread| is_too_long || thread.is_finished()) {
            report(thread.join().is_ok());
            // The log restarts only after a complete checkpoint.
            drop(log.checkpoint());
        } else if n_pages >= self.pages && self.thread.is_none() {
            let (path, opened, fold) = (self.path.clone(), self.opened, self.fold);
            let run = move || fold(&path, opened);
            self.thread = thread::Builder::new().name("archive-fold".to_owned()).spawn(run).ok();
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

/// Folds the log, unless another file has replaced the one that was `opened`: the log is not that file's.
///
/// SQLite synchronises the file only after a round in which nothing was written meanwhile. The rounds become shorter
/// until there is one or nearly one, so that the writer need not wait long for the disk.
fn fold(path: &Path, opened: Option<FileIdentity>) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let folded = Connection::open_with_flags(path, flags).and_then(|connection| {
        if identity(path) != opened {
            return Ok(());
        }
        let mut before = 0;
        for _ in 0..ROUNDS {
            let folded = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, c_int>(2))?;
            if folded - before <= REST {
                break;
            }
            before = folded;
        }
        Ok(())
    });
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
    use super::*;

    #[test]
    fn the_log_has_a_bound_however_late_it_is_folded() {
        const PAGES: u32 = 75;
        // Delays the thread by more than all the writing takes on an idle machine.
        let late = |path: &Path, opened: Option<FileIdentity>| {
            thread::sleep(std::time::Duration::from_millis(100));
            fold(path, opened);
        };
        for fold in [fold, late] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("weibox.db");
            let mut connection = Connection::open(&path).unwrap();
            connection.pragma_update(None, "journal_mode", "wal").unwrap();
            start_with(&mut connection, &path, PAGES, fold).unwrap();
            connection.execute("CREATE TABLE blobs (blob)", []).unwrap();
            let n_blobs = 300;
            for _ in 0..n_blobs {
                // 25 pages.
                connection.execute("INSERT INTO blobs VALUES (zeroblob(100000))", []).unwrap();
            }
            stop(&mut connection);
            let log = path.with_extension("db-wal").metadata().unwrap().len() / 4096;
            let bound = u64::from(PAGES) * u64::try_from(LONGEST).unwrap() + 30;
            assert!(log <= bound, "{log} pages of {bound}");
            let kept: u64 = connection.query_row("SELECT sum(length(blob)) FROM blobs", [], |row| row.get(0)).unwrap();
            assert_eq!(kept, n_blobs * 100_000);
        }
    }
}
