//! Counts messages by time and sender for display. Counting delays no message and has bounded cost.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::record::page::Counts;
use crate::record::statistics::{BusySender, Scale, Statistics};
use crate::weibo::Kind;

use super::Reader;
use super::people::Lookup;
use crate::archive::Error;
use crate::archive::index;

/// The maximum number of messages counted, newest first, which takes about a second.
const COUNTED: usize = 1_000_000;
/// The number of senders listed.
const SENDERS: usize = 10;

impl Reader {
    /// Counts the newest messages by time and kind up to `now`, and returns these counts with the busiest
    /// senders of all time.
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
        let transaction = self.connection.unchecked_transaction()?;
        let (busiest, mut lookup) =
            (index::busiest_senders(&transaction, &self.unindexed, SENDERS)?, Lookup::new(&transaction)?);
        for (fan, n) in busiest {
            let name = lookup.sender(fan)?.called().map(str::to_owned);
            statistics.senders.push(BusySender { fan, name, n });
        }
        Ok(statistics)
    }
}
