//! The rows of a block that say what its ideographs sound like ([`pinyin::sounds`]), in the form of all rows. A token is the
//! numbers of the two syllables within their groups, one byte each, or of the one that stands alone; the groups choose the
//! row. So a row answers for a pair of syllables, and for all pairs that begin with the same letters.

use crate::query::pinyin::{self, SoundPair, Syllable};
use crate::query::words::Place;

use super::lists::{OccurrenceList, entries, push};

/// The groups of syllables.
const GROUPS: u64 = pinyin::GROUPS as u64;
/// How many rows there are: of Chinese text about 1 kB each, as those of its words.
pub(super) const ROWS: u64 = GROUPS * GROUPS;

/// The bits of a sound that tell the message within its block, and its place there.
const LOCAL_BITS: u32 = 12;
const AT_BITS: u32 = LOCAL_BITS + Place::BITS;

/// The rows in the making. Each sound is one number, which is in the order of the row: above the bits of message and place
/// the first syllable, and the second one, counted from one.
pub(super) struct SoundRows(Vec<Vec<u64>>);

impl SoundRows {
    pub(super) fn new() -> Self {
        Self((0..ROWS).map(|_| Vec::new()).collect())
    }

    /// Adds what a word sounds like, of a message of the block.
    pub(super) fn add(&mut self, local: u64, place: Place, word: &str) {
        for (first, second) in pinyin::sounds(word) {
            let token = u64::from(first.number) << 9 | second.map_or(0, |second| u64::from(second.number) + 1);
            let row = usize::try_from(row_of(first, second)).ok().and_then(|row| self.0.get_mut(row));
            if let Some(row) = row {
                row.push(token << AT_BITS | local << Place::BITS | u64::from(place));
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
            let local = sound >> Place::BITS & ((1 << LOCAL_BITS) - 1);
            list.push(local, sound & u64::from(Place::MAX));
        }
        let token = of_token.first().map_or(0, |sound| sound >> AT_BITS);
        let number = |number: u64| number.to_le_bytes()[0];
        let token = [number(token >> 9), number((token & 0x1ff).wrapping_sub(1))];
        let is_pair = of_token.first().is_some_and(|sound| sound >> AT_BITS & 0x1ff > 0);
        for bytes in [token.get(..1 + usize::from(is_pair)).unwrap_or_default(), &list.bytes] {
            push(&mut row, bytes.len() as u64);
            row.extend_from_slice(bytes);
        }
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
    let is_first = |token: &[u8]| token.first().is_some_and(|number| number <= first.end());
    let is_second =
        move |token: &[u8]| second.is_none_or(|second| token.get(1).is_some_and(|number| second.contains(number)));
    let from = entries(row).skip_while(|(token, _)| token.first() < Some(first.start()));
    from.take_while(move |(token, _)| is_first(token)).filter(move |(token, _)| is_second(token)).map(|(_, list)| list)
}
