//! A saved file read whole. Nothing is written here.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The bytes of a file of at most so many, in words for people if it cannot be read. Blocks.
pub(super) fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    // One more than is taken tells a file that is too long.
    let read = File::open(path).and_then(|file| file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes));
    read.map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    if bytes.len() as u64 > max_bytes {
        return Err(format!("`{}` is longer than {max_bytes} bytes", path.display()));
    }
    Ok(bytes)
}
