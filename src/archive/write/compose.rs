//! Stores drafts of replies, orders replies, and withdraws those that still wait.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::reason::{Reason, answers};
use crate::record::outgoing::{Composed, Draft, OutgoingId};
use crate::record::page::{Mark, Selection};
use crate::weibo::UserId;

use super::mark;

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
            turn.run(keep, values).map(drop)
        })
        .await
    }

    /// Stores a reply that is to be sent, and returns its number. The draft for its sender is cleared, because
    /// the reply is that draft, and the message that it answers counts as read. The same order changes nothing the
    /// second time.
    pub async fn compose(&self, composed: Composed, now: DateTime<Utc>) -> Result<OutgoingId, Error> {
        self.write(move |turn| {
            let Composed { key, account, fan, seq, form, text } = &composed;
            let (edited_at, made_at, fan) = (now.timestamp_micros(), now.timestamp_millis(), fan.0.cast_signed());
            let insert = "INSERT OR IGNORE INTO outbox (key, account, fan, seq, text, state, made_at, changed_at, form)
                VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6, ?7)";
            let values = params![key, account, fan, seq, text, made_at, form.name()];
            let n_new = turn.run(insert, values)?;
            if n_new > 0 {
                // A row also without a draft, because an earlier draft may arrive later than the reply.
                let forget = "INSERT INTO drafts (account, fan, text, form, edited_at) VALUES (?1, ?2, '', 'text', ?3)
                    ON CONFLICT (account, fan) DO UPDATE SET text = '', form = 'text', edited_at = max(edited_at, ?3)";
                turn.run(forget, params![account, fan, edited_at])?;
                mark::set(turn, &Selection::Seqs(seq.iter().copied().collect()), Mark::Read, now)?;
            }
            turn.value("SELECT id FROM outbox WHERE key = ?1", [key])
        })
        .await
    }

    /// Withdraws a reply and returns whether it still waited.
    pub async fn withdraw(&self, id: OutgoingId, now: DateTime<Utc>) -> Result<bool, Error> {
        self.write(move |turn| {
            let reason = Reason::from(answers::ANSWER_WITHDRAWN);
            let sql = "UPDATE outbox SET state = 'refused', reason = ?2, reason_json = ?3, changed_at = ?4
                WHERE id = ?1 AND state = 'waiting'";
            let values = params![id, reason.to_string(), reason.to_json(), now.timestamp_millis()];
            Ok(turn.run(sql, values)? > 0)
        })
        .await
    }
}
