//! Where tokens follow each other in a block, according to the rows of its index.

use std::ops::Range;

use crate::query::pinyin::SoundPair;
use crate::query::words::{TokenPlace, behind, symbol_of};

use super::lists::{At, PLACE_BITS, entries, occurrences};
use super::postings::{BlockSet, SOUNDS, bucket_of_token};
use super::sounds;
use super::way::SearchWay;

/// A token that is looked for in a block.
#[derive(Clone, Copy)]
pub(super) enum SoughtToken<'a> {
    /// A word or a symbol, or whatever begins so.
    Word { text: &'a str, is_open: bool },
    /// What sounds so.
    Sounds(&'a SoundPair),
}

impl<'a> SoughtToken<'a> {
    /// The tokens of a way, which follow each other.
    pub(super) fn all_of(way: &'a SearchWay) -> Vec<Self> {
        match way {
            SearchWay::Words { sought, .. } => {
                let last = sought.tokens.len().saturating_sub(1);
                let token = |(index, text): (usize, &'a String)| Self::Word {
                    text,
                    is_open: sought.is_prefix && index == last,
                };
                sought.tokens.iter().enumerate().map(token).collect()
            }
            SearchWay::Sounds(pairs) => pairs.iter().map(Self::Sounds).collect(),
        }
    }

    /// The rows in which it is.
    pub(super) fn buckets(self) -> Range<u64> {
        match self {
            Self::Word { text, .. } => {
                let bucket = bucket_of_token(text);
                bucket..bucket + 1
            }
            Self::Sounds(pair) => {
                let rows = sounds::rows_with(pair);
                SOUNDS.start + rows.start..SOUNDS.start + rows.end
            }
        }
    }

    fn is_symbol(self) -> bool {
        matches!(self, Self::Word { text, .. } if symbol_of(text).is_some())
    }
}

/// The lists of a row that are those of a token.
fn lists<'a>(row: &'a [u8], token: SoughtToken<'a>) -> Box<dyn Iterator<Item = &'a [u8]> + 'a> {
    match token {
        SoughtToken::Word { text, is_open } => {
            let text = text.as_bytes();
            let is_it = move |other: &[u8]| if is_open { other.starts_with(text) } else { other == text };
            // In order, so that those that are it stand together.
            let from = entries(row).skip_while(move |(other, _)| *other < text);
            Box::new(from.take_while(move |(other, _)| is_it(other)).map(|(_, list)| list))
        }
        SoughtToken::Sounds(pair) => Box::new(sounds::lists(row, pair)),
    }
}

/// Where the tokens of a way follow each other in a block, as far as their rows have been looked at.
#[derive(Default)]
pub(super) struct PhraseMatch {
    /// Where the token before stands, and whether it is a symbol; `None` before the first one.
    found: Option<(Vec<At>, bool)>,
}

impl PhraseMatch {
    /// Looks at the rows of the next token, empty where there are none. Returns whether there is anything left to be found.
    pub(super) fn look<'r>(&mut self, token: SoughtToken<'_>, rows: impl IntoIterator<Item = &'r [u8]>) -> bool {
        let is_symbol = token.is_symbol();
        let wanted = self.found.take().map(|(found, was_symbol)| all_behind(found, was_symbol, is_symbol));
        let mut found = Vec::new();
        for row in rows {
            lists(row, token).for_each(|list| follow(wanted.as_deref(), list, &mut found));
        }
        let is_left = !found.is_empty();
        self.found = Some((found, is_symbol));
        is_left
    }

    /// The messages in which all that were looked at follow each other.
    pub(super) fn bits(self) -> BlockSet {
        let mut bits = BlockSet::NONE;
        bits.set_all(self.found.into_iter().flat_map(|(found, _)| found));
        bits
    }
}

/// Adds what is in a list and among `wanted`, or all of it if nothing has to stand before. Both are in order, so that one
/// pass is enough.
fn follow(wanted: Option<&[At]>, list: &[u8], found: &mut Vec<At>) {
    let Some(mut wanted) = wanted else {
        // Each takes two bytes at the least.
        found.reserve(list.len() / 2);
        found.extend(occurrences(list));
        return;
    };
    // Of first letters there are many short lists.
    let is_short = list.len() < wanted.len() / 4;
    for at in occurrences(list) {
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

/// Where the next token must stand to be right behind one of these, in order.
fn all_behind(mut found: Vec<At>, is_symbol: bool, is_next_symbol: bool) -> Vec<At> {
    found.retain_mut(|at| {
        let (message, place) =
            (*at >> PLACE_BITS, TokenPlace::try_from(*at & u64::from(TokenPlace::MAX)).unwrap_or_default());
        let behind = behind(place, is_symbol, is_next_symbol);
        *at = message << PLACE_BITS | u64::from(behind.unwrap_or_default());
        behind.is_some()
    });
    // They may come from several lists.
    if !found.is_sorted() {
        found.sort_unstable();
        found.dedup();
    }
    found
}
