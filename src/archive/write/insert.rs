//! Stores a message that arrived.

use std::sync::Arc;

use crate::archive::connection::statements::Statements as _;
use crate::archive::index::{self, SearchEntry};
use crate::archive::reader::people;
use crate::archive::row::{NewRow, identity_in};
use crate::archive::{Archive, Arrival, Error, Stored};
use crate::weibo::identity::{Identity, former_identity, identity};

use super::want::queue_media;
use super::{Turn, TurnNews, Write, copies};

impl Archive {
    /// Stores a message and returns when it is on disk. A repeat (same [`identity()`]) is counted, not stored
    /// twice. Waits while the queue is full, which callers should bound with a timeout: dropping the future
    /// before it has a place in the queue stores nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] and [`Error::BrokeOff`] when the message is not on disk, [`Error::Closed`] after
    /// [`Archive::close`].
    pub async fn insert(&self, arrival: Arrival) -> Result<Stored, Error> {
        let identity = identity(&arrival.message, &arrival.raw);
        let Arrival { message, account, received_at, verified, .. } = &arrival;
        let entry = Arc::new(SearchEntry::new(message, account, received_at.timestamp_millis(), *verified));
        let former = former_identity(&arrival.message, &arrival.raw);
        self.ask(Insert { identity, former, entry, arrival }).await
    }
}

/// A message to be stored, with its search entry and identity.
struct Insert {
    identity: Identity,
    /// The identity under which an earlier version may have stored it, if that is another.
    former: Option<Identity>,
    entry: Arc<SearchEntry>,
    arrival: Arrival,
}

impl Write for Insert {
    type Answer = Stored;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<Stored> {
        let Self { identity, former, entry, arrival } = self;
        let transaction = turn.transaction;
        let identity = identity_in(transaction, identity, former.as_ref())?;
        if NewRow::of(arrival, identity).insert(transaction)? {
            let seq = transaction.last_insert_rowid().cast_unsigned();
            index::add(transaction, seq, entry, true, &mut turn.changes.borrow_mut())?;
            if arrival.is_file_wanted && !people::is_muted(transaction, arrival.message.sender_id)? {
                queue_media(turn, &[seq], arrival.received_at)?;
            }
            copies::count_own(turn, seq, arrival.received_at)?;
            return Ok(Stored { seq, identity: *identity, deliveries: 1, reply: arrival.reply.clone() });
        }
        let count =
            "UPDATE messages SET deliveries = deliveries + 1 WHERE identity = ?1 RETURNING seq, deliveries, reply";
        let stored = transaction.one(count, [identity], |row| {
            Ok(Stored { seq: row.get(0)?, identity: *identity, deliveries: row.get(1)?, reply: row.get(2)? })
        })?;
        copies::count_own(turn, stored.seq, arrival.received_at)?;
        Ok(stored)
    }

    fn publish(self, stored: &Stored, news: &mut TurnNews) {
        if stored.deliveries == 1 {
            news.add(stored.seq, self.entry, || self.arrival.into_record(stored.seq));
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[tokio::test]
    async fn a_repeat_of_what_an_earlier_version_kept_is_counted_and_no_other_message_is() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let arrival = |members: &str| {
            let raw = format!(r#"{{"type":"text","receiver_id":1,"sender_id":2,"text":"t",{members}}}"#);
            Arrival::new(raw, DateTime::UNIX_EPOCH)
        };
        let before = arrival(r#""id":7,"card":1"#);
        let former = former_identity(&before.message, &before.raw).unwrap();
        archive.insert(before).await.unwrap();
        let set = "UPDATE messages SET identity = ?1";
        archive.write(move |turn| turn.run(set, [former])).await.unwrap();
        let mut stored = Vec::new();
        for members in [r#""id":7,"card":1"#, r#""card":"1", "id":7"#, r#""id":8,"card":1"#, r#""id":8,"card":1"#] {
            let Stored { seq, deliveries, .. } = archive.insert(arrival(members)).await.unwrap();
            stored.push((seq == 1, deliveries));
        }
        assert_eq!(stored, [(true, 2), (true, 3), (false, 1), (false, 2)]);
    }
}
