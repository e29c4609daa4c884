//! Reads replies: those to be sent, their results, and drafts.

use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use crate::archive::connection::statements::Statements as _;
use crate::archive::row::{reason, time, unknown};
use crate::archive::{AccountFilter, Error};
use crate::reason::{Reason, answers};
use crate::record::outgoing::{Composed, Draft, Outgoing, OutgoingId, SendState};
use crate::record::{Record, Seq};
use crate::weibo::UserId;
use crate::weibo::active::ReplyForm;

use super::Reader;

/// The columns that [`outgoing`] reads, in order.
const COLUMNS: &str = "id, key, account, fan, seq, text, state, reason, reason_json, made_at, changed_at, form";
/// The maximum number of replies shown per sender; the newest are shown.
const OF_SENDER: usize = 200;

/// The number of replies that are not sent, in each state. Scripts rely on the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReplyTally {
    /// Replies that wait or are being sent.
    pub waiting: u64,
    /// Replies that Weibo did not accept, without those that were withdrawn.
    pub failed: u64,
    /// Replies of which it is unknown whether Weibo accepted them.
    pub unknown: u64,
}

impl Reader {
    /// Returns the number of replies that are not sent, in each state.
    pub fn reply_tally(&self) -> Result<ReplyTally, Error> {
        let sql = "SELECT count(*) FILTER (WHERE state IN ('waiting', 'sending')),
                          count(*) FILTER (WHERE state = 'refused' AND reason_json IS NOT ?1),
                          count(*) FILTER (WHERE state = 'unknown') FROM outbox";
        let withdrawn = Reason::from(answers::ANSWER_WITHDRAWN).to_json();
        Ok(self.connection.one(sql, [withdrawn], |row| {
            Ok(ReplyTally { waiting: row.get(0)?, failed: row.get(1)?, unknown: row.get(2)? })
        })?)
    }

    /// Returns the reply with this number.
    pub fn outgoing(&self, id: OutgoingId) -> Result<Option<Outgoing>, Error> {
        Ok(read(&self.connection, id)?)
    }

    /// Returns the reply whose order has this key.
    pub fn outgoing_of(&self, key: &str) -> Result<Option<Outgoing>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE key = ?1");
        Ok(self.connection.find(&sql, [key], outgoing)?)
    }

    /// Returns the newest replies to a sender, oldest first.
    pub fn outgoing_to(&self, fan: UserId) -> Result<Vec<Outgoing>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE fan = ?1 ORDER BY id DESC LIMIT ?2");
        let mut found: Vec<_> = self.all(&sql, params![fan.0.cast_signed(), OF_SENDER], outgoing)?;
        found.reverse();
        Ok(found)
    }

    /// Returns the reply of these accounts that is to be sent next: the oldest that waits.
    pub fn next_outgoing(&self, whose: &AccountFilter) -> Result<Option<Outgoing>, Error> {
        let condition = whose.condition();
        let sql = format!("SELECT {COLUMNS} FROM outbox WHERE state = 'waiting' {condition} ORDER BY id LIMIT 1");
        Ok(self.connection.find(&sql, [], outgoing)?)
    }

    /// Returns whether a reply of these accounts waits without this reason.
    pub fn waits_unexplained(&self, whose: &AccountFilter, reason_json: &str) -> Result<bool, Error> {
        let condition = whose.condition();
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting' AND reason_json IS NOT ?1 {condition})"
        );
        Ok(self.connection.value(&sql, [reason_json])?)
    }

    /// Returns the draft for a sender; empty if there is none.
    pub fn draft(&self, account: &str, fan: UserId) -> Result<Draft, Error> {
        let sql = "SELECT text, form FROM drafts WHERE account = ?1 AND fan = ?2";
        let draft = |row: &Row<'_>| Ok(Draft { text: row.get(0)?, form: form(row, 1)? });
        Ok(self.connection.find(sql, params![account, fan.0.cast_signed()], draft)?.unwrap_or_default())
    }
}

/// Reads the reply with this number.
pub(in crate::archive) fn read(connection: &Connection, id: OutgoingId) -> rusqlite::Result<Option<Outgoing>> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1");
    connection.find(&sql, [id], outgoing)
}

/// Returns the messages whose last reply is not sent, or perhaps not, in order. A withdrawn one is a draft again.
pub(in crate::archive) fn unsent(connection: &Connection) -> rusqlite::Result<Vec<Seq>> {
    let sql = "SELECT seq FROM outbox AS last
        WHERE seq IS NOT NULL AND state <> 'sent' AND (state <> 'refused' OR reason_json IS NOT ?1)
            AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.seq = last.seq AND outbox.id > last.id) ORDER BY seq";
    let withdrawn = Reason::from(answers::ANSWER_WITHDRAWN).to_json();
    connection.all(sql, [withdrawn], |row| row.get(0))
}

/// Returns the replies to those of the messages that have any, oldest first.
pub(super) fn replies_to(connection: &Connection, records: &[Record]) -> rusqlite::Result<Vec<(Seq, Vec<Outgoing>)>> {
    // Most archives have no replies, and then the lookups are skipped.
    if !connection.value("SELECT EXISTS (SELECT 1 FROM outbox)", [])? {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE seq = ?1 ORDER BY id LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for record in records {
        let replies =
            statement.query_map(params![record.seq, OF_SENDER], outgoing)?.collect::<rusqlite::Result<Vec<_>>>()?;
        if !replies.is_empty() {
            found.push((record.seq, replies));
        }
    }
    Ok(found)
}

fn form(row: &Row<'_>, column: usize) -> rusqlite::Result<ReplyForm> {
    let name: String = row.get(column)?;
    ReplyForm::from_name(&name).ok_or_else(|| unknown(column, name))
}

fn outgoing(row: &Row<'_>) -> rusqlite::Result<Outgoing> {
    let state: String = row.get(6)?;
    let state = SendState::from_name(&state).ok_or_else(|| unknown(6, state))?;
    let fan: i64 = row.get(3)?;
    Ok(Outgoing {
        id: row.get(0)?,
        composed: Composed {
            key: row.get(1)?,
            account: row.get(2)?,
            fan: UserId(fan.cast_unsigned()),
            seq: row.get(4)?,
            form: form(row, 11)?,
            text: row.get(5)?,
            after: None,
        },
        state,
        reason: reason(row, 7, 8)?,
        made_at: time(row.get(9)?),
        changed_at: time(row.get(10)?),
    })
}
