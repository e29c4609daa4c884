//! Finds the pages in a write-ahead log (<https://www.sqlite.org/fileformat2.html#walformat>).
//!
//! A frame whose checksum is wrong is damaged, or comes from an interrupted write, which was never confirmed to
//! anybody. It is found, but in doubt.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ops::RangeInclusive;

use super::super::plain::{fill, length};
use super::{COUNTER, u32_at};

/// Length of the header of the log.
const HEADER: u64 = 32;
/// Length of the header of a frame, which precedes its page.
pub(super) const FRAME_HEADER: usize = 24;
/// How many logs before the current one a frame in its file may be from. A damaged salt is seldom among them.
const OLDER: RangeInclusive<u32> = 1..=0xffff;

/// The frames of a log up to its last whole transaction, without those of an older log and those whose salts are
/// damaged.
#[derive(Default)]
pub(super) struct LogFrames {
    /// Offset of the newest version of each page whose checksum is right.
    pub(super) sound: HashMap<u32, u64>,
    /// Offset of the newest version of each page whose checksum is wrong.
    pub(super) doubtful: HashMap<u32, u64>,
    /// Number of pages of the file after the last transaction; `None` if more may have followed: the file may have
    /// the pages of what a damaged log lacks.
    pub(super) n_pages: Option<u32>,
    /// The change counter of the file in the first and in the last version of its first page.
    pub(super) counters: Option<(u32, u32)>,
}

impl LogFrames {
    /// Reads a log with pages of this size.
    pub(super) fn read(log: &File, size: usize) -> io::Result<Self> {
        let mut frames = Self::default();
        let mut head = [0; 32];
        if !fill(log, &mut head, 0)? {
            return Ok(frames);
        }
        let is_big_endian = head.get(3).is_some_and(|last| last % 2 == 1);
        let mut frame = vec![0; FRAME_HEADER + size];
        let (mut sound, mut doubtful) = (Vec::new(), Vec::new());
        let mut before = sums_at(&head, 24);
        let mut at = HEADER;
        while fill(log, &mut frame, at)? {
            let [number, ends] = [0, 4].map(|field| u32_at(&frame, field).unwrap_or_default());
            let (numbers, page) = (frame.get(..8).unwrap_or_default(), frame.get(FRAME_HEADER..).unwrap_or_default());
            let sums = checksum(checksum(before, numbers, is_big_endian), page, is_big_endian);
            // Each checksum continues from that of the frame before, as stored there, so that a damaged frame
            // does not invalidate those after it.
            before = sums_at(&frame, 16);
            // Each new log increments the first salt.
            let age = u32_at(&head, 16).unwrap_or_default().wrapping_sub(u32_at(&frame, 8).unwrap_or_default());
            if frame.get(8..16) == head.get(16..24) && number > 0 {
                if number == 1
                    && sums == before
                    && let Some(counter) = u32_at(page, COUNTER)
                {
                    frames.counters = Some((frames.counters.map_or(counter, |(first, _)| first), counter));
                }
                let place = (number, at + FRAME_HEADER as u64);
                if sums == before { &mut sound } else { &mut doubtful }.push(place);
                frames.n_pages = (ends > 0 && sums == before).then_some(ends);
                if ends > 0 {
                    frames.sound.extend(sound.drain(..));
                    frames.doubtful.extend(doubtful.drain(..));
                }
            } else if !OLDER.contains(&age) {
                frames.n_pages = None;
            }
            at += frame.len() as u64;
        }
        let is_cut = length(Some(log))? > at;
        frames.n_pages.take_if(|_| is_cut);
        Ok(frames)
    }
}

/// Continues a checksum of the write-ahead log over more bytes, two words at a time.
fn checksum(before: [u32; 2], bytes: &[u8], is_big_endian: bool) -> [u32; 2] {
    let word = |bytes: &[u8]| {
        let word = u32_at(bytes, 0).unwrap_or_default();
        if is_big_endian { word } else { word.swap_bytes() }
    };
    bytes.chunks_exact(8).fold(before, |[first, second], two| {
        let first = first.wrapping_add(word(two)).wrapping_add(second);
        let second = second.wrapping_add(word(two.get(4..).unwrap_or_default())).wrapping_add(first);
        [first, second]
    })
}

fn sums_at(bytes: &[u8], at: usize) -> [u32; 2] {
    [at, at + 4].map(|at| u32_at(bytes, at).unwrap_or_default())
}
