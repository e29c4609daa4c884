//! The thread that keeps the search index close behind the messages. It reads and sorts for itself; the writer only writes
//! what comes of it, between answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use super::index::{self, Unindexed};
use super::write::{StoreBlockPart, WriterCommand, pending};
use super::{Error, connection};

/// The writer's hold on the thread.
pub(super) struct Indexer {
    nudge: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Indexer {
    /// Starts the thread, which first looks for what was left over. It asks the writer to write its blocks, and does
    /// not keep it from stopping.
    pub(super) fn start(
        directory: &Path,
        unindexed: Arc<Unindexed>,
        commands: mpsc::WeakSender<WriterCommand>,
    ) -> Result<Self, Error> {
        let directory = directory.to_owned();
        // One is enough: whoever wakes up looks for everything that is there.
        let (nudge, nudged) = sync_channel(1);
        let spawned = thread::Builder::new().name("archive-index".to_owned()).spawn(move || {
            loop {
                // The messages are found without it, and the next full block tries again. Nothing is left half done: what
                // it writes is the writer's.
                match catch_unwind(AssertUnwindSafe(|| catch_up(&directory, &unindexed, &commands))) {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::error!(%error, "the search index could not be written"),
                    Err(_reported) => tracing::error!("the search index broke off; it goes on with the next block"),
                }
                if nudged.recv().is_err() {
                    return;
                }
            }
        });
        spawned.map(|thread| Self { nudge, thread }).map_err(|source| Error::Thread { source })
    }

    /// Says that a block has become full.
    pub(super) fn nudge(&self) {
        // If it is full, it has been told already.
        let _full = self.nudge.try_send(());
    }

    /// Waits for its end. The writer must take no changes any more.
    pub(super) fn finish(self) {
        drop(self.nudge);
        if self.thread.join().is_err() {
            tracing::error!("the archive's index broke off; the next start goes on with it");
        }
    }
}

/// Has every full block written that is not indexed, then what is to be made again. Returns early when the writer stops.
fn catch_up(directory: &Path, unindexed: &Unindexed, commands: &mpsc::WeakSender<WriterCommand>) -> Result<(), Error> {
    // Anew each time, because another file may have taken its place, which must not get what was made of the one before.
    let file = connection::file_of(directory);
    let connection = connection::open_read_only(directory)?;
    loop {
        // What came last is what people look for first.
        let mut parts = index::next_parts(&connection, unindexed)?;
        if parts.is_empty() {
            parts = index::next_rebuilt_parts(&connection)?;
        }
        if parts.is_empty() {
            return Ok(());
        }
        // All at once, of which the writer takes as many as nobody waits for.
        let mut written = Vec::new();
        for part in parts {
            let Some(commands) = commands.upgrade() else { return Ok(()) };
            let (command, answered) = pending(StoreBlockPart { part, file });
            if commands.blocking_send(command).is_err() {
                return Ok(());
            }
            written.push(answered);
        }
        for answered in written {
            let Ok(is_current) = answered.blocking_recv() else { return Ok(()) };
            if !is_current? {
                return Ok(());
            }
        }
    }
}
