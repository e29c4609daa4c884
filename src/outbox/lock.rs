//! One sender an archive: a lock that dies with its process.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

/// In the data directory.
const FILE: &str = "weibox.outbox.lock";
/// How often it is looked whether whoever has it has gone.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// The right to send; given back when dropped, and by the system when the process dies.
#[derive(Debug)]
pub(super) struct SenderLock {
    /// `None` where files cannot be locked: there is one sender there all the same, because each reply is taken once.
    _file: Option<File>,
}

impl SenderLock {
    /// Takes the lock of a data directory; `None` while another process has it.
    pub(super) fn acquire(data_dir: &Path) -> Option<Self> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = match options.open(data_dir.join(FILE)) {
            Ok(file) => file,
            Err(error) => {
                tracing::warn!(%error, "the lock of the outbox cannot be opened");
                return Some(Self { _file: None });
            }
        };
        match file.try_lock() {
            Ok(()) => Some(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => {
                tracing::warn!(%error, "the outbox cannot be locked");
                Some(Self { _file: None })
            }
        }
    }
}
