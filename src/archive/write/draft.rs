//! Keeping what is being written to a sender.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::record::outgoing::Draft;
use crate::weibo::UserId;

impl Archive {
    /// Keeps the draft for a sender in the place of one that was written before; an empty one is none.
    pub async fn keep_draft(
        &self,
        account: String,
        fan: UserId,
        draft: Draft,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write(move |turn| {
            // Orders of one dashboard may come out of turn, and what was sent must not come back. What is from beyond a minute
            // ahead was written before the clock was set back.
            let keep = "INSERT INTO drafts (account, fan, text, edited_at, form) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (account, fan) DO UPDATE SET text = ?3, form = ?5, edited_at = ?4
                WHERE edited_at <= ?4 OR edited_at > ?4 + 60000000";
            let Draft { form, text } = &draft;
            let values = params![account, fan.0.cast_signed(), text, now.timestamp_micros(), form.name()];
            turn.execute(keep, values).map(drop)
        })
        .await
    }
}
