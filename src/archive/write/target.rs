//! What is remembered of a target beside its bookmark: whether it is paused, when its bookmark was moved by hand, and which
//! of the messages that were set aside are tried again.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::target::TargetPause;

use super::{Turn, Write, bookmark};

/// At most this many messages are taken back in one turn.
pub const RETRIED_AT_ONCE: usize = 256;

impl Archive {
    /// Pauses a target, or has it go on.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn pause_target(&self, target: &str, pause: Option<TargetPause>) -> Result<(), Error> {
        self.ask(PauseTarget { target: target.to_owned(), pause }).await
    }

    /// Moves the bookmark of a target by hand: what became of messages before counts no more, and nothing waits for another
    /// attempt. What was set aside stays so until it is sent again.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn move_target(
        &self,
        target: &str,
        bookmark: (String, Seq),
        moved_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        self.ask(MoveTarget { target: target.to_owned(), bookmark, moved_at }).await
    }

    /// Has the next messages wait that were set aside for a target after this one and tried last before `until`, at most
    /// [`RETRIED_AT_ONCE`]. Returns them in order, with the attempts that were made.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn retry_aside(&self, target: &str, after: Seq, until: DateTime<Utc>) -> Result<Vec<(Seq, u32)>, Error> {
        self.ask(RetryAside { target: target.to_owned(), after, until }).await
    }
}

struct PauseTarget {
    target: String,
    pause: Option<TargetPause>,
}

impl Write for PauseTarget {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        pause(turn, &self.target, self.pause.as_ref())
    }
}

/// Writes whether a target is paused.
pub(super) fn pause(turn: &Turn<'_>, target: &str, pause: Option<&TargetPause>) -> rusqlite::Result<()> {
    let reason = pause.and_then(|pause| pause.reason.as_ref());
    turn.transaction
        .prepare_cached(
            "INSERT INTO targets (target, reason, reason_json, moved_at, paused_at) VALUES (?1, ?2, ?3, 0, ?4)
             ON CONFLICT (target) DO UPDATE SET reason = ?2, reason_json = ?3, paused_at = ?4",
        )?
        .execute(params![
            target,
            reason.map(ToString::to_string),
            reason.map(Reason::to_json),
            pause.map(|pause| pause.at.timestamp_millis()),
        ])
        .map(drop)
}

struct MoveTarget {
    target: String,
    bookmark: (String, Seq),
    moved_at: DateTime<Utc>,
}

impl Write for MoveTarget {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        let (name, seq) = &self.bookmark;
        bookmark::move_to(turn, name, *seq)?;
        turn.transaction
            .prepare_cached(
                "INSERT INTO targets (target, moved_at) VALUES (?1, ?2) ON CONFLICT (target) DO UPDATE SET moved_at = ?2",
            )?
            .execute(params![self.target, self.moved_at.timestamp_millis()])?;
        turn.transaction
            .prepare_cached("DELETE FROM forwarded WHERE target = ?1 AND state = 'waits'")?
            .execute([&self.target])
            .map(drop)
    }
}

struct RetryAside {
    target: String,
    after: Seq,
    until: DateTime<Utc>,
}

impl Write for RetryAside {
    type Answer = Vec<(Seq, u32)>;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<Self::Answer> {
        let until = self.until.timestamp_millis();
        let mut statement = turn.transaction.prepare_cached(
            "SELECT seq, attempts FROM forwarded
             WHERE target = ?1 AND state = 'aside' AND seq > ?2 AND tried_at < ?3 ORDER BY seq LIMIT ?4",
        )?;
        let rows = statement.query_map(params![self.target, self.after, until, RETRIED_AT_ONCE], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let aside = rows.collect::<rusqlite::Result<Vec<(Seq, u32)>>>()?;
        let mut update = turn
            .transaction
            .prepare_cached("UPDATE forwarded SET state = 'waits', next_try_at = ?3 WHERE seq = ?1 AND target = ?2")?;
        for (seq, _) in &aside {
            update.execute(params![seq, self.target, until])?;
        }
        Ok(aside)
    }
}
