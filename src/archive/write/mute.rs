//! Muting senders.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::archive::{Archive, Error};
use crate::weibo::UserId;

use super::{Turn, Write};

impl Archive {
    /// Mutes a sender, or ends that: nothing rings for what a muted one sends, and its files are not queued by themselves.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn mute(&self, fan: UserId, is_muted: bool, now: DateTime<Utc>) -> Result<(), Error> {
        self.ask(Mute { fan, is_muted, now }).await
    }
}

struct Mute {
    fan: UserId,
    is_muted: bool,
    now: DateTime<Utc>,
}

impl Write for Mute {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        if self.is_muted {
            return mute(turn.transaction, self.fan, self.now.timestamp_millis());
        }
        let fan = self.fan.0.cast_signed();
        turn.transaction.prepare_cached("DELETE FROM muted WHERE fan = ?1")?.execute([fan]).map(drop)
    }
}

/// Mutes a sender since then, in Unix milliseconds, unless that is so already.
pub(in crate::archive) fn mute(connection: &Connection, fan: UserId, muted_at: i64) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO muted (fan, muted_at) VALUES (?1, ?2)")?;
    insert.execute(params![fan.0.cast_signed(), muted_at]).map(drop)
}
