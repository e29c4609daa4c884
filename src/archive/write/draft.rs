//! Keeping what is being written to a sender.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::weibo::UserId;

use super::{Turn, Write};

impl Archive {
    /// Keeps the draft for a sender in the place of the one before; an empty one is none.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn keep_draft(
        &self,
        account: String,
        fan: UserId,
        text: String,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.ask(KeepDraft { account, fan, text, now }).await
    }
}

struct KeepDraft {
    account: String,
    fan: UserId,
    text: String,
    now: DateTime<Utc>,
}

impl Write for KeepDraft {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        let (fan, now) = (self.fan.0.cast_signed(), self.now.timestamp_millis());
        if self.text.is_empty() {
            let forget = "DELETE FROM drafts WHERE account = ?1 AND fan = ?2";
            return turn.transaction.prepare_cached(forget)?.execute(params![self.account, fan]).map(drop);
        }
        let keep = "INSERT OR REPLACE INTO drafts (account, fan, text, edited_at) VALUES (?1, ?2, ?3, ?4)";
        turn.transaction.prepare_cached(keep)?.execute(params![self.account, fan, self.text, now]).map(drop)
    }
}
