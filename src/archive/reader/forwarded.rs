//! Reads the results of forwarding messages to the user's bots.

use std::time::Duration;

use rusqlite::{Row, params};

use crate::archive::Error;
use crate::archive::connection::statements::Statements as _;
use crate::archive::row::{reason, time, unknown};
use crate::record::Seq;
use crate::record::forwarded::{ForwardState, Forwarded};
use crate::record::target::{TargetMemory, TargetPause};

use super::Reader;

/// The columns that [`forwarded`] reads, in order.
const COLUMNS: &str =
    "seq, state, attempts, next_try_at, tried_at, took, status, answer, reason, reason_json, differences";

impl Reader {
    /// Returns each target's result for a message, by the target's name.
    pub fn forwarded_to(&self, seq: Seq) -> Result<Vec<(String, Forwarded)>, Error> {
        let sql = format!("SELECT {COLUMNS}, target FROM forwarded WHERE seq = ?1 ORDER BY target");
        self.all(&sql, [seq], |row| Ok((row.get(11)?, forwarded(row)?)))
    }

    /// Returns a target's results for the messages after a seq and up to another, in order.
    pub fn forwarded_between(&self, target: &str, after: Seq, last: Seq) -> Result<Vec<Forwarded>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM forwarded WHERE seq > ?1 AND seq <= ?2 AND target = ?3 ORDER BY seq");
        self.all(&sql, params![after, last, target], forwarded)
    }

    /// Returns the messages up to a number that a target has not received yet, in order.
    pub fn forwarded_open(&self, target: &str, seq: Seq) -> Result<Vec<Forwarded>, Error> {
        let sql =
            format!("SELECT {COLUMNS} FROM forwarded WHERE target = ?1 AND seq <= ?2 AND state = 'waits' ORDER BY seq");
        self.all(&sql, params![target, seq], forwarded)
    }

    /// Returns the messages that were set aside for a target, in order.
    pub fn forwarded_aside(&self, target: &str) -> Result<Vec<Forwarded>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM forwarded WHERE target = ?1 AND state = 'aside' ORDER BY seq");
        self.all(&sql, [target], forwarded)
    }

    /// Returns the number of messages that are set aside for a target.
    pub fn n_aside(&self, target: &str) -> Result<u64, Error> {
        let sql = "SELECT count(*) FROM forwarded WHERE target = ?1 AND state = 'aside'";
        Ok(self.connection.value(sql, [target])?)
    }

    /// Returns what is stored about a target besides its bookmark.
    pub fn target_memory(&self, target: &str) -> Result<TargetMemory, Error> {
        let sql = "SELECT moved_at, paused_at, reason, reason_json FROM targets WHERE target = ?1";
        let found = self.connection.find(sql, [target], |row| {
            let paused_at: Option<i64> = row.get(1)?;
            let reason = reason(row, 2, 3)?;
            let pause = paused_at.map(|at| TargetPause { at: time(at), reason });
            Ok(TargetMemory { moved_at: time(row.get(0)?), pause })
        });
        Ok(found?.unwrap_or_default())
    }
}

fn forwarded(row: &Row<'_>) -> rusqlite::Result<Forwarded> {
    let state: String = row.get(1)?;
    let state = match state.as_str() {
        "waits" => ForwardState::Waits(time(row.get(3)?)),
        "done" => ForwardState::Done,
        "aside" => ForwardState::Aside,
        _ => return Err(unknown(1, state)),
    };
    Ok(Forwarded {
        seq: row.get(0)?,
        state,
        attempts: row.get(2)?,
        tried_at: time(row.get(4)?),
        took: Duration::from_millis(row.get(5)?),
        status: row.get(6)?,
        answer: row.get(7)?,
        reason: reason(row, 8, 9)?,
        differences: row.get(10)?,
    })
}
