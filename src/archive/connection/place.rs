//! Watches whether the archive's files are in their places, while nobody writes.

use std::path::Path;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::WeakSender;

use crate::archive::write::WriterCommand;
use crate::archive::{Error, connection};

/// The longest time for which nobody knows of a file that was removed while nothing was written.
const INTERVAL: Duration = Duration::from_millis(250);

/// Starts the thread, which tells the writer and ends with it.
pub(in crate::archive) fn watch(directory: &Path, commands: WeakSender<WriterCommand>) -> Result<(), Error> {
    let directory = directory.to_owned();
    let mut known = connection::files_of(&directory);
    let watching = move || {
        loop {
            thread::sleep(INTERVAL);
            let Some(commands) = commands.upgrade() else { return };
            let found = connection::files_of(&directory);
            // With a full queue, whoever waits in it finds out by itself.
            if found != known && commands.try_send(WriterCommand::Look).is_ok() {
                known = found;
            }
        }
    };
    let spawned = thread::Builder::new().name("archive-place".to_owned()).spawn(watching);
    spawned.map(drop).map_err(|source| Error::Thread { source })
}
