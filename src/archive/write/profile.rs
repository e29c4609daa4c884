//! Keeping what the user calls a sender and notes of them.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::weibo::UserId;

use super::{Turn, Write};

impl Archive {
    /// Keeps what the user calls a sender and notes of them, in the place of what was there; both empty leave nothing.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn keep_profile(&self, fan: UserId, name: String, note: String, now: DateTime<Utc>) -> Result<(), Error> {
        self.ask(KeepProfile { fan, name, note, now }).await
    }
}

struct KeepProfile {
    fan: UserId,
    name: String,
    note: String,
    now: DateTime<Utc>,
}

impl Write for KeepProfile {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        let fan = self.fan.0.cast_signed();
        if self.name.is_empty() && self.note.is_empty() {
            return turn.transaction.prepare_cached("DELETE FROM profiles WHERE fan = ?1")?.execute([fan]).map(drop);
        }
        let keep = "INSERT INTO profiles (fan, name, note, edited_at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (fan) DO UPDATE SET name = ?2, note = ?3, edited_at = ?4";
        let values = params![fan, self.name, self.note, self.now.timestamp_millis()];
        turn.transaction.prepare_cached(keep)?.execute(values).map(drop)
    }
}
