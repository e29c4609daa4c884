//! A saved file read whole. Nothing is written here.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::reason::{Reason, files};

/// The bytes of a file of at most so many. Blocks.
pub(super) fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::new();
    // One more than is taken tells a file that is too long.
    let read = File::open(path).and_then(|file| file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes));
    read.map_err(|error| files::FILE_UNREAD.with(path.display()).with(&error))?;
    if bytes.len() as u64 > max_bytes {
        return Err(files::FILE_TOO_LONG.with(path.display()).with(max_bytes));
    }
    Ok(bytes)
}
