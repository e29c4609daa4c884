//! What one file may cost. Strangers make the files, and a few hundred bytes can ask for hours and gigabytes.
//!
//! Decoders reckon what they will allocate from the header of a file, before they allocate it, and ask while they work
//! whether they may go on. Who asks them keeps the clock, because this room has none.

use std::time::Duration;

/// The memory that the decoding of one file may take, in bytes. With the program itself it stays below 200 MB.
pub const MOST_MEMORY: u64 = 150_000_000;
/// The processor time that the decoding of one file may take.
pub const MOST_TIME: Duration = Duration::from_secs(2);

/// Whether a decoder may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// It may.
    Left,
    /// The file has used up its time or its memory.
    Spent,
    /// Nobody wants the file any more.
    Cancelled,
}
