//! The search index of a block of messages: which tokens and facts occur where. Made once, when the block is full, and
//! never changed. It knows no SQL.
//!
//! The entries of a block are dealt out to [`BUCKETS`] rows by their first character, so that one row answers for a token
//! and for everything that begins like it. A row holds its entries in order: the token with its length in front, then its
//! occurrences with their length in front. An occurrence is the number of the message within the block, as the difference
//! to the one before, and its place among the message's tokens, in the same message as the difference to the one before.
//! All numbers are LEB128.
//!
//! A block takes no more memory than [`TERMS`] and [`BYTES`] say. Messages whose text has no room any more, or takes more
//! than [`BYTES_OF_ONE`], stand in a row of their own: nothing is known of their words, so that whoever looks for words
//! reads them.

use crate::archive::spans::BLOCK_BITS;
use crate::query::words::{Sought, TokenPlace, Tokens, behind, symbol_of};
use crate::record::Seq;

use super::entry::SearchEntry;

/// The number of messages of a block.
const BLOCK: usize = 1 << BLOCK_BITS;
/// The rows that hold the words of a block: of Chinese text about 1 kB each, of which four fit on a page.
const TEXT_BUCKETS: u64 = 256;
/// The rows that hold its facts, mostly senders.
const FACT_BUCKETS: u64 = 64;
/// Facts stand in these.
pub(super) const FACTS: std::ops::Range<u64> = TEXT_BUCKETS..TEXT_BUCKETS + FACT_BUCKETS;
/// The row of the messages whose words are not here: numbers within the block, each as the difference to the one before.
pub(super) const OMITTED: u64 = FACTS.end;
/// The most rows of a block.
pub(super) const BUCKETS: u64 = OMITTED + 1;

/// The most tokens of a block: 256 a message.
const TERMS: usize = 1 << 20;
/// The most bytes of their text.
const BYTES: usize = 8 << 20;
/// The most bytes of one message.
const BYTES_OF_ONE: usize = 128 << 10;

/// The number of a message within its block.
pub(super) fn local(seq: Seq) -> usize {
    usize::try_from(seq % (1 << BLOCK_BITS)).unwrap_or_default()
}

/// The row of a token of words, or of what it begins with.
pub(super) fn bucket_of_token(token: &str) -> u64 {
    let first = token.chars().next().map_or(0, u64::from);
    // Fibonacci hashing: characters that stand side by side in Unicode do not meet in one row.
    first.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56
}

/// The row of a fact.
pub(super) fn bucket_of_fact(fact: &str) -> u64 {
    // FNV-1a, whose low bits alone would do.
    let hash = fact
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    TEXT_BUCKETS + hash % FACT_BUCKETS
}

/// The bits of a row's number that tell the block.
const ID_BITS: u32 = 52;

/// The number of a row of `postings`, which keeps the rows of a bucket together, in the order of their blocks.
pub(super) const fn id(bucket: u64, block: Seq) -> u64 {
    bucket << ID_BITS | block
}

/// The block of a row of `postings`.
pub(super) const fn block_of(id: u64) -> Seq {
    id & ((1 << ID_BITS) - 1)
}

/// Some messages of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlockSet([u64; BLOCK / 64]);

impl BlockSet {
    /// None of them.
    pub(super) const NONE: Self = Self([0; BLOCK / 64]);

    /// All of them.
    pub(super) const ALL: Self = Self([u64::MAX; BLOCK / 64]);

    pub(super) fn set(&mut self, local: usize) {
        if let Some(word) = self.0.get_mut(local / 64) {
            *word |= 1 << (local % 64);
        }
    }

    /// Adds those in which something occurs.
    fn set_all(&mut self, occurrences: impl Iterator<Item = At>) {
        for at in occurrences {
            self.set(message_of(at));
        }
    }

    pub(super) fn has(&self, local: usize) -> bool {
        self.0.get(local / 64).is_some_and(|word| word >> (local % 64) & 1 == 1)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Leaves what both have, or, if `is_not`, what the other one has not.
    pub(super) fn keep(&mut self, other: &Self, is_not: bool) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= if is_not { !other } else { other };
        }
    }

    /// Their numbers within the block, from the lowest.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = usize> {
        // Mostly there are few, and most words have none.
        let words = (0..BLOCK / 64).filter(|word| self.0.get(*word).is_some_and(|bits| *bits != 0));
        words.flat_map(|word| (word * 64..(word + 1) * 64).filter(|local| self.has(*local)))
    }
}

/// The occurrences of one token so far.
#[derive(Default)]
struct List {
    bytes: Vec<u8>,
    last: (u64, u64),
}

impl List {
    fn push(&mut self, local: u64, place: u64) {
        let (last_local, last_place) = self.last;
        push(&mut self.bytes, local - last_local);
        push(&mut self.bytes, if local == last_local { place - last_place } else { place });
        self.last = (local, place);
    }
}

/// The rows of a block in the making. Messages are added in their order.
pub(super) struct BlockBuilder {
    /// What is in each bucket: token with its length in front, message, place.
    buckets: Vec<Vec<u8>>,
    omitted: Vec<u8>,
    last_omitted: u64,
    n_terms: usize,
    n_bytes: usize,
}

impl BlockBuilder {
    pub(super) fn new() -> Self {
        let buckets = (0..OMITTED).map(|_| Vec::new()).collect();
        Self { buckets, omitted: Vec::new(), last_omitted: 0, n_terms: 0, n_bytes: 0 }
    }

    /// Adds a message, and its words as far as there is room for them.
    pub(super) fn add(&mut self, seq: Seq, entry: &SearchEntry) {
        let local = seq % (1 << BLOCK_BITS);
        for fact in entry.facts() {
            self.push(bucket_of_fact(fact), fact.as_bytes(), local, 0);
        }
        let Some(tokens) = entry.tokens().filter(|tokens| self.has_room(tokens)) else {
            push(&mut self.omitted, local - self.last_omitted);
            self.last_omitted = local;
            return;
        };
        for (place, word) in (0..).zip(tokens.words.split_ascii_whitespace()) {
            self.push(bucket_of_token(word), word.as_bytes(), local, place);
        }
        for (place, symbol) in &tokens.symbols {
            let mut bytes = [0; 4];
            let symbol = &*symbol.encode_utf8(&mut bytes);
            self.push(bucket_of_token(symbol), symbol.as_bytes(), local, *place);
        }
    }

    /// Takes the room for the words of a message if there is so much.
    fn has_room(&mut self, tokens: &Tokens) -> bool {
        let n_bytes = tokens.words.len() + tokens.symbols.len() * 4;
        let n_terms = tokens.n_terms();
        let has_room = n_bytes <= BYTES_OF_ONE && self.n_bytes + n_bytes <= BYTES && self.n_terms + n_terms <= TERMS;
        if has_room {
            self.n_bytes += n_bytes;
            self.n_terms += n_terms;
        }
        has_room
    }

    fn push(&mut self, bucket: u64, token: &[u8], local: u64, place: TokenPlace) {
        let Some(bucket) = usize::try_from(bucket).ok().and_then(|bucket| self.buckets.get_mut(bucket)) else { return };
        push(bucket, token.len() as u64);
        bucket.extend_from_slice(token);
        push(bucket, local);
        push(bucket, place.into());
    }

    /// The rows, one a bucket, of which some may be empty.
    pub(super) fn rows(self) -> impl Iterator<Item = (u64, Vec<u8>)> {
        (0..).zip(self.buckets.into_iter().map(|bucket| row(&bucket)).chain([self.omitted]))
    }
}

/// Sorts what is in a bucket into a row.
fn row(mut bucket: &[u8]) -> Vec<u8> {
    let mut occurrences: Vec<(&[u8], u64, u64)> = Vec::new();
    while let Some(token) = piece(&mut bucket) {
        let (Some(local), Some(place)) = (take(&mut bucket), take(&mut bucket)) else { break };
        occurrences.push((token, local, place));
    }
    // Those of a token stay in their order.
    occurrences.sort_by_key(|(token, ..)| *token);
    let mut row = Vec::new();
    for of_token in occurrences.chunk_by(|(one, ..), (other, ..)| one == other) {
        let mut list = List::default();
        for (_, local, place) in of_token {
            list.push(*local, *place);
        }
        for bytes in [of_token.first().map_or(&[][..], |(token, ..)| token), &list.bytes] {
            push(&mut row, bytes.len() as u64);
            row.extend_from_slice(bytes);
        }
    }
    row
}

/// Takes bytes with their length in front.
fn piece<'a>(row: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take(row)?).ok()?;
    let (piece, rest) = row.split_at_checked(length)?;
    *row = rest;
    Some(piece)
}

/// The entries of a row: tokens and their occurrences. It ends early where the bytes are none of ours.
pub(super) fn entries(mut row: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || Some((piece(&mut row)?, piece(&mut row)?)))
}

/// An occurrence as one number that is in order: the message within the block, and below it the place within the message.
type At = u64;

/// The bits that tell the place.
const PLACE_BITS: u32 = TokenPlace::BITS;

/// The number within the block of the message in which something occurs.
pub(super) fn message_of(at: At) -> usize {
    usize::try_from(at >> PLACE_BITS).unwrap_or(BLOCK)
}

/// What stands in a list of occurrences.
pub(super) fn occurrences(mut list: &[u8]) -> impl Iterator<Item = At> {
    let mut at: At = 0;
    std::iter::from_fn(move || {
        let (step, number) = if let [step @ ..0x80, number @ ..0x80, rest @ ..] = list {
            // As most are.
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

/// Those of some lists that are among `wanted`, or all of them if nothing has to stand before. All are in order, so that
/// one pass of each is enough.
fn follow<'a>(wanted: Option<&[At]>, lists: impl Iterator<Item = &'a [u8]>) -> Vec<At> {
    let mut found = Vec::new();
    for list in lists {
        // Each takes two bytes at the least.
        found.reserve(list.len() / 2);
        let Some(mut wanted) = wanted else {
            found.extend(occurrences(list));
            continue;
        };
        for at in occurrences(list) {
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
    found
}

/// Where the next token must stand to be right behind one of these.
fn all_behind(mut found: Vec<At>, is_symbol: bool, is_next_symbol: bool) -> Vec<At> {
    found.retain_mut(|at| {
        let (message, place) =
            (*at >> PLACE_BITS, TokenPlace::try_from(*at & u64::from(TokenPlace::MAX)).unwrap_or_default());
        let behind = behind(place, is_symbol, is_next_symbol);
        *at = message << PLACE_BITS | u64::from(behind.unwrap_or_default());
        behind.is_some()
    });
    found
}

/// The messages whose words are not here, according to the row of [`OMITTED`].
pub(super) fn omitted(mut row: &[u8]) -> BlockSet {
    let mut bits = BlockSet::NONE;
    let mut local = 0_u64;
    while let Some(step) = take(&mut row) {
        local = local.wrapping_add(step);
        bits.set(usize::try_from(local).unwrap_or(BLOCK));
    }
    bits
}

/// The messages for which a fact holds, according to the row of its bucket.
pub(super) fn with_fact(row: &[u8], fact: &str, bits: &mut BlockSet) {
    let found =
        entries(row).find(|(token, _)| *token >= fact.as_bytes()).filter(|(token, _)| *token == fact.as_bytes());
    bits.set_all(occurrences(found.map_or(&[], |(_, list)| list)));
}

/// Where the tokens of words follow each other in a block, as far as their rows have been looked at.
pub(super) struct PhraseMatch<'a> {
    sought: &'a Sought,
    /// The number of the next token.
    next: usize,
    /// Where the one before stands, and whether it is a symbol; `None` before the first one.
    found: Option<(Vec<At>, bool)>,
}

impl<'a> PhraseMatch<'a> {
    pub(super) const fn new(sought: &'a Sought) -> Self {
        Self { sought, next: 0, found: None }
    }

    /// Looks at the row of the next token, empty if there is none. Returns whether there is anything left to be found.
    pub(super) fn look(&mut self, row: &[u8]) -> bool {
        let Sought { tokens, is_prefix } = self.sought;
        let token = tokens.get(self.next).map_or("", String::as_str);
        let is_symbol = symbol_of(token).is_some();
        let token = token.as_bytes();
        self.next += 1;
        let is_open = *is_prefix && self.next == tokens.len();
        let is_it = |other: &[u8]| if is_open { other.starts_with(token) } else { other == token };
        // In order, so that those that are it stand together.
        let lists = entries(row).skip_while(|(other, _)| *other < token).take_while(|(other, _)| is_it(other));
        let wanted = self.found.take().map(|(found, was_symbol)| all_behind(found, was_symbol, is_symbol));
        let found = follow(wanted.as_deref(), lists.map(|(_, list)| list));
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

fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::archive::index::entry::Clause;
    use crate::archive::spans::start;
    use crate::query::words;
    use crate::record::Record;
    use crate::weibo::UserId;

    /// The entries of texts, from the first number of a block on.
    fn of_texts(texts: &[String]) -> Vec<(Seq, Arc<SearchEntry>)> {
        let record = |(seq, text): (Seq, &String)| {
            let text = serde_json::to_string(text).unwrap();
            let raw = format!(r#"{{"type":"text","sender_id":{},"text":{text}}}"#, seq % 3);
            (seq, Arc::new(SearchEntry::whole(&Record::new(seq, DateTime::UNIX_EPOCH, raw.into()))))
        };
        (start(7)..).zip(texts).map(record).collect()
    }

    fn build(entries: &[(Seq, Arc<SearchEntry>)]) -> Vec<(u64, Vec<u8>)> {
        let mut builder = BlockBuilder::new();
        for (seq, entry) in entries {
            builder.add(*seq, entry);
        }
        builder.rows().collect()
    }

    /// What a built block says of a clause.
    fn says(rows: &[(u64, Vec<u8>)], clause: &Clause) -> BlockSet {
        let row =
            |bucket: u64| rows.iter().find(|(other, _)| *other == bucket).map_or(Vec::new(), |(_, row)| row.clone());
        let mut bits = BlockSet::NONE;
        match clause {
            Clause::Words { sought, .. } => {
                let mut following = PhraseMatch::new(sought);
                let _all = sought.tokens.iter().all(|token| following.look(&row(bucket_of_token(token))));
                bits = following.bits();
            }
            Clause::Fact(fact) => with_fact(&row(bucket_of_fact(fact)), fact, &mut bits),
            Clause::Kinds(_) | Clause::Seqs(_) => {}
        }
        bits
    }

    proptest! {
        /// Whatever is written and looked for, the index of a block and its entries agree.
        #[test]
        fn a_block_says_what_its_notes_say(
            texts in prop::collection::vec("[退货了ab， Ａ+👍]{0,9}|\\PC{0,6}", 0..40),
            typed in "[退货了ab， +👍]{1,4}|\\PC{1,3}",
            is_phrase: bool,
        ) {
            let entries = of_texts(&texts);
            let rows = build(&entries);
            let mut clauses = vec![Clause::from(UserId(1)), Clause::is_unverified(), Clause::has_file()];
            clauses.extend(words::sought(&typed, is_phrase).map(Clause::words));
            for clause in clauses {
                let expected: Vec<usize> =
                    entries.iter().filter(|(seq, entry)| entry.passes(&clause, *seq) == Some(true)).map(|(seq, _)| local(*seq)).collect();
                prop_assert_eq!(says(&rows, &clause).iter().collect::<Vec<_>>(), expected, "{:?}", clause);
            }
        }

        /// Bytes that are none of ours give wrong answers at the worst.
        #[test]
        fn damaged_rows_never_panic(row in prop::collection::vec(any::<u8>(), 0..60)) {
            for (_, list) in entries(&row) {
                prop_assert!(occurrences(list).count() <= list.len());
            }
        }
    }
}
