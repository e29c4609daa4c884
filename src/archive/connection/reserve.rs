//! Reserves disk space in advance, because SQLite must write before it can remove anything from an archive.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// Name of the reserve in the data directory.
const FILE: &str = "weibox.reserve";
/// Size of the reserve in bytes: enough for some batches of removals.
const SIZE: u64 = 4 << 20;
/// The reserve is created if the disk has this many times its size free.
const TIMES: u64 = 4;

/// Creates the reserve, unless it exists or the disk is short of space.
///
/// # Errors
///
/// When the space cannot be reserved; then no part of it is kept.
pub fn keep(data_dir: &Path) -> io::Result<()> {
    let path = data_dir.join(FILE);
    let disk = statvfs(data_dir)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    // A killed process may have left an incomplete reserve.
    let is_kept = path.metadata().is_ok_and(|reserve| reserve.len() >= SIZE);
    if is_kept || free < SIZE * TIMES {
        return Ok(());
    }
    let taken = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path).and_then(fill);
    if taken.is_err() {
        give_up(data_dir);
    }
    taken
}

/// Allocates the space, by writing zeros if the file system cannot allocate.
fn fill(mut file: File) -> io::Result<()> {
    if fallocate(&file, FallocateFlags::empty(), 0, SIZE).is_ok() {
        return Ok(());
    }
    io::copy(&mut io::Read::take(io::repeat(0), SIZE), &mut file)?;
    file.flush()
}

/// Removes the reserve, if it exists, to make room for a necessary write.
pub fn give_up(data_dir: &Path) {
    drop(fs::remove_file(data_dir.join(FILE)));
}
