//! Whether the disk has room for a file. Messages come first: some of it is left for them, because they mostly lie on the
//! same disk, and what cannot be kept is lost where a file only comes later.

use std::io;
use std::path::Path;
use std::time::Duration;

use rustix::fs::statvfs;

use crate::reason::{Reason, downloads};

/// The bytes that stay free: a hundred thousand messages.
const RESERVE: u64 = 64 << 20;
/// Of a small disk one part of so many.
const RESERVED_PART: u64 = 20;
/// While there is no room, it is looked for again after so long. Weibo is not asked meanwhile.
pub(super) const RECHECK: Duration = Duration::from_secs(10);

/// Fails with [`io::ErrorKind::StorageFull`] unless that many more bytes may be written below a directory.
pub(super) fn check(directory: &Path, wanted: u64) -> io::Result<()> {
    let disk = statvfs(directory)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let reserve = (disk.f_blocks.saturating_mul(disk.f_frsize) / RESERVED_PART).min(RESERVE);
    // Some file systems do not tell how large they are.
    if disk.f_blocks == 0 || free >= wanted.saturating_add(reserve) {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::StorageFull, Reason::from(downloads::DISK_RESERVED)))
}

/// Whether an error is for want of room, which every other file would have as well.
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
