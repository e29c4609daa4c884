//! Begins to follow a stream, and decides which messages are published to it, once or again.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use crate::archive::connection::statements::Statements as _;
use crate::archive::reader::removals;
use crate::archive::{Archive, Error};
use crate::record::Seq;
use crate::weibo::identity::Identity;

use super::Turn;

/// The maximum number of messages that are examined for a stream in one turn, which takes a few milliseconds.
const LOOKED_AT: u64 = 2_000;
/// Lower bound of the identities of messages with a sending time.
const UNDATED: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

impl Archive {
    /// Follows a stream from its beginning: a new one, or one that has lost events.
    pub async fn begin_stream(&self, created: String, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(move |turn| {
            // The time makes the epoch grow even in an archive that has lost the previous one.
            let begin = "INSERT INTO stream (id, created, epoch, cursor, taken, settled) VALUES (1, ?1, ?2, 0, '', 0)
                ON CONFLICT (id) DO UPDATE SET created = ?1, epoch = max(epoch + 1, ?2), cursor = 0, taken = '', settled = 0";
            turn.run(begin, params![created, now.timestamp_millis()])?;
            // Deeds are applied again in the order of this stream.
            turn.run("DELETE FROM heard", []).map(drop)
        })
        .await
    }

    /// Queues all messages received since `since` that the stream has not delivered since it was begun. Those
    /// that this node received are published at once, those of other nodes from `due` on, when these have had
    /// time to publish them.
    pub async fn tell_missing(&self, since: DateTime<Utc>, due: DateTime<Utc>) -> Result<(), Error> {
        let (since, due) = (since.timestamp_millis(), due.timestamp_millis());
        let mut after = Some(0);
        while let Some(seq) = after {
            after = self.write(move |turn| tell_missing(turn, since, due, seq)).await?;
        }
        Ok(())
    }

    /// Forgets the deleted messages before an identity. Other nodes must not be asked for these any more.
    pub async fn forget_deleted(&self, before: Identity) -> Result<(), Error> {
        let has_more = move |turn: &Turn<'_>| {
            let forget = "DELETE FROM gone WHERE identity IN
                (SELECT identity FROM gone WHERE identity > ?1 AND identity < ?2 ORDER BY identity LIMIT ?3)";
            let values = params![UNDATED, before, LOOKED_AT];
            Ok(turn.run(forget, values)? as u64 == LOOKED_AT)
        };
        while self.write(has_more).await? {}
        Ok(())
    }

    /// Queues messages to be published once more for a node that lacks them, and returns how many of them are
    /// here.
    pub async fn tell_again(&self, identities: Vec<Identity>) -> Result<u64, Error> {
        self.write(move |turn| tell_again(turn, &identities)).await
    }
}
/// Queues messages after a number that the stream may lack, and returns the number to continue after; `None` at
/// the end.
fn tell_missing(turn: &Turn<'_>, since: i64, due: i64, after: Seq) -> rusqlite::Result<Option<Seq>> {
    let missing = "INSERT OR IGNORE INTO untold (seq, due)
        SELECT seq, CASE WHEN EXISTS (SELECT 1 FROM copies WHERE copies.seq = messages.seq AND node = ?4)
                         THEN 0 ELSE ?5 END
        FROM messages
        WHERE seq > ?1 AND seq <= ?2 AND received_at >= ?3 AND (
            NOT EXISTS (SELECT 1 FROM copies WHERE copies.seq = messages.seq)
            OR EXISTS (SELECT 1 FROM copies WHERE copies.seq = messages.seq AND epoch <> (SELECT epoch FROM stream)))";
    let last = after + LOOKED_AT;
    let values = params![after, last, since, turn.node.unwrap_or_default(), due];
    turn.run(missing, values)?;
    let next = turn.has("SELECT 1 FROM messages WHERE seq > ?1 LIMIT 1", [last])?.then_some(last);
    if next.is_none() {
        turn.run("UPDATE stream SET settled = 1", [])?;
    }
    Ok(next)
}

/// Queues messages that the stream has lost, and returns how many of them are here.
fn tell_again(turn: &Turn<'_>, identities: &[Identity]) -> rusqlite::Result<u64> {
    let hidden = removals::condition(turn.transaction)?;
    let untold = format!(
        "INSERT OR REPLACE INTO untold (seq, due) SELECT seq, 0 FROM messages WHERE identity = ?1 {hidden} RETURNING seq"
    );
    let mut untold = turn.transaction.prepare_cached(&untold)?;
    // This records that the stream no longer says who has it.
    let mut doubt = turn.transaction.prepare_cached("UPDATE copies SET epoch = 0 WHERE seq = ?1")?;
    let mut n = 0;
    for identity in identities {
        if let Some(seq) = untold.query_row([identity], |row| row.get::<_, Seq>(0)).optional()? {
            doubt.execute([seq])?;
            n += 1;
        }
    }
    Ok(n)
}
