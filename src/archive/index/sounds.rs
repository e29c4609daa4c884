//! The rows of a block with the sounds of its ideographs ([`pinyin::sounds`]). A row holds its entries in order:
//! a token of two bytes without a length prefix, then its occurrences with a length prefix. The first byte is the
//! number of the first syllable within its group. The second byte is one more than that of the second syllable,
//! or 0 if the first one stands alone. The groups select the row. So one row has a pair of syllables and all
//! pairs that begin with the same letters.

use crate::archive::spans::BLOCK_BITS;
use crate::query::pinyin::{self, SoundPair, Syllable};
use crate::query::words::TokenPlace;

use super::lists::{OccurrenceList, piece, push};

const GROUPS: u64 = pinyin::GROUPS as u64;
/// The number of rows. With Chinese text a row has about 1 kB, like those of words.
pub(super) const ROWS: u64 = GROUPS * GROUPS;

/// The number of bits of a sound for the message within its block and the place in it.
const AT_BITS: u32 = BLOCK_BITS + TokenPlace::BITS;

/// The rows under construction. Each sound is one number that sorts as in the row: the first syllable and one
/// more than the second in the high bits, then message and place.
#[derive(Default)]
pub(super) struct SoundRows(Vec<Vec<u64>>);

impl SoundRows {
    pub(super) fn new() -> Self {
        Self((0..ROWS).map(|_| Vec::new()).collect())
    }

    /// Adds the sounds of a word in a message of the block.
    pub(super) fn add(&mut self, local: u64, place: TokenPlace, word: &str) {
        for (first, second) in pinyin::sounds(word) {
            let token = u64::from(first.number) << 8 | second.map_or(0, |second| u64::from(second.number) + 1);
            let row = usize::try_from(row_of(first, second)).ok().and_then(|row| self.0.get_mut(row));
            if let Some(row) = row {
                row.push(token << AT_BITS | local << TokenPlace::BITS | u64::from(place));
            }
        }
    }

    /// Returns the rows; some may be empty.
    pub(super) fn rows(self) -> impl Iterator<Item = Vec<u8>> {
        self.0.into_iter().map(|mut sounds| {
            sounds.sort_unstable();
            row(&sounds)
        })
    }
}

/// Returns the row of a sound. A single syllable is in the row of second group 0, because searches for it read
/// all rows of its group anyway.
fn row_of(first: Syllable, second: Option<Syllable>) -> u64 {
    u64::from(first.group) * GROUPS + second.map_or(0, |second| u64::from(second.group))
}

fn row(sounds: &[u64]) -> Vec<u8> {
    let mut row = Vec::new();
    for of_token in sounds.chunk_by(|one, other| one >> AT_BITS == other >> AT_BITS) {
        let mut list = OccurrenceList::default();
        for sound in of_token {
            let local = sound >> TokenPlace::BITS & ((1 << BLOCK_BITS) - 1);
            list.push(local, sound & u64::from(TokenPlace::MAX));
        }
        let token = of_token.first().map_or(0, |sound| sound >> AT_BITS);
        let [second, first, ..] = token.to_le_bytes();
        row.extend([first, second]);
        push(&mut row, list.bytes.len() as u64);
        row.extend_from_slice(&list.bytes);
    }
    row
}

/// Returns the rows that may have a pair.
pub(super) fn rows_with(pair: &SoundPair) -> std::ops::Range<u64> {
    let first = u64::from(pair.first.group) * GROUPS;
    match &pair.second {
        Some(second) => first + u64::from(second.group)..first + u64::from(second.group) + 1,
        None => first..first + GROUPS,
    }
}

/// Returns the lists in a row that belong to a pair.
pub(super) fn lists<'a>(row: &'a [u8], pair: &'a SoundPair) -> impl Iterator<Item = &'a [u8]> {
    let (first, second) = (&pair.first.numbers, pair.second.as_ref().map(|second| &second.numbers));
    let is_second = move |number: u8| {
        second.is_none_or(|second| number.checked_sub(1).is_some_and(|number| second.contains(&number)))
    };
    let from = entries(row).skip_while(|([number, _], _)| number < first.start());
    from.take_while(move |([number, _], _)| number <= first.end())
        .filter(move |([_, number], _)| is_second(*number))
        .map(|(_, list)| list)
}

/// Decodes the entries of a row: tokens and their occurrences. Stops at bytes that cannot be decoded.
pub(super) fn entries(mut row: &[u8]) -> impl Iterator<Item = ([u8; 2], &[u8])> {
    std::iter::from_fn(move || {
        let (token, rest) = row.split_first_chunk()?;
        row = rest;
        Some((*token, piece(&mut row)?))
    })
}
