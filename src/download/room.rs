//! Checks the disk for free space. Messages come first: some space is reserved for them, because they mostly
//! lie on the same disk, and a message that cannot be stored is lost, while a file only comes later.

use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::statvfs;

use crate::reason::{Reason, downloads};

/// The bytes that stay free: a hundred thousand messages.
const RESERVE: u64 = 64 << 20;
/// Divisor for the reserve of a small disk: this part of it stays free.
const RESERVED_PART: u64 = 20;
/// How long downloads wait while the disk is full before they check again. Weibo is not asked meanwhile.
pub(super) const RECHECK: Duration = Duration::from_secs(10);

/// Fails with [`io::ErrorKind::StorageFull`] unless `wanted` more bytes may be written below a directory.
pub(super) fn check(directory: &Path, wanted: u64) -> io::Result<()> {
    let disk = statvfs(directory)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let reserve = (disk.f_blocks.saturating_mul(disk.f_frsize) / RESERVED_PART).min(RESERVE);
    // Some file systems do not report their size.
    if disk.f_blocks == 0 || free >= wanted.saturating_add(reserve) {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::StorageFull, Reason::from(downloads::DISK_RESERVED)))
}

/// Returns whether an error is due to lack of space, which would affect every other file as well.
pub(super) fn is_lacking(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_there_is_does_not_fit() {
        let directory = tempfile::tempdir().unwrap();
        check(directory.path(), 1).unwrap();
        assert!(is_lacking(&check(directory.path(), u64::MAX).unwrap_err()));
        assert!(!is_lacking(&check(&directory.path().join("nowhere"), 1).unwrap_err()));
    }
}
