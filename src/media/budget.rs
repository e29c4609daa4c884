//! What decoding one file may cost. Strangers make the files, and a few hundred bytes can ask for hours and
//! gigabytes.
//!
//! Decoders compute from the header of a file what they will allocate, before they allocate it, and ask while they
//! work whether they may go on. Their caller keeps the clock, because this room has none.

use std::time::Duration;

/// Maximum memory for decoding one file, in bytes. The program as a whole then stays below 200 MB.
pub const MOST_MEMORY: u64 = 150_000_000;
/// Maximum processor time for decoding one file.
pub const MOST_TIME: Duration = Duration::from_secs(2);

/// Whether a decoder may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// It may.
    Left,
    /// The file has used up its time or its memory.
    Spent,
    /// The caller no longer wants the file.
    Cancelled,
}
