//! The search index of a block of messages: which tokens and facts occur where. It is built once, when the block
//! is full, and never changed. This module knows no SQL.
//!
//! The entries of a block are distributed to [`BUCKETS`] rows by their first character, so that one row has a
//! token and all tokens with the same beginning. A row holds its entries in order: the token with a length
//! prefix, then its occurrences with a length prefix. An occurrence is the local number of the message within the
//! block, as the difference to the one before, and the place among the message's tokens, within the same message
//! as the difference to the one before. All numbers are LEB128. The sounds of ideographs have rows of their own
//! ([`sounds`]).
//!
//! [`TERMS`], [`N_SOUNDS`] and [`BYTES`] limit the memory of a block. Messages that exceed them or have more than
//! [`BYTES_OF_ONE`] are listed in a row of their own. Their words are not indexed, so a search for words must
//! read them.

use std::collections::BTreeSet;

use crate::archive::spans::BLOCK_BITS;
use crate::query::pinyin::n_sounds;
use crate::query::words::{TokenPlace, Tokens};
use crate::record::Seq;

use super::entry::SearchEntry;
pub(super) use super::lists::bucket_of_fact;
use super::lists::{
    At, FACT_BUCKETS, OccurrenceList, TEXT_BUCKETS, entries, message_of, occurrences, piece, push, take,
};
use super::sounds::{self, SoundRows};

/// The number of messages in a block.
const BLOCK: usize = 1 << BLOCK_BITS;
pub(super) const FACTS: std::ops::Range<u64> = TEXT_BUCKETS..TEXT_BUCKETS + FACT_BUCKETS;
/// The bucket of the messages without indexed words: local numbers, each as the difference to the one before.
pub(super) const OMITTED: u64 = FACTS.end;
pub(super) const SOUNDS: std::ops::Range<u64> = OMITTED + 1..OMITTED + 1 + sounds::ROWS;
/// The maximum number of rows of a block.
pub(super) const BUCKETS: u64 = SOUNDS.end;

/// The maximum number of tokens of a block: 256 per message.
const TERMS: usize = 1 << 20;
/// The maximum number of sounds of a block, eight bytes each; ordinary Chinese has 1.3 per token.
const N_SOUNDS: usize = 2 * TERMS;
/// The maximum number of bytes of the words of a block.
const BYTES: usize = 8 << 20;
/// The maximum number of bytes of the words of one message.
const BYTES_OF_ONE: usize = 128 << 10;

/// Returns the local number of a message within its block.
pub(super) fn local(seq: Seq) -> usize {
    usize::try_from(seq % (1 << BLOCK_BITS)).unwrap_or_default()
}

/// Returns the bucket of a token of words or of a prefix.
pub(super) fn bucket_of_token(token: &str) -> u64 {
    let first = token.chars().next().map_or(0, u64::from);
    // Fibonacci hashing: neighbouring characters in Unicode get different buckets.
    first.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56
}

/// The number of bits of a row's id for the block.
const ID_BITS: u32 = 52;

/// Returns the id of a row of `postings`, which keeps the rows of a bucket together in the order of their blocks.
pub(super) const fn id(bucket: u64, block: Seq) -> u64 {
    bucket << ID_BITS | block
}

pub(super) const fn block_of(id: u64) -> Seq {
    id & ((1 << ID_BITS) - 1)
}

/// A set of messages of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlockSet([u64; BLOCK / 64]);

impl BlockSet {
    pub(super) const NONE: Self = Self([0; BLOCK / 64]);

    pub(super) const ALL: Self = Self([u64::MAX; BLOCK / 64]);

    pub(super) fn set(&mut self, local: usize) {
        if let Some(word) = self.0.get_mut(local / 64) {
            *word |= 1 << (local % 64);
        }
    }

    /// Adds the messages of occurrences.
    pub(super) fn set_all(&mut self, occurrences: impl Iterator<Item = At>) {
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

    pub(super) fn add(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
    }

    /// Keeps the messages that the other set has, or, if `is_not`, those that it does not have.
    pub(super) fn keep(&mut self, other: &Self, is_not: bool) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= if is_not { !other } else { other };
        }
    }

    /// Returns the local numbers in ascending order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = usize> {
        // Most sets are small, and most words are zero.
        let words = (0..BLOCK / 64).filter(|word| self.0.get(*word).is_some_and(|bits| *bits != 0));
        words.flat_map(|word| (word * 64..(word + 1) * 64).filter(|local| self.has(*local)))
    }
}

/// The rows of a block under construction. Messages are added in order.
#[derive(Default)]
pub(super) struct BlockBuilder {
    /// The content of each bucket: token with a length prefix, message, place.
    buckets: Vec<Vec<u8>>,
    sounds: SoundRows,
    omitted: Vec<u8>,
    last_omitted: u64,
    n_terms: usize,
    n_sounds: usize,
    n_bytes: usize,
}

impl BlockBuilder {
    pub(super) fn new() -> Self {
        let buckets = (0..OMITTED).map(|_| Vec::new()).collect();
        Self { buckets, sounds: SoundRows::new(), ..Self::default() }
    }

    /// Adds a message, and its words if there is room for them.
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
            self.sounds.add(local, place, word);
        }
        for (place, symbol) in &tokens.symbols {
            let mut bytes = [0; 4];
            let symbol = &*symbol.encode_utf8(&mut bytes);
            self.push(bucket_of_token(symbol), symbol.as_bytes(), local, *place);
        }
    }

    /// Reserves room for the words of a message; returns false if there is not enough.
    fn has_room(&mut self, tokens: &Tokens) -> bool {
        let n_bytes = tokens.words.len() + tokens.symbols.len() * 4;
        let n_terms = tokens.n_terms();
        let has_room = n_bytes <= BYTES_OF_ONE && self.n_bytes + n_bytes <= BYTES && self.n_terms + n_terms <= TERMS;
        if !has_room {
            return false;
        }
        let n_sounds = tokens.words.split_ascii_whitespace().map(n_sounds).sum::<usize>();
        let has_room = self.n_sounds + n_sounds <= N_SOUNDS;
        if has_room {
            self.n_bytes += n_bytes;
            self.n_terms += n_terms;
            self.n_sounds += n_sounds;
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

    /// Returns the rows, one per bucket; some may be empty.
    pub(super) fn rows(self) -> impl Iterator<Item = (u64, Vec<u8>)> {
        let words_and_facts = self.buckets.into_iter().map(|bucket| row(&bucket));
        (0..).zip(words_and_facts.chain([self.omitted]).chain(self.sounds.rows()))
    }
}

/// Sorts the content of a bucket into a row.
fn row(mut bucket: &[u8]) -> Vec<u8> {
    let mut occurrences: Vec<(&[u8], u64, u64)> = Vec::new();
    while let Some(token) = piece(&mut bucket) {
        let (Some(local), Some(place)) = (take(&mut bucket), take(&mut bucket)) else { break };
        occurrences.push((token, local, place));
    }
    // The sort is stable, so the occurrences of a token stay in order.
    occurrences.sort_by_key(|(token, ..)| *token);
    let mut row = Vec::new();
    for of_token in occurrences.chunk_by(|(one, ..), (other, ..)| one == other) {
        let mut list = OccurrenceList::default();
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

/// Returns the messages without indexed words, from the row of [`OMITTED`].
pub(super) fn omitted(mut row: &[u8]) -> BlockSet {
    let mut bits = BlockSet::NONE;
    let mut local = 0_u64;
    while let Some(step) = take(&mut row) {
        local = local.wrapping_add(step);
        bits.set(usize::try_from(local).unwrap_or(BLOCK));
    }
    bits
}

/// Adds the messages that have a fact, from the row of its bucket.
pub(super) fn with_fact(row: &[u8], fact: &str, bits: &mut BlockSet) {
    let found =
        entries(row).find(|(token, _)| *token >= fact.as_bytes()).filter(|(token, _)| *token == fact.as_bytes());
    bits.set_all(occurrences(found.map_or(&[], |(_, list)| list)));
}

/// Adds the messages that have one of several facts, from the row of their bucket.
pub(super) fn with_facts(row: &[u8], facts: &BTreeSet<String>, bits: &mut BlockSet) {
    let is_one = |token: &[u8]| str::from_utf8(token).is_ok_and(|token| facts.contains(token));
    for (_, list) in entries(row).filter(|(token, _)| is_one(token)) {
        bits.set_all(occurrences(list));
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::archive::index::entry::Clause;
    use crate::archive::index::phrase::{PhraseMatch, SoughtToken};
    use crate::archive::spans::start;
    use crate::query::{Flag, SoughtWord, Test, WordForm};
    use crate::record::Record;
    use crate::weibo::UserId;

    /// Returns the entries of texts, numbered from the start of a block.
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

    /// Evaluates a clause on a built block.
    fn says(rows: &[(u64, Vec<u8>)], clause: &Clause) -> BlockSet {
        let row =
            |bucket: u64| rows.iter().find(|(other, _)| *other == bucket).map_or(Vec::new(), |(_, row)| row.clone());
        let mut bits = BlockSet::NONE;
        match clause {
            Clause::Text(ways) => {
                for way in ways {
                    let mut following = PhraseMatch::default();
                    let tokens = SoughtToken::rarest_first(way, |bucket| Ok::<_, Infallible>(row(bucket)));
                    let _all = tokens.unwrap().into_iter().all(|token| {
                        let rows: Vec<_> = token.buckets().map(row).collect();
                        following.look(token, rows.iter().map(Vec::as_slice))
                    });
                    bits.add(&following.bits());
                }
            }
            Clause::Fact(fact) => with_fact(&row(bucket_of_fact(fact)), fact, &mut bits),
            Clause::Kinds(_) | Clause::Seqs(_) | Clause::Senders(_) => {}
        }
        bits
    }

    #[test]
    fn characters_of_many_readings_take_no_more_room_than_there_is() {
        // Nine sounds each.
        let entries = of_texts(&vec!["和".repeat(5_000); 50]);
        let mut builder = BlockBuilder::new();
        for (seq, entry) in &entries {
            builder.add(*seq, entry);
        }
        assert!((N_SOUNDS - 50_000..=N_SOUNDS).contains(&builder.n_sounds), "{}", builder.n_sounds);
        let rows: Vec<_> = builder.rows().collect();
        let without_words = rows.iter().find(|(bucket, _)| *bucket == OMITTED).map(|(_, row)| omitted(row));
        assert_eq!(without_words.map(|set| set.iter().collect::<Vec<_>>()), Some((46..50).collect()));
    }

    proptest! {
        /// For any texts and queries, the index of a block agrees with its entries.
        #[test]
        fn a_block_says_what_its_notes_say(
            texts in prop::collection::vec("[退货了長重ab， Ａ+👍]{0,9}|[重行了の]{0,5}|\\PC{0,6}", 0..40),
            typed in "[退货了ab， +👍]{1,5}|(t|tui|h|huo|l|le|chang|zhong|xing|hang|'){1,4}|\\PC{1,3}",
            other in "[退货了ab， +👍]{1,5}|(tui|huo){1,2}",
            form in 0_usize..4,
        ) {
            let noted = of_texts(&texts);
            let rows = build(&noted);
            let form = [WordForm::Word, WordForm::Phrase, WordForm::Spelled, WordForm::Sounds][form];
            let words = [typed, other].map(|typed| SoughtWord { typed, form }).to_vec();
            let words = [words[..1].to_vec(), words].map(Test::Words);
            let tests = [Test::From(vec![UserId(1)]), Test::Is(Flag::Unverified), Test::HasFile];
            let tests = tests.into_iter().chain(words).collect::<Vec<_>>();
            for clause in tests.iter().filter_map(Clause::of) {
                let expected: Vec<usize> =
                    noted.iter().filter(|(seq, entry)| entry.passes(&clause, *seq) == Some(true)).map(|(seq, _)| local(*seq)).collect();
                prop_assert_eq!(says(&rows, &clause).iter().collect::<Vec<_>>(), expected, "{:?}", clause);
            }
        }

        /// Damaged bytes give wrong answers at worst.
        #[test]
        fn damaged_rows_never_panic(row in prop::collection::vec(any::<u8>(), 0..60)) {
            for list in entries(&row).map(|(_, list)| list).chain(sounds::entries(&row).map(|(_, list)| list)) {
                prop_assert!(occurrences(list).count() <= list.len());
            }
        }
    }
}
