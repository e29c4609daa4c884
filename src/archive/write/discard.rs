//! Deletes messages. A deletion can be undone until they are removed.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::record::Seq;
use crate::weibo::identity::Identity;

use super::Turn;

impl Archive {
    /// Hides messages, which are removed at `at`, and returns how many.
    pub async fn discard(&self, seqs: Vec<Seq>, at: DateTime<Utc>) -> Result<u64, Error> {
        let discard = move |turn: &Turn<'_>| {
            // A message that is already hidden keeps its own time.
            let sql = "INSERT OR IGNORE INTO removals (seq, at) SELECT seq, ?2 FROM messages WHERE seq = ?1";
            let mut statement = turn.transaction.prepare_cached(sql)?;
            let hide = |seq: &Seq| statement.execute((seq, at.timestamp_millis())).map(|n| n as u64);
            seqs.iter().map(hide).sum()
        };
        let n = self.write(discard).await;
        self.deletions.notify_one();
        n
    }

    /// Waits until messages are deleted, by the user in this process or by another node. Only one task may wait
    /// for it.
    pub async fn next_deletion(&self) {
        self.deletions.notified().await;
    }

    /// Undoes what was done last to several messages: restores those that were hidden, or takes back the mark that was
    /// set. Returns how many; 0 if there is nothing within `undo`, the time for which a deletion is hidden.
    pub async fn restore(&self, undo: TimeDelta, now: DateTime<Utc>) -> Result<u64, Error> {
        if let Some(n_changed) = self.unmark(undo, now).await? {
            return Ok(n_changed);
        }
        self.write(|turn| {
            let sql = "DELETE FROM removals WHERE at = (SELECT max(at) FROM removals WHERE at > ?1)";
            Ok(turn.run(sql, [AT_ONCE])? as u64)
        })
        .await
    }
}

/// Removal time of messages that another node has deleted: these cannot be restored.
pub(super) const AT_ONCE: i64 = 0;

/// Hides a message that another node has deleted until it is removed, and keeps the stream from bringing it
/// back.
pub(super) fn delete(connection: &Connection, identity: &Identity) -> rusqlite::Result<()> {
    connection.run("INSERT OR IGNORE INTO gone VALUES (?1)", [identity])?;
    let hide = "INSERT INTO removals (seq, at) SELECT seq, ?2 FROM messages WHERE identity = ?1
        ON CONFLICT (seq) DO UPDATE SET at = ?2";
    connection.run(hide, params![identity, AT_ONCE]).map(drop)
}
