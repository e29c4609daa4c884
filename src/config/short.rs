//! Reads short files whole, with a timeout for pipes and devices.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use secrecy::zeroize::Zeroizing;

use crate::reason::{Reason, config};

/// The maximum time for a pipe to deliver everything; the program that fills it may have to ask the user
/// first.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads at most `room` bytes of a file; also returns its metadata. The bytes are wiped on drop, because they may
/// be a secret.
fn read(path: &Path, room: usize) -> io::Result<(Zeroizing<Vec<u8>>, Metadata)> {
    // Otherwise opening a pipe that nobody writes to would block.
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let mut file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    let metadata = file.metadata()?;
    // Allocated at once, because a buffer that grows leaves copies of its content behind.
    let mut bytes = Zeroizing::new(vec![0; room]);
    let (mut length, begun_at) = (0, Instant::now());
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        wait_for_more(&file, PATIENCE.saturating_sub(begun_at.elapsed()))?;
        match file.read(rest)? {
            0 => break,
            more => length += more,
        }
    }
    bytes.truncate(length);
    Ok((bytes, metadata))
}

fn wait_for_more(file: &File, patience: Duration) -> io::Result<()> {
    let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
    match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&patience))? {
        0 => Err(io::Error::new(io::ErrorKind::TimedOut, config::CONFIG_SILENT.with(PATIENCE.as_secs()))),
        _ => Ok(()),
    }
}

/// Reads a file of at most `longest` bytes as text.
pub(super) fn whole(path: &Path, longest: usize) -> io::Result<Zeroizing<String>> {
    let (text, _) = text(path, longest + 1)?;
    if text.len() > longest {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, config::CONFIG_TOO_LONG.with(longest)));
    }
    Ok(text)
}

/// Reads a file as [`read`] does, as text.
pub(super) fn text(path: &Path, room: usize) -> io::Result<(Zeroizing<String>, Metadata)> {
    let (mut bytes, metadata) = read(path, room)?;
    match String::from_utf8(std::mem::take(&mut *bytes)) {
        Ok(text) => Ok((Zeroizing::new(text), metadata)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            Err(io::Error::new(io::ErrorKind::InvalidData, Reason::from(config::NOT_UTF8)))
        }
    }
}
