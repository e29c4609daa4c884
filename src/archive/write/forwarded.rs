//! Stores the results of forwarding to a target together with the target's bookmark, and answers that arrive
//! late.

use chrono::DateTime;
use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::forwarded::{ForwardState, Forwarded};
use crate::record::target::TargetPause;

use super::{Turn, bookmark, copies, target};

/// Results of forwarding messages to a target.
#[derive(Debug, Clone, Default)]
pub struct ForwardedBatch {
    /// Name of the target.
    pub target: String,
    /// Name and new position of its bookmark; `None` leaves the bookmark where it is.
    pub bookmark: Option<(String, Seq)>,
    /// One row for each message.
    pub rows: Vec<Forwarded>,
    /// The pause, if the target wants no more messages; `None` changes nothing.
    pub pause: Option<TargetPause>,
}

impl Archive {
    /// Records results of forwarding to a target, and that each message up to its bookmark is done unless a row
    /// says otherwise.
    pub async fn record_forwarded(&self, batch: ForwardedBatch) -> Result<(), Error> {
        self.write(move |turn| batch.write(turn)).await
    }

    /// Stores the body that answered a message, if it was not known when the message was stored; `None` for an
    /// empty one.
    pub async fn keep_reply(&self, seq: Seq, reply: Option<String>) -> Result<(), Error> {
        self.write(move |turn| {
            let keep = "UPDATE messages SET reply = ?2 WHERE seq = ?1";
            turn.run(keep, params![seq, reply])?;
            copies::tell_again(turn, seq)
        })
        .await
    }
}

impl ForwardedBatch {
    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        // Not one statement of both, `INSERT … SELECT`: SQLite would open a journal of 64 KiB for each row, which
        // takes longer than the row.
        let mut is_kept = turn.transaction.prepare_cached("SELECT 1 FROM messages WHERE seq = ?1")?;
        let mut insert = turn.transaction.prepare_cached(
            "INSERT OR REPLACE INTO forwarded VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        for row in &self.rows {
            // A row for a removed message would stay for ever.
            if !is_kept.exists([row.seq])? {
                continue;
            }
            let (state, next_try_at) = match row.state {
                ForwardState::Waits(at) => ("waits", at),
                ForwardState::Done => ("done", DateTime::UNIX_EPOCH),
                ForwardState::Aside => ("aside", DateTime::UNIX_EPOCH),
            };
            insert.execute(params![
                row.seq,
                self.target,
                state,
                row.attempts,
                next_try_at.timestamp_millis(),
                row.tried_at.timestamp_millis(),
                u64::try_from(row.took.as_millis()).unwrap_or(u64::MAX >> 1),
                row.status,
                row.answer,
                row.reason.as_ref().map(ToString::to_string),
                row.reason.as_ref().map(Reason::to_json),
                row.differences,
            ])?;
        }
        if self.pause.is_some() {
            target::pause(turn, &self.target, self.pause.as_ref())?;
        }
        let Some((name, seq)) = &self.bookmark else { return Ok(()) };
        bookmark::move_to(turn, name, *seq)
    }
}
