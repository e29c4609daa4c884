//! Suggests words of the archive that the user may have meant, each one typing slip away from the typed word.

use std::collections::HashMap;
use std::time::Instant;

use rusqlite::Connection;

use crate::query::{folding, slips, words};

use super::super::lists::{entries, occurrences};
use super::super::postings::{bucket_of_token, id};
use super::super::unindexed::Unindexed;

/// The minimum length in characters; a shorter word is one slip away from too many others.
const SHORTEST: usize = 3;
/// The maximum length in characters; nobody types a longer word.
const LONGEST: usize = 40;
/// The maximum number of suggestions.
const FOUND: usize = 5;
/// The first letters that are tried besides the typed ones.
const FIRST: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
/// The number of rows after which the deadline is checked.
const ROWS: usize = 64;

/// Returns words that are one slip away from a word of one token, most frequent first. Reads newer messages
/// first, until `deadline`.
pub(in crate::archive) fn similar_words(
    connection: &Connection,
    unindexed: &Unindexed,
    typed: &str,
    deadline: Instant,
) -> rusqlite::Result<Vec<String>> {
    let typed = folding::fold(typed);
    if !(SHORTEST..=LONGEST).contains(&typed.chars().count()) || !words::is_one_word(&typed) {
        return Ok(Vec::new());
    }
    let mut n_by_word: HashMap<String, usize> = HashMap::new();
    let mut add = |word: &str, n: &dyn Fn() -> usize| {
        if slips::is_slip_of(word, &typed) {
            *n_by_word.entry(word.to_owned()).or_default() += n();
        }
    };
    for (_, entry) in unindexed.entries(connection)? {
        let tokens = entry.tokens().into_iter().flat_map(|tokens| tokens.words.split_ascii_whitespace());
        tokens.for_each(|word| add(word, &|| 1));
    }
    // A slip seldom changes the first letter; if it does, the right one is mostly the second typed letter.
    let mut buckets: Vec<u64> = Vec::new();
    for first in typed.chars().take(2).chain(FIRST.chars()) {
        let bucket = bucket_of_token(first.encode_utf8(&mut [0; 4]));
        if !buckets.contains(&bucket) {
            buckets.push(bucket);
        }
    }
    let mut rows =
        connection.prepare_cached("SELECT entries FROM postings WHERE id >= ?1 AND id < ?2 ORDER BY id DESC")?;
    'search: for bucket in buckets {
        let mut rows = rows.query([id(bucket, 0), id(bucket + 1, 0)])?;
        let mut n_rows = 0_usize;
        while let Some(row) = rows.next()? {
            for (token, list) in entries(row.get_ref(0)?.as_blob().unwrap_or_default()) {
                if let Ok(token) = std::str::from_utf8(token) {
                    add(token, &|| occurrences(list).count());
                }
            }
            n_rows += 1;
            if n_rows.is_multiple_of(ROWS) && Instant::now() >= deadline {
                break 'search;
            }
        }
        if Instant::now() >= deadline {
            break;
        }
    }
    Ok(most_frequent(n_by_word).take(FOUND).collect())
}

/// Returns words in the order of their numbers, the highest first.
pub(in crate::archive) fn most_frequent(n_by_word: HashMap<String, usize>) -> impl Iterator<Item = String> {
    let mut found: Vec<(String, usize)> = n_by_word.into_iter().collect();
    found.sort_by(|(one, n), (other, m)| m.cmp(n).then_with(|| one.cmp(other)));
    found.into_iter().map(|(word, _)| word)
}
