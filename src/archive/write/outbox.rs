//! The steps of sending a reply. Each is on disk before the next is taken.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::archive::connection::statements::Statements as _;
use crate::archive::reader::outbox::read;
use crate::archive::{AccountFilter, Archive, Error};
use crate::reason::{Reason, answers};
use crate::record::Seq;
use crate::record::cluster::Deed;
use crate::record::outgoing::{Composed, Outgoing, OutgoingId, SendState};
use crate::weibo::identity::MessageId;

use super::{Turn, tell};

impl Archive {
    /// Claims a waiting reply for sending; returns whether it still waited, so that only one of several senders
    /// sends it.
    pub async fn begin_sending(&self, id: OutgoingId, now: DateTime<Utc>) -> Result<bool, Error> {
        self.write(move |turn| {
            let sql = "UPDATE outbox SET state = 'sending', reason = NULL, reason_json = NULL, changed_at = ?2
                WHERE id = ?1 AND state = 'waiting'";
            Ok(turn.run(sql, params![id, now.timestamp_millis()])? > 0)
        })
        .await
    }

    /// Records the result of sending a reply.
    pub async fn settle_sending(
        &self,
        id: OutgoingId,
        state: SendState,
        reason: Option<Reason>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.write(move |turn| {
            let sql = "UPDATE outbox SET state = ?2, reason = ?3, reason_json = ?4, changed_at = ?5
                WHERE id = ?1 AND state = 'sending'";
            let (words, json) = (reason.as_ref().map(ToString::to_string), reason.as_ref().map(Reason::to_json));
            let values = params![id, state.name(), words, json, now.timestamp_millis()];
            turn.run(sql, values)?;
            tell_gone_out(turn, id, now)
        })
        .await
    }

    /// Records the reason why the replies of these accounts wait.
    pub async fn explain_waiting(&self, whose: AccountFilter, reason: Reason) -> Result<(), Error> {
        self.write(move |turn| {
            let whose = whose.condition();
            let sql = format!("UPDATE outbox SET reason = ?1, reason_json = ?2 WHERE state = 'waiting' {whose}");
            turn.run(&sql, [reason.to_string(), reason.to_json()]).map(drop)
        })
        .await
    }

    /// Marks the replies that these accounts were sending when weibox ended as unknown. Only the one process
    /// that may send calls it.
    pub async fn doubt_interrupted(&self, whose: AccountFilter, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(move |turn| {
            let reason = Reason::from(answers::ANSWER_INTERRUPTED);
            let whose = whose.condition();
            let sending = format!("SELECT id FROM outbox WHERE state = 'sending' {whose} ORDER BY id");
            let ids = turn.all::<_, Vec<OutgoingId>>(&sending, [], |row| row.get(0))?;
            let doubt =
                "UPDATE outbox SET state = 'unknown', reason = ?2, reason_json = ?3, changed_at = ?4 WHERE id = ?1";
            let mut doubt = turn.transaction.prepare_cached(doubt)?;
            for id in ids {
                doubt.execute(params![id, reason.to_string(), reason.to_json(), now.timestamp_millis()])?;
                tell_gone_out(turn, id, now)?;
            }
            Ok(())
        })
        .await
    }
}

/// Publishes a reply that went out, or may have, to the other nodes: nobody there may send it again.
fn tell_gone_out(turn: &Turn<'_>, id: OutgoingId, now: DateTime<Utc>) -> rusqlite::Result<()> {
    if turn.node.is_none() {
        return Ok(());
    }
    let Some(mut reply) = read(turn.transaction, id)?.filter(|reply| reply.state.has_gone_out()) else { return Ok(()) };
    // The message has other numbers on other nodes.
    let seq = reply.composed.seq.take();
    let answers = "SELECT identity FROM messages WHERE seq = ?1";
    let answers = turn.find(answers, [seq], |row| Ok(MessageId(row.get(0)?)))?;
    let account = reply.composed.account.clone();
    tell::tell(turn, (&account, seq), &Deed::Reply { reply: Box::new(reply), answers }, now)
}

/// Stores a reply of another node and the number here of the message that it answers; a reply that is already
/// here stays as it is.
pub(super) fn keep_told(connection: &Connection, reply: &Outgoing, seq: Option<Seq>) -> rusqlite::Result<()> {
    let Outgoing {
        composed: Composed { key, account, fan, form, text, .. }, state, reason, made_at, changed_at, ..
    } = reply;
    let keep = "INSERT OR IGNORE INTO outbox
        (key, account, fan, seq, text, form, state, reason, reason_json, made_at, changed_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let [made_at, changed_at] = [made_at, changed_at].map(DateTime::timestamp_millis);
    let (words, json) = (reason.as_ref().map(ToString::to_string), reason.as_ref().map(Reason::to_json));
    let (fan, form, state) = (fan.0.cast_signed(), form.name(), state.name());
    let values = params![key, account, fan, seq, text, form, state, words, json, made_at, changed_at];
    connection.run(keep, values).map(drop)
}
