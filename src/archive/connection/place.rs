//! Watches whether the archive's files are replaced or removed while nobody writes.
//!
//! If the system notifies about removed files, the thread sleeps until a notification.

use std::os::fd::AsFd as _;
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
fn is_over(leash: &UnixStream, notices: Option<&Notices>, pause: Duration) -> bool {
    let leash = leash.as_fd();
    let mut waited: Vec<PollFd<'_>> = std::iter::once(leash)
        .chain(notices.map(Notices::as_fd))
        .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
        .collect();
    // An interrupted wait does no harm.
    let _interrupted = poll(&mut waited, Timespec::try_from(pause).ok().as_ref());
    let is_over = waited.first().is_some_and(|leash| !leash.revents().is_empty());
    if let Some(notices) = notices {
        notices.forget();
    }
    is_over
}

#[cfg(target_os = "linux")]
use linux::{Notices, notices};

#[cfg(target_os = "linux")]
mod linux {
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
    use std::path::Path;

    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};

    /// Notifications about a directory.
    pub(super) struct Notices(OwnedFd);

    /// Subscribes to file creations and removals. Returns `None` if the system's limit on watches is reached.
    pub(super) fn notices(directory: &Path) -> Option<Notices> {
        let notices = init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
        let wanted = WatchFlags::DELETE | WatchFlags::MOVE | WatchFlags::CREATE | WatchFlags::MOVE_SELF;
        add_watch(&notices, directory, wanted | WatchFlags::DELETE_SELF).ok()?;
        Some(Notices(notices))
    }

    impl Notices {
        pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }

        /// Discards the notifications, because the files are checked anyway.
        pub(super) fn forget(&self) {
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut told = Reader::new(&self.0, &mut buffer);
            while told.next().is_ok() {}
        }
    }
}

#[cfg(not(target_os = "linux"))]
use elsewhere::{NoNotices as Notices, notices};

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use std::convert::Infallible;
    use std::os::fd::BorrowedFd;
    use std::path::Path;

    /// A type without values.
    pub(super) struct NoNotices(Infallible);

    pub(super) fn notices(_directory: &Path) -> Option<NoNotices> {
        None
    }

    impl NoNotices {
        pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
            match self.0 {}
        }

        pub(super) fn forget(&self) {
            match self.0 {}
        }
    }
}
