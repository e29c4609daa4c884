//! Watches whether the archive's files are replaced or removed while nobody writes.
//!
//! If the system notifies about removed files, the thread sleeps until a notification.

use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use tokio::sync::mpsc::WeakSender;

use crate::archive::write::WriterCommand;
use crate::archive::{Error, connection};

/// The interval between two checks without notifications.
const INTERVAL: Duration = Duration::from_millis(250);
/// The interval with notifications, which network file systems may not deliver.
const DOUBT: Duration = Duration::from_mins(1);

/// Starts the thread, which notifies the writer. It ends when the other end of the `leash` is closed.
pub(in crate::archive) fn watch(
    directory: &Path,
    commands: WeakSender<WriterCommand>,
    leash: UnixStream,
) -> Result<(), Error> {
    let directory = directory.to_owned();
    let notices = notices(&directory);
    let mut known = connection::files_of(&directory);
    let watching = move || {
        let pause = if notices.is_some() { DOUBT } else { INTERVAL };
        while !is_over(&leash, notices.as_ref(), pause) {
            let Some(commands) = commands.upgrade() else { return };
            let found = connection::files_of(&directory);
            // If the queue is full, the writer looks anyway when it handles the commands in it.
            if found != known && commands.try_send(WriterCommand::Look).is_ok() {
                known = found;
            }
        }
    };
    let spawned = thread::Builder::new().name("archive-place".to_owned()).spawn(watching);
    spawned.map(drop).map_err(|source| Error::Thread { source })
}

/// Waits for a notification or this long; returns whether the archive is closed.
fn is_over(leash: &UnixStream, notices: Option<&OwnedFd>, pause: Duration) -> bool {
    let leash = leash.as_fd();
    let mut waited: Vec<PollFd<'_>> = std::iter::once(leash)
        .chain(notices.map(OwnedFd::as_fd))
        .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
        .collect();
    // An interrupted wait does no harm.
    let _interrupted = poll(&mut waited, Timespec::try_from(pause).ok().as_ref());
    let is_over = waited.first().is_some_and(|leash| !leash.revents().is_empty());
    if let Some(notices) = notices {
        // What they say does not matter, because the files are checked anyway.
        while rustix::io::read(notices, &mut [0_u8; 4096]).is_ok_and(|n_bytes| n_bytes > 0) {}
    }
    is_over
}

/// Subscribes to file creations and removals. Returns `None` if the system has no such notifications, or if its limit
/// on watches is reached.
#[cfg(target_os = "linux")]
fn notices(directory: &Path) -> Option<OwnedFd> {
    use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

    let notices = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
    let wanted = WatchFlags::DELETE | WatchFlags::MOVE | WatchFlags::CREATE | WatchFlags::MOVE_SELF;
    add_watch(&notices, directory, wanted | WatchFlags::DELETE_SELF).ok()?;
    Some(notices)
}

#[cfg(not(target_os = "linux"))]
fn notices(_directory: &Path) -> Option<OwnedFd> {
    None
}
