//! Counting by time and sender, for people to look at: off the way of messages and bounded in what it costs.

use std::cmp::Reverse;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::record::page::Counts;
use crate::record::statistics::{Scale, Statistics};
use crate::weibo::{Kind, UserId};

use super::Reader;
use crate::archive::Error;
use crate::archive::index::{blocks as index, entry, postings};

/// So many messages are counted at the most, the newest: about a second of work.
const COUNTED: usize = 1_000_000;
/// So many senders are named.
const SENDERS: usize = 10;

impl Reader {
    /// The newest messages counted by time and kind up to `now`, and the busiest senders of all times.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn statistics(&self, now: DateTime<Utc>) -> Result<Statistics, Error> {
        let end = now.timestamp_millis();
        let mut statistics = Statistics {
            scales: Scale::ALL.map(|scale| vec![Counts::default(); scale.shape().0]),
            ..Statistics::default()
        };
        let start =
            Scale::ALL.iter().map(|scale| scale.shape()).map(|(n, step)| end - step * n.cast_signed() as i64).min();
        let mut statement = self.connection.prepare_cached(
            "SELECT received_at, kind FROM messages
             WHERE seq >= (SELECT min(block) << 12 FROM spans WHERE latest > ?1) AND received_at > ?1 AND received_at <= ?2
             ORDER BY seq DESC LIMIT ?3",
        )?;
        let mut rows = statement.query(params![start, end, COUNTED + 1])?;
        let mut counted = 0;
        while let Some(row) = rows.next()? {
            counted += 1;
            if counted > COUNTED {
                statistics.is_cut = true;
                break;
            }
            let (age, kind) = (end - row.get::<_, i64>(0)?, row.get_ref(1)?.as_str().unwrap_or_default());
            let Some(kind) = Kind::from_name(kind) else { continue };
            for (scale, times) in Scale::ALL.into_iter().zip(&mut statistics.scales) {
                let back = usize::try_from(age / scale.shape().1).unwrap_or(usize::MAX);
                let time = times.len().checked_sub(back + 1).and_then(|index| times.get_mut(index));
                if let Some(time) = time {
                    time.set(kind, time.of(kind) + 1);
                }
            }
        }
        statistics.senders = self.busiest()?;
        Ok(statistics)
    }

    /// Read from the search index, whose facts name the senders, and from the entries of what it does not have yet.
    fn busiest(&self) -> Result<Vec<(UserId, u64)>, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut senders: HashMap<UserId, u64> = HashMap::new();
        for (_, entry) in self.unindexed.entries(&transaction)? {
            for sender in entry.facts().filter_map(entry::sender_of) {
                *senders.entry(sender).or_default() += 1;
            }
        }
        // Of the block behind the last one some rows may be there already.
        let end = postings::block(index::end(&transaction)?);
        let mut statement =
            transaction.prepare_cached("SELECT id, entries FROM postings WHERE id >= ?1 AND id < ?2")?;
        let mut rows =
            statement.query([postings::FACTS.start, postings::FACTS.end].map(|bucket| index::id(bucket, 0)))?;
        while let Some(row) = rows.next()? {
            if index::block_of(row.get(0)?) >= end {
                continue;
            }
            for (fact, messages) in postings::entries(row.get_ref(1)?.as_blob().unwrap_or_default()) {
                if let Some(sender) = std::str::from_utf8(fact).ok().and_then(entry::sender_of) {
                    *senders.entry(sender).or_default() += postings::occurrences(messages).count() as u64;
                }
            }
        }
        let mut busiest: Vec<_> = senders.into_iter().collect();
        busiest.sort_unstable_by_key(|(sender, n)| (Reverse(*n), *sender));
        busiest.truncate(SENDERS);
        Ok(busiest)
    }
}
