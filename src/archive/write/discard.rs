//! Deleting messages, which can be taken back until they go.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::archive::{Archive, Error};
use crate::record::Seq;
use crate::weibo::identity;

use super::{Turn, Write};

impl Archive {
    /// Hides messages, which go at `at`, and returns how many.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn discard(&self, seqs: Vec<Seq>, at: DateTime<Utc>) -> Result<u64, Error> {
        let n = self.ask(Discard { seqs, at }).await;
        self.deletions.notify_one();
        n
    }

    /// Waits until the user deletes messages in this process. One waits for it.
    pub async fn next_deletion(&self) {
        self.deletions.notified().await;
    }

    /// Brings the messages back that were hidden last, and returns how many; 0 when they are gone.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn restore(&self) -> Result<u64, Error> {
        self.ask(Restore).await
    }
}

/// Messages that go at a time. One that is hidden already keeps its own.
struct Discard {
    seqs: Vec<Seq>,
    at: DateTime<Utc>,
}

impl Write for Discard {
    type Answer = u64;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<u64> {
        let sql = "INSERT OR IGNORE INTO removals SELECT seq, ?2 FROM messages WHERE seq = ?1";
        let mut statement = turn.transaction.prepare_cached(sql)?;
        let mut n = 0;
        for seq in &self.seqs {
            n += statement.execute((seq, self.at.timestamp_millis()))? as u64;
        }
        Ok(n)
    }
}

/// When those go that another node has deleted for good: they do not come back any more.
pub(super) const AT_ONCE: i64 = 0;

/// Hides a message that another node has deleted, until it goes, and keeps the stream from bringing it.
pub(super) fn delete(connection: &Connection, identity: &[u8; identity::LENGTH]) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT OR IGNORE INTO gone VALUES (?1)")?.execute([identity])?;
    let hide =
        "INSERT INTO removals SELECT seq, ?2 FROM messages WHERE identity = ?1 ON CONFLICT (seq) DO UPDATE SET at = ?2";
    connection.prepare_cached(hide)?.execute(params![identity, AT_ONCE]).map(drop)
}

/// The messages that were hidden last come back.
struct Restore;

impl Write for Restore {
    type Answer = u64;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<u64> {
        let sql = "DELETE FROM removals WHERE at = (SELECT max(at) FROM removals WHERE at > ?1)";
        Ok(turn.transaction.prepare_cached(sql)?.execute([AT_ONCE])? as u64)
    }
}
