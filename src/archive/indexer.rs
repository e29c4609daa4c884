//! The thread that keeps the search index close behind the messages. It reads and sorts; the writer only writes
//! the results, between answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;

use super::index::{self, Unindexed};
use super::write::{StoreBlockPart, WriterCommand, pending, suspect};
use super::{Error, connection};

/// The writer's handle to the thread.
pub(super) struct Indexer {
    nudge: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Indexer {
    /// Starts the thread, which first indexes what an earlier run left over. It sends its blocks to the writer
    /// and does not keep the writer from stopping.
    pub(super) fn start(
        directory: &Path,
        unindexed: Arc<Unindexed>,
        commands: mpsc::WeakSender<WriterCommand>,
    ) -> Result<Self, Error> {
        let directory = directory.to_owned();
        // A capacity of one is enough, because the thread processes everything that is there when it wakes up.
        let (nudge, nudged) = sync_channel(1);
        let spawned = thread::Builder::new().name("archive-index".to_owned()).spawn(move || {
            loop {
                // Messages are also found without the index, and the next full block starts another attempt. A
                // panic leaves nothing half done, because the writer does all the writing.
                match catch_unwind(AssertUnwindSafe(|| catch_up(&directory, &unindexed, &commands))) {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => {
                        tracing::error!(%error, "the search index could not be written");
                        suspect(&error, &commands);
                    }
                    Err(_reported) => tracing::error!("the search index broke off; it goes on with the next block"),
                }
                if nudged.recv().is_err() {
                    return;
                }
            }
        });
        spawned.map(|thread| Self { nudge, thread }).map_err(|source| Error::Thread { source })
    }

    /// Notifies the thread that a block is full.
    pub(super) fn nudge(&self) {
        // If the channel is full, the thread was already notified.
        let _full = self.nudge.try_send(());
    }

    /// Waits for the thread to end. The writer must no longer accept changes.
    pub(super) fn finish(self) {
        drop(self.nudge);
        if self.thread.join().is_err() {
            tracing::error!("the archive's index broke off; the next start goes on with it");
        }
    }
}

/// Writes every full block that is not indexed, then the blocks to be rebuilt. Returns early when the writer
/// stops.
fn catch_up(directory: &Path, unindexed: &Unindexed, commands: &mpsc::WeakSender<WriterCommand>) -> Result<(), Error> {
    // Opened anew each time, because another file may have replaced this one and must not get the old one's rows.
    let file = connection::file_of(directory);
    let connection = connection::open_read_only(directory)?;
    loop {
        // The newest messages come first, because users search for them most.
        let mut parts = index::next_parts(&connection, unindexed)?;
        if parts.is_empty() {
            parts = index::next_rebuilt_parts(&connection)?;
        }
        if parts.is_empty() {
            return Ok(());
        }
        // Sends all parts at once; the writer takes as many as it can while no answer waits.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn damage_that_the_index_meets_is_reported_to_the_writer() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(connection::FILE);
        drop(connection::open(directory.path()).unwrap());
        std::fs::write(file, "no archive at all, ".repeat(1000)).unwrap();
        let (commands, mut received) = mpsc::channel(1);
        let indexer = Indexer::start(directory.path(), Arc::default(), commands.downgrade()).unwrap();
        let reported = timeout(Duration::from_mins(1), received.recv()).await.unwrap();
        assert!(matches!(reported, Some(WriterCommand::Mend)));
        indexer.finish();
    }
}
