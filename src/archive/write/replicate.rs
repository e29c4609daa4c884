//! Applies the events of a stream in order, and stores the place up to which they were applied in the same
//! transaction.
//!
//! All archives end up the same, in whatever order and however often they get the events: a message is
//! recognized by its identity; the highest count of deliveries of each node, the earliest time, and the
//! alphabetically first answer win. If several nodes did different things, the last deed in the stream wins
//! ([`deed`](super::deed)).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::archive::index::{self, SearchEntry};
use crate::archive::reader::people;
use crate::archive::row::{NewRow, seq_of};
use crate::archive::{Archive, Arrival, Error};
use crate::record::Seq;
use crate::record::cluster::Deed;
use crate::weibo::Kind;
use crate::weibo::identity::Identity;

use super::deed::DeedNews;
use super::want::queue_media;
use super::{Turn, TurnNews, Write};

/// News of a stream, in order, with the place where they end.
#[derive(Debug)]
pub struct StreamBatch {
    /// The news.
    pub news: Vec<StreamNews>,
    /// The place before the batch; everything up to it must be in the archive.
    pub after: u64,
    /// The place of the last event, including events without news.
    pub cursor: u64,
    /// Time at which the stream took that event, by the stream's clock.
    pub taken: String,
    /// Deeds from before this time are not published again to a stream that has lost them: it would not keep
    /// them either.
    pub since: DateTime<Utc>,
    /// Whether this is one batch of many that nobody waits for. Batches after a patient one must be patient as
    /// well until that one is applied.
    pub is_patient: bool,
}

/// One piece of news from a stream.
#[derive(Debug)]
pub enum StreamNews {
    /// A message.
    Message(Box<MessageNews>),
    /// Which nodes had a message.
    Copies(CopyNews),
    /// A deed of a node.
    Done(DeedNews),
}

/// A message from a stream.
#[derive(Debug)]
pub struct MessageNews {
    entry: Arc<SearchEntry>,
    copies: CopyNews,
    arrival: Arrival,
    is_read: bool,
    is_starred: bool,
}

/// The nodes that had a message, according to the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyNews {
    /// Identity of the message.
    pub identity: Identity,
    /// Each node with the number of its deliveries. A node without a name is one that is no longer known.
    pub copies: Vec<(String, u64)>,
    /// Time of the first delivery.
    pub received_at: DateTime<Utc>,
    /// Body of the reply to it.
    pub reply: Option<String>,
    /// Place in the stream.
    pub place: u64,
}

impl MessageNews {
    /// Computes what the archive stores for a message; runs on the thread that parses.
    pub fn new(
        arrival: Arrival,
        identity: Identity,
        copies: Vec<(String, u64)>,
        (is_read, is_starred): (bool, bool),
        place: u64,
    ) -> Self {
        let Arrival { message, account, received_at, verified, reply, .. } = &arrival;
        let entry = Arc::new(SearchEntry::new(message, account, received_at.timestamp_millis(), *verified));
        let copies = CopyNews { identity, copies, received_at: *received_at, reply: reply.clone(), place };
        Self { entry, copies, arrival, is_read, is_starred }
    }

    /// Returns the identity of the message.
    pub const fn identity(&self) -> Identity {
        self.copies.identity
    }
}

impl Archive {
    /// Applies a batch after all earlier ones. The returned future resolves when the batch is on disk; the
    /// batch is written even if the future is dropped.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`]; also fails where an earlier batch is missing.
    pub async fn apply(
        &self,
        batch: StreamBatch,
    ) -> Result<impl Future<Output = Result<(), Error>> + Send + use<>, Error> {
        let deletes = |news: &StreamNews| matches!(news, StreamNews::Done(DeedNews { deed: Deed::Delete { .. }, .. }));
        let is_deleting = batch.news.iter().any(deletes);
        let applied = self.hand_over(batch).await?;
        let deletions = Arc::clone(&self.deletions);
        Ok(async move {
            applied.await?;
            if is_deleting {
                deletions.notify_one();
            }
            Ok(())
        })
    }

    /// Stores messages that another node keeps until the stream takes them. A message that is already there
    /// stays as it is.
    pub async fn keep_of_others(&self, messages: Vec<MessageNews>) -> Result<(), Error> {
        self.ask(KeepOfOthers(messages)).await.map(drop)
    }
}

impl Write for StreamBatch {
    /// For each piece of news the number of its message, if that is new.
    type Answer = Vec<Option<Seq>>;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<Self::Answer> {
        let transaction = turn.transaction;
        let epoch: i64 = transaction.value("SELECT epoch FROM stream", [])?;
        let apply = |news: &StreamNews| match news {
            StreamNews::Message(message) => message.write(turn, epoch),
            StreamNews::Copies(copies) => {
                let seq = seq_of(transaction, &copies.identity)?;
                seq.map_or(Ok(()), |seq| copies.write(turn, seq, epoch)).map(|()| None)
            }
            StreamNews::Done(done) => done.write(turn, epoch).map(|()| None),
        };
        let new = self.news.iter().map(apply).collect::<rusqlite::Result<Self::Answer>>()?;
        let forget = "DELETE FROM deeds WHERE number < ?1 AND epoch = ?2";
        turn.run(forget, params![self.since.timestamp_micros(), epoch])?;
        let moved = "UPDATE stream SET cursor = ?1, taken = ?2 WHERE cursor >= ?3";
        match turn.run(moved, params![self.cursor, self.taken, self.after])? {
            1 => Ok(new),
            // An earlier batch was not written.
            n => Err(rusqlite::Error::StatementChangedRows(n)),
        }
    }

    fn is_patient(&self) -> bool {
        self.is_patient
    }

    fn publish(self, new: &Self::Answer, news: &mut TurnNews) {
        for told in self.news.into_iter().zip(new) {
            if let (StreamNews::Message(message), Some(seq)) = told {
                message.publish(*seq, news);
            }
        }
    }
}

/// Messages of another node that the stream has not taken yet.
struct KeepOfOthers(Vec<MessageNews>);

/// Epoch of copies that no stream has delivered; the epochs of a stream start at 1.
const NOT_TOLD: i64 = 0;

impl Write for KeepOfOthers {
    /// The number of each message that is new.
    type Answer = Vec<Option<Seq>>;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<Self::Answer> {
        let keep = |message: &MessageNews| match seq_of(turn.transaction, &message.copies.identity)? {
            Some(_) => Ok(None),
            None => message.write(turn, NOT_TOLD),
        };
        self.0.iter().map(keep).collect()
    }

    fn publish(self, new: &Self::Answer, news: &mut TurnNews) {
        for (message, seq) in self.0.into_iter().zip(new) {
            if let Some(seq) = seq {
                message.publish(*seq, news);
            }
        }
    }
}

impl MessageNews {
    /// Publishes the message as new.
    fn publish(self, seq: Seq, news: &mut TurnNews) {
        let Self { entry, copies, arrival, is_read, is_starred } = self;
        news.add(seq, entry, || {
            let mut record = arrival.into_record(seq);
            (record.marks.is_read, record.marks.is_starred, record.deliveries) =
                (is_read, is_starred, copies.deliveries());
            record
        });
    }

    /// Stores the message unless it is in the archive or was deleted; returns its number if it is new.
    fn write(&self, turn: &Turn<'_>, epoch: i64) -> rusqlite::Result<Option<Seq>> {
        let Self { entry, copies, arrival, .. } = self;
        let transaction = turn.transaction;
        if transaction.has("SELECT 1 FROM gone WHERE identity = ?1", [copies.identity])? {
            return Ok(None);
        }
        let (deliveries, is_read) = (copies.deliveries(), self.is_read);
        let row = NewRow { deliveries, is_read, ..NewRow::of(arrival, &copies.identity) };
        if !row.insert(transaction)? {
            let seq = seq_of(transaction, &copies.identity)?;
            seq.map_or(Ok(()), |seq| copies.write(turn, seq, epoch))?;
            return Ok(None);
        }
        let seq = transaction.last_insert_rowid().cast_unsigned();
        index::add(transaction, seq, entry, !self.is_read, &mut turn.changes.borrow_mut())?;
        if self.is_starred {
            turn.run("UPDATE messages SET is_starred = 1 WHERE seq = ?1", [seq])?;
        }
        if arrival.is_file_wanted && !people::is_muted(transaction, arrival.message.sender_id)? {
            queue_media(turn, &[seq], arrival.received_at)?;
        }
        copies.note(turn, seq, epoch)?;
        Ok(Some(seq))
    }
}

impl CopyNews {
    /// Returns the number of deliveries.
    fn deliveries(&self) -> u64 {
        let of = |is_named: bool| {
            let some = self.copies.iter().filter(move |(node, _)| node.is_empty() != is_named);
            some.map(|(_, n)| n).sum::<u64>()
        };
        // A node without a name may be one of the named ones.
        of(true).max(of(false)).max(1)
    }

    /// Records the copies of a message in the archive, and updates the data that depends on them.
    fn write(&self, turn: &Turn<'_>, seq: Seq, epoch: i64) -> rusqlite::Result<()> {
        self.note(turn, seq, epoch)?;
        if let Some(reply) = &self.reply {
            let answered = "UPDATE messages SET reply = ?2 WHERE seq = ?1 AND (reply IS NULL OR reply > ?2)";
            turn.run(answered, params![seq, reply])?;
        }
        // The reply may have been added after this event was published.
        let told = "DELETE FROM untold WHERE seq = ?1
            AND NOT EXISTS (SELECT 1 FROM copies WHERE copies.seq = ?1 AND epoch <> ?2)
            AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.seq = ?1 AND reply IS NOT NULL AND reply IS NOT ?3)";
        turn.run(told, params![seq, epoch, self.reply])?;
        let count = "UPDATE messages SET deliveries = max(deliveries,
                (SELECT max(sum(CASE WHEN node <> '' THEN n ELSE 0 END), max(CASE WHEN node = '' THEN n ELSE 0 END))
                 FROM copies WHERE copies.seq = ?1))
            WHERE seq = ?1";
        turn.run(count, [seq])?;
        let received_at = self.received_at.timestamp_millis();
        let later = "SELECT kind, raw FROM messages WHERE seq = ?1 AND received_at > ?2";
        let later: Option<(String, Vec<u8>)> =
            turn.find(later, params![seq, received_at], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((kind, raw)) = later else { return Ok(()) };
        // The windows of senders know the message by its own time, which must not change.
        let is_dated = crate::weibo::wire::parse(&raw).sent_at.is_some_and(|at| at.timestamp_millis() <= received_at);
        if let Some(kind) = Kind::from_name(&kind).filter(|_| is_dated) {
            let earlier = "UPDATE messages SET received_at = ?2 WHERE seq = ?1";
            turn.run(earlier, params![seq, received_at])?;
            turn.changes.borrow_mut().reach_back(seq, kind, received_at);
        }
        Ok(())
    }

    /// Records which nodes had a message, and the place in the stream that says so.
    fn note(&self, turn: &Turn<'_>, seq: Seq, epoch: i64) -> rusqlite::Result<()> {
        let note = "INSERT INTO copies (seq, node, n, epoch, place) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (seq, node) DO UPDATE SET
                place = CASE WHEN epoch = ?4 AND n = ?3 THEN place ELSE ?5 END, n = ?3, epoch = ?4
            WHERE n <= ?3";
        let mut statement = turn.transaction.prepare_cached(note)?;
        for (node, n) in &self.copies {
            statement.execute(params![seq, node, n, epoch, self.place])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::weibo::identity::identity;
    use crate::weibo::{FileId, UserId};

    #[tokio::test]
    async fn what_comes_behind_something_that_was_not_written_is_not_written_either() {
        let (directory, now) = (tempfile::tempdir().unwrap(), DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let archive = Archive::open(directory.path()).unwrap();
        archive.replicate_as("a");
        archive.begin_stream("one".to_owned(), now).await.unwrap();
        let batch = |place: u64, is_patient| {
            let arrival = Arrival::new(format!(r#"{{"type":"text","sender_id":7,"text":"{place}"}}"#), now);
            let identity = identity(&arrival.message, &arrival.raw);
            let message = MessageNews::new(arrival, identity, vec![("b".to_owned(), 1)], (false, false), place);
            let news = vec![StreamNews::Message(Box::new(message))];
            StreamBatch { news, after: place - 1, cursor: place, taken: String::new(), since: now, is_patient }
        };
        let known = || {
            let reader = archive.reader().unwrap();
            (reader.n_after(0).unwrap(), reader.stream_position().unwrap().unwrap().cursor)
        };
        for is_patient in [false, true] {
            assert!(archive.apply(batch(2, is_patient)).await.unwrap().await.is_err());
            assert_eq!(known(), (0, 0));
        }
        let mut under_way = Vec::new();
        for place in 1..=3 {
            under_way.push(archive.apply(batch(place, true)).await.unwrap());
        }
        for applied in under_way {
            applied.await.unwrap();
        }
        assert_eq!(known(), (3, 3));
        archive.close().await.unwrap();
    }

    #[tokio::test]
    async fn files_of_muted_senders_are_not_queued_either_when_another_node_had_the_message() {
        let (directory, now) = (tempfile::tempdir().unwrap(), DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let archive = Archive::open(directory.path()).unwrap();
        archive.mute(UserId(7), true, now).await.unwrap();
        for fan in [7, 8] {
            let raw = format!(r#"{{"type":"image","sender_id":{fan},"data":{{"tovfid":{fan}}}}}"#);
            let arrival = Arrival { is_file_wanted: true, ..Arrival::new(raw, now) };
            let identity = identity(&arrival.message, &arrival.raw);
            let message = MessageNews::new(arrival, identity, vec![("b".to_owned(), 1)], (false, false), 1);
            archive.keep_of_others(vec![message]).await.unwrap();
        }
        let is_queued = |fan| archive.reader().unwrap().stage(FileId(fan)).unwrap().is_some();
        assert_eq!([7, 8].map(is_queued), [false, true]);
        archive.close().await.unwrap();
    }
}
