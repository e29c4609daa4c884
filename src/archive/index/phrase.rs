//! Finds where the tokens of a search way follow each other in a block, from the rows of its index.

use std::ops::Range;

use crate::query::pinyin::SoundPair;
use crate::query::words::{TokenPlace, behind, symbol_of};

use super::lists::{At, PLACE_BITS, entries, occurrences};
use super::postings::{BlockSet, SOUNDS, bucket_of_token};
use super::sounds;
use super::way::SearchWay;

/// A token to be found in a block.
#[derive(Clone, Copy)]
pub(super) struct SoughtToken<'a> {
    what: What<'a>,
    /// The distance from the first token of its way. `None` if the way has symbols; the place then depends on the
    /// preceding token.
    distance: Option<TokenPlace>,
}

#[derive(Clone, Copy)]
enum What<'a> {
    /// A word or symbol, or a prefix of one.
    Word {
        text: &'a str,
        is_open: bool,
    },
    Sounds(&'a SoundPair),
}

impl<'a> SoughtToken<'a> {
    /// Returns the tokens of a way, which follow each other.
    pub(super) fn all_of(way: &'a SearchWay) -> Vec<Self> {
        let what: Vec<What<'a>> = match way {
            SearchWay::Words { sought, .. } => {
                let last = sought.tokens.len().saturating_sub(1);
                let is_open = |index| sought.is_prefix && index == last;
                let words = sought.tokens.iter().enumerate();
                words.map(|(index, text)| What::Word { text, is_open: is_open(index) }).collect()
            }
            SearchWay::Sounds(pairs) => pairs.iter().map(What::Sounds).collect(),
        };
        let has_symbols = what.iter().any(|what| what.is_symbol());
        (0..).zip(what).map(|(place, what)| Self { what, distance: (!has_symbols).then_some(place) }).collect()
    }

    /// Returns the tokens of a way in the best order for reading their rows. The one with the shortest lists in a
    /// block comes first, because a block without it needs no further look. Tokens that share a character or
    /// syllable with it come last, because they mostly occur in the same places. `row` reads the rows of such a
    /// block.
    pub(super) fn rarest_first<E>(
        way: &'a SearchWay,
        mut row: impl FnMut(u64) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<Self>, E> {
        let tokens = Self::all_of(way);
        if tokens.len() < 2 || tokens.iter().any(|token| token.distance.is_none()) {
            return Ok(tokens);
        }
        let mut by_size = Vec::new();
        for token in tokens {
            let rows = token.buckets().map(&mut row).collect::<Result<Vec<_>, E>>()?;
            let size: usize = rows.iter().flat_map(|row| lists(row, token)).map(<[u8]>::len).sum();
            by_size.push((size, token));
        }
        by_size.sort_by_key(|(size, _)| *size);
        if let Some(((_, first), others)) = by_size.split_first_mut() {
            others.sort_by_key(|(_, other)| first.what.overlaps(other.what));
        }
        Ok(by_size.into_iter().map(|(_, token)| token).collect())
    }

    /// Returns the buckets whose rows may have the token.
    pub(super) fn buckets(self) -> Range<u64> {
        match self.what {
            What::Word { text, .. } => {
                let bucket = bucket_of_token(text);
                bucket..bucket + 1
            }
            What::Sounds(pair) => {
                let rows = sounds::rows_with(pair);
                SOUNDS.start + rows.start..SOUNDS.start + rows.end
            }
        }
    }
}

impl What<'_> {
    fn is_symbol(self) -> bool {
        matches!(self, Self::Word { text, .. } if symbol_of(text).is_some())
    }

    /// Returns whether two tokens share a character or a syllable.
    fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::Word { text, .. }, Self::Word { text: other, .. }) => text.contains(|char| other.contains(char)),
            (Self::Sounds(one), Self::Sounds(other)) => {
                one.second.as_ref() == Some(&other.first) || other.second.as_ref() == Some(&one.first)
            }
            (Self::Word { .. }, Self::Sounds(_)) | (Self::Sounds(_), Self::Word { .. }) => false,
        }
    }
}

/// Returns the lists in a row that belong to a token.
fn lists<'a>(row: &'a [u8], token: SoughtToken<'a>) -> Box<dyn Iterator<Item = &'a [u8]> + 'a> {
    match token.what {
        What::Word { text, is_open } => {
            let text = text.as_bytes();
            let is_it = move |other: &[u8]| if is_open { other.starts_with(text) } else { other == text };
            // The row is sorted, so the matching entries are adjacent.
            let from = entries(row).skip_while(move |(other, _)| *other < text);
            Box::new(from.take_while(move |(other, _)| is_it(other)).map(|(_, list)| list))
        }
        What::Sounds(pair) => Box::new(sounds::lists(row, pair)),
    }
}

/// The places in a block where the tokens read so far follow each other.
#[derive(Default)]
pub(super) struct PhraseMatch {
    /// The places where the way may begin. With symbols, the places of the preceding token and whether it is a
    /// symbol. `None` before the first token. In any order.
    found: Option<(Vec<At>, bool)>,
}

impl PhraseMatch {
    /// Reads the rows of the next token, none if it has no rows. Returns whether a match is still possible. If
    /// there are symbols, tokens must be read in their order.
    pub(super) fn look<'r>(&mut self, token: SoughtToken<'_>, rows: impl IntoIterator<Item = &'r [u8]>) -> bool {
        let is_symbol = token.what.is_symbol();
        let wanted = self.found.take().map(|(mut found, was_symbol)| {
            if token.distance.is_none() {
                stand_behind(&mut found, was_symbol, is_symbol);
            }
            // They may come from several lists.
            if !found.is_sorted() {
                found.sort_unstable();
                found.dedup();
            }
            found
        });
        let distance = token.distance.unwrap_or_default().into();
        let mut found = Vec::new();
        for row in rows {
            lists(row, token).for_each(|list| follow(wanted.as_deref(), list, distance, &mut found));
        }
        let is_left = !found.is_empty();
        self.found = Some((found, is_symbol));
        is_left
    }

    /// Returns the messages in which all tokens read so far follow each other.
    pub(super) fn bits(self) -> BlockSet {
        let mut bits = BlockSet::NONE;
        bits.set_all(self.found.into_iter().flat_map(|(found, _)| found));
        bits
    }
}

/// Adds the places that are `distance` before an occurrence in `list` and are among `wanted`; all of them if
/// `wanted` is `None`. Both are sorted, so one pass is enough.
fn follow(wanted: Option<&[At]>, list: &[u8], distance: At, found: &mut Vec<At>) {
    let place_of = |at: At| at & At::from(TokenPlace::MAX);
    let starts = occurrences(list).filter(|at| place_of(*at) >= distance).map(|at| at - distance);
    let Some(mut wanted) = wanted else {
        // An occurrence takes at least two bytes.
        found.reserve(list.len() / 2);
        found.extend(starts);
        return;
    };
    // First letters have many short lists.
    let is_short = list.len() < wanted.len() / 4;
    for at in starts {
        if is_short {
            wanted = wanted.get(wanted.partition_point(|wanted| *wanted < at)..).unwrap_or_default();
        }
        while let [first, rest @ ..] = wanted
            && *first < at
        {
            wanted = rest;
        }
        match wanted.first() {
            Some(first) if *first == at => found.push(at),
            Some(_) => {}
            None => break,
        }
    }
}

/// Replaces places by those right behind them.
fn stand_behind(found: &mut Vec<At>, is_symbol: bool, is_next_symbol: bool) {
    found.retain_mut(|at| {
        let (message, place) =
            (*at >> PLACE_BITS, TokenPlace::try_from(*at & u64::from(TokenPlace::MAX)).unwrap_or_default());
        let behind = behind(place, is_symbol, is_next_symbol);
        *at = message << PLACE_BITS | u64::from(behind.unwrap_or_default());
        behind.is_some()
    });
}
