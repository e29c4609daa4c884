//! What became of messages at a target, together with the bookmark of the target; and the answer that a message got late.

use chrono::DateTime;
use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::forwarded::{ForwardState, Forwarded};
use crate::record::target::TargetPause;

use super::{Turn, bookmark, copies, target};

/// What became of messages at a target.
#[derive(Debug, Clone, Default)]
pub struct ForwardedBatch {
    /// The target.
    pub target: String,
    /// The name of its bookmark, and how far it is; `None` leaves it where it is.
    pub bookmark: Option<(String, Seq)>,
    /// A row a message.
    pub rows: Vec<Forwarded>,
    /// That it wants no more messages; `None` leaves that as it is.
    pub pause: Option<TargetPause>,
}

impl Archive {
    /// Records what became of messages at a target, and that it has everything up to a message or a row that says otherwise.
    pub async fn record_forwarded(&self, batch: ForwardedBatch) -> Result<(), Error> {
        self.write(move |turn| batch.write(turn)).await
    }

    /// Keeps the body that answered a message, when it was not known yet as the message was kept; `None` for an empty one.
    pub async fn keep_reply(&self, seq: Seq, reply: Option<String>) -> Result<(), Error> {
        self.write(move |turn| {
            let keep = "UPDATE messages SET reply = ?2 WHERE seq = ?1";
            turn.execute(keep, params![seq, reply])?;
            copies::tell_again(turn, seq)
        })
        .await
    }
}

impl ForwardedBatch {
    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        // Of a message that is gone, a row would stay for ever.
        let mut insert = turn.transaction.prepare_cached(
            "INSERT OR REPLACE INTO forwarded
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 WHERE EXISTS (SELECT 1 FROM messages WHERE seq = ?1)",
        )?;
        for row in &self.rows {
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
