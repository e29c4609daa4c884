//! The rows of a block that say what its ideographs sound like ([`pinyin::sounds`]). A row holds its entries in order: a token,
//! which is two bytes without a length before them, then its occurrences with their length in front. The first byte is the
//! number of the first syllable within its group, the second one that of the second syllable from 1, or 0 where the first stands
//! alone; the groups choose the row. So a row answers for a pair of syllables, and for all pairs that begin with the same letters.

use crate::archive::spans::BLOCK_BITS;
use crate::query::pinyin::{self, SoundPair, Syllable};
use crate::query::words::TokenPlace;

use super::lists::{OccurrenceList, piece, push};

/// The groups of syllables.
const GROUPS: u64 = pinyin::GROUPS as u64;
/// How many rows there are: of Chinese text about 1 kB each, as those of its words.
pub(super) const ROWS: u64 = GROUPS * GROUPS;

/// The bits of a sound that tell the message within its block, and its place there.
const AT_BITS: u32 = BLOCK_BITS + TokenPlace::BITS;

/// The rows in the making. Each sound is one number, which is in the order of the row: above the bits of message and place
/// the first syllable, and the second one, counted from one.
pub(super) struct SoundRows(Vec<Vec<u64>>);

impl SoundRows {
    pub(super) fn new() -> Self {
        Self((0..ROWS).map(|_| Vec::new()).collect())
    }

    /// Adds what a word sounds like, of a message of the block.
    pub(super) fn add(&mut self, local: u64, place: TokenPlace, word: &str) {
        for (first, second) in pinyin::sounds(word) {
            let token = u64::from(first.number) << 8 | second.map_or(0, |second| u64::from(second.number) + 1);
            let row = usize::try_from(row_of(first, second)).ok().and_then(|row| self.0.get_mut(row));
            if let Some(row) = row {
                row.push(token << AT_BITS | local << TokenPlace::BITS | u64::from(place));
            }
        }
    }

    /// The rows, of which some may be empty.
    pub(super) fn rows(self) -> impl Iterator<Item = Vec<u8>> {
        self.0.into_iter().map(|mut sounds| {
            sounds.sort_unstable();
            row(&sounds)
        })
    }
}

/// The number of the row of a sound. Syllables that stand alone are found only with all that begin with them.
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

/// The numbers of the rows in which a pair is found.
pub(super) fn rows_with(pair: &SoundPair) -> std::ops::Range<u64> {
    let first = u64::from(pair.first.group) * GROUPS;
    match &pair.second {
        Some(second) => first + u64::from(second.group)..first + u64::from(second.group) + 1,
        None => first..first + GROUPS,
    }
}

/// The lists of a row that are those of a pair.
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

/// The entries of a row: tokens and their occurrences. It ends early where the bytes are none of ours.
pub(super) fn entries(mut row: &[u8]) -> impl Iterator<Item = ([u8; 2], &[u8])> {
    std::iter::from_fn(move || {
        let (token, rest) = row.split_first_chunk()?;
        row = rest;
        Some((*token, piece(&mut row)?))
    })
}
