//! The format of postings rows: the bucket of a fact, and the encoding of numbers, byte strings with a length
//! prefix, and lists of occurrences.

use crate::query::words::TokenPlace;

/// The number of buckets for words. With Chinese text a row has about 1 kB, so four fit on a page.
pub(super) const TEXT_BUCKETS: u64 = 256;
/// The number of buckets for facts, mostly senders.
pub(super) const FACT_BUCKETS: u64 = 64;

pub(super) fn bucket_of_fact(fact: &str) -> u64 {
    // FNV-1a; its low bits alone would be enough.
    let hash = fact
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    TEXT_BUCKETS + hash % FACT_BUCKETS
}

/// The occurrences of one token so far.
#[derive(Default)]
pub(super) struct OccurrenceList {
    pub(super) bytes: Vec<u8>,
    last: (u64, u64),
}

impl OccurrenceList {
    pub(super) fn push(&mut self, local: u64, place: u64) {
        let (last_local, last_place) = self.last;
        push(&mut self.bytes, local - last_local);
        push(&mut self.bytes, if local == last_local { place - last_place } else { place });
        self.last = (local, place);
    }
}

/// An occurrence as one number that sorts by position: the message within the block in the high bits, the place
/// within the message in the low bits.
pub(super) type At = u64;

/// The number of bits for the place.
pub(super) const PLACE_BITS: u32 = TokenPlace::BITS;

/// Returns the local number of the message of an occurrence.
pub(super) fn message_of(at: At) -> usize {
    usize::try_from(at >> PLACE_BITS).unwrap_or(usize::MAX)
}

pub(super) fn occurrences(mut list: &[u8]) -> impl Iterator<Item = At> {
    let mut at: At = 0;
    std::iter::from_fn(move || {
        let (step, number) = if let [step @ ..0x80, number @ ..0x80, rest @ ..] = list {
            // The most frequent case.
            list = rest;
            (u64::from(*step), u64::from(*number))
        } else {
            (take(&mut list)?, take(&mut list)?)
        };
        let from = if step == 0 { at } else { (at >> PLACE_BITS).wrapping_add(step) << PLACE_BITS };
        at = from.wrapping_add(number);
        Some(at)
    })
}

/// Takes a byte string with a length prefix.
pub(super) fn piece<'a>(row: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take(row)?).ok()?;
    let (piece, rest) = row.split_at_checked(length)?;
    *row = rest;
    Some(piece)
}

/// Decodes the entries of a row: tokens and their occurrences. Stops at bytes that cannot be decoded.
pub(super) fn entries(mut row: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || Some((piece(&mut row)?, piece(&mut row)?)))
}

pub(super) fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

pub(super) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
