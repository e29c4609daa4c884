//! The steps of sending a reply. Each is on disk before the next is taken.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::{AccountFilter, Archive, Error};
use crate::reason::{Reason, answers};
use crate::record::outgoing::{OutgoingId, SendState};

use super::{Turn, Write};

impl Archive {
    /// Takes a reply that waits, to send it now; returns whether it still waited, so that of several who want it one sends it.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn begin_sending(&self, id: OutgoingId, now: DateTime<Utc>) -> Result<bool, Error> {
        self.ask(BeginSending { id, now }).await
    }

    /// Records what became of a reply that was being sent.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn settle_sending(
        &self,
        id: OutgoingId,
        state: SendState,
        reason: Option<Reason>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.ask(SettleSending { id, state, reason, now }).await
    }

    /// Records why the replies of accounts wait.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn explain_waiting(&self, whose: AccountFilter, reason: Reason) -> Result<(), Error> {
        self.ask(ExplainWaiting { whose, reason }).await
    }

    /// Records that nobody knows what became of what accounts were sending when weibox ended. Only who alone may send calls it.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn doubt_interrupted(&self, whose: AccountFilter, now: DateTime<Utc>) -> Result<(), Error> {
        self.ask(DoubtInterrupted { whose, now }).await
    }
}

struct BeginSending {
    id: OutgoingId,
    now: DateTime<Utc>,
}

impl Write for BeginSending {
    type Answer = bool;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<bool> {
        let sql = "UPDATE outbox SET state = 'sending', reason = NULL, reason_json = NULL, changed_at = ?2
            WHERE id = ?1 AND state = 'waiting'";
        Ok(turn.transaction.prepare_cached(sql)?.execute(params![self.id, self.now.timestamp_millis()])? > 0)
    }
}

struct SettleSending {
    id: OutgoingId,
    state: SendState,
    reason: Option<Reason>,
    now: DateTime<Utc>,
}

impl Write for SettleSending {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        let sql = "UPDATE outbox SET state = ?2, reason = ?3, reason_json = ?4, changed_at = ?5
            WHERE id = ?1 AND state = 'sending'";
        let words = self.reason.as_ref().map(ToString::to_string);
        let json = self.reason.as_ref().map(Reason::to_json);
        let values = params![self.id, self.state.name(), words, json, self.now.timestamp_millis()];
        turn.transaction.prepare_cached(sql)?.execute(values).map(drop)
    }
}

struct ExplainWaiting {
    whose: AccountFilter,
    reason: Reason,
}

impl Write for ExplainWaiting {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        let sql = format!(
            "UPDATE outbox SET reason = ?1, reason_json = ?2 WHERE state = 'waiting' {}",
            self.whose.condition()
        );
        let values = params![self.reason.to_string(), self.reason.to_json()];
        turn.transaction.prepare_cached(&sql)?.execute(values).map(drop)
    }
}

struct DoubtInterrupted {
    whose: AccountFilter,
    now: DateTime<Utc>,
}

impl Write for DoubtInterrupted {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        let reason = Reason::from(answers::ANSWER_INTERRUPTED);
        let condition = self.whose.condition();
        let sql = format!(
            "UPDATE outbox SET state = 'unknown', reason = ?1, reason_json = ?2, changed_at = ?3
             WHERE state = 'sending' {condition}"
        );
        let values = params![reason.to_string(), reason.to_json(), self.now.timestamp_millis()];
        turn.transaction.prepare_cached(&sql)?.execute(values).map(drop)
    }
}
