//! Stores the state of a target besides its bookmark: whether it is paused, when its bookmark was moved by
//! hand, and which messages that were set aside are retried.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::target::TargetPause;

use super::{Turn, bookmark};

/// The maximum number of messages that are retried in one turn.
pub const RETRIED_AT_ONCE: usize = 256;

impl Archive {
    /// Pauses a target, or resumes it.
    pub async fn pause_target(&self, target: &str, pause: Option<TargetPause>) -> Result<(), Error> {
        let target = target.to_owned();
        self.write(move |turn| self::pause(turn, &target, pause.as_ref())).await
    }

    /// Moves the bookmark of a target by hand: earlier results no longer count, and no message waits for
    /// another attempt. Messages that were set aside stay so until they are sent again.
    pub async fn move_target(
        &self,
        target: &str,
        (name, seq): (String, Seq),
        moved_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let target = target.to_owned();
        self.write(move |turn| {
            bookmark::move_to(turn, &name, seq)?;
            let moved = "INSERT INTO targets (target, moved_at) VALUES (?1, ?2)
                ON CONFLICT (target) DO UPDATE SET moved_at = ?2";
            turn.run(moved, params![target, moved_at.timestamp_millis()])?;
            let forget = "DELETE FROM forwarded WHERE target = ?1 AND state = 'waits'";
            turn.run(forget, [&target]).map(drop)
        })
        .await
    }

    /// Makes messages wait again that were set aside for a target: the next ones after `after` that were last
    /// tried before `until`, at most [`RETRIED_AT_ONCE`]. Returns them in order, with the number of attempts so
    /// far.
    pub async fn retry_aside(&self, target: &str, after: Seq, until: DateTime<Utc>) -> Result<Vec<(Seq, u32)>, Error> {
        let (target, until) = (target.to_owned(), until.timestamp_millis());
        self.write(move |turn| {
            let aside = "SELECT seq, attempts FROM forwarded
                WHERE target = ?1 AND state = 'aside' AND seq > ?2 AND tried_at < ?3 ORDER BY seq LIMIT ?4";
            let mut aside = turn.transaction.prepare_cached(aside)?;
            let values = params![target, after, until, RETRIED_AT_ONCE];
            let aside = aside.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
            let aside = aside.collect::<rusqlite::Result<Vec<(Seq, u32)>>>()?;
            let wait = "UPDATE forwarded SET state = 'waits', next_try_at = ?3 WHERE seq = ?1 AND target = ?2";
            let mut wait = turn.transaction.prepare_cached(wait)?;
            for (seq, _) in &aside {
                wait.execute(params![seq, target, until])?;
            }
            Ok(aside)
        })
        .await
    }
}

/// Stores whether a target is paused.
pub(super) fn pause(turn: &Turn<'_>, target: &str, pause: Option<&TargetPause>) -> rusqlite::Result<()> {
    let reason = pause.and_then(|pause| pause.reason.as_ref());
    let sql = "INSERT INTO targets (target, reason, reason_json, moved_at, paused_at) VALUES (?1, ?2, ?3, 0, ?4)
        ON CONFLICT (target) DO UPDATE SET reason = ?2, reason_json = ?3, paused_at = ?4";
    let (words, json) = (reason.map(ToString::to_string), reason.map(Reason::to_json));
    let paused_at = pause.map(|pause| pause.at.timestamp_millis());
    turn.run(sql, params![target, words, json, paused_at]).map(drop)
}
