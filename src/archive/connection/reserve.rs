//! Room on the disk that is taken before it is wanted: to remove something from an archive, SQLite has to write first.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// In the data directory.
const FILE: &str = "weibox.reserve";
/// Its bytes: some batches of what is removed.
const SIZE: u64 = 4 << 20;
/// It is taken while the disk has this many times its size.
const TIMES: u64 = 4;

/// Takes the room, if it is not taken yet and the disk has plenty.
///
/// # Errors
///
/// When it cannot be taken; then nothing is.
pub fn keep(data_dir: &Path) -> io::Result<()> {
    let path = data_dir.join(FILE);
    let disk = statvfs(data_dir)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    // Whoever was killed may have left a piece of it.
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

/// Fills it, with zeros where the file system cannot do it by itself.
fn fill(mut file: File) -> io::Result<()> {
    if fallocate(&file, FallocateFlags::empty(), 0, SIZE).is_ok() {
        return Ok(());
    }
    io::copy(&mut io::Read::take(io::repeat(0), SIZE), &mut file)?;
    file.flush()
}

/// Gives the room up, if it was taken, for what has to be written now.
pub fn give_up(data_dir: &Path) {
    drop(fs::remove_file(data_dir.join(FILE)));
}
