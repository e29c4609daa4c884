//! The lock that lets one process send the replies of an archive. The system releases it when the process dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

/// Name of the lock file in the data directory.
const FILE: &str = "weibox.outbox.lock";
/// Interval between two attempts to take the lock.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// The right to send. Released when dropped, and by the system when the process dies.
#[derive(Debug)]
pub(super) struct SenderLock {
    /// `None` if files cannot be locked. Even then no reply is sent twice, because only one sender can take it.
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
