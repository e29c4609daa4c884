//! Reads a saved file as a whole. Writes nothing.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::reason::{Reason, files};

/// Returns the bytes of a file of at most `max_bytes`. Blocks.
pub(super) fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::new();
    // Reading one byte more than allowed reveals a file that is too long.
    let read = File::open(path).and_then(|file| file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes));
    read.map_err(|error| files::FILE_UNREAD.with(path.display()).with(&error))?;
    if bytes.len() as u64 > max_bytes {
        return Err(files::FILE_TOO_LONG.with(path.display()).with(max_bytes));
    }
    Ok(bytes)
}
