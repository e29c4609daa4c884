//! Stores drafts of replies.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::record::outgoing::Draft;
use crate::weibo::UserId;

impl Archive {
    /// Stores the draft for a sender in place of an earlier one; an empty draft counts as none.
    pub async fn keep_draft(
        &self,
        account: String,
        fan: UserId,
        draft: Draft,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write(move |turn| {
            // Orders of a dashboard may arrive out of order, and a draft that was sent must not come back. One
            // with a time more than a minute ahead was written before the clock was set back.
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
