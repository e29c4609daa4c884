//! Finds the busiest senders, from the facts of the search index and of the messages not indexed yet.

use std::cmp::Reverse;
use std::collections::HashMap;

use rusqlite::Connection;

use crate::archive::spans::block;
use crate::weibo::UserId;

use super::entry::sender_of;
use super::lists::{entries, occurrences};
use super::postings::{FACTS, block_of, id};
use super::unindexed::{Unindexed, end};

/// Returns the `limit` senders with the most messages ever and their number, in descending order.
pub(in crate::archive) fn busiest_senders(
    connection: &Connection,
    unindexed: &Unindexed,
    limit: usize,
) -> rusqlite::Result<Vec<(UserId, u64)>> {
    let mut senders: HashMap<UserId, u64> = HashMap::new();
    for (_, entry) in unindexed.entries(connection)? {
        for sender in entry.facts().filter_map(sender_of) {
            *senders.entry(sender).or_default() += 1;
        }
    }
    // The block after the last indexed one may already have some rows.
    let end = block(end(connection)?);
    let mut statement = connection.prepare_cached("SELECT id, entries FROM postings WHERE id >= ?1 AND id < ?2")?;
    let mut rows = statement.query([FACTS.start, FACTS.end].map(|bucket| id(bucket, 0)))?;
    while let Some(row) = rows.next()? {
        if block_of(row.get(0)?) >= end {
            continue;
        }
        for (fact, messages) in entries(row.get_ref(1)?.as_blob().unwrap_or_default()) {
            if let Some(sender) = std::str::from_utf8(fact).ok().and_then(sender_of) {
                *senders.entry(sender).or_default() += occurrences(messages).count() as u64;
            }
        }
    }
    let mut busiest: Vec<_> = senders.into_iter().collect();
    busiest.sort_unstable_by_key(|(sender, n)| (Reverse(*n), *sender));
    busiest.truncate(limit);
    Ok(busiest)
}
