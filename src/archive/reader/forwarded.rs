//! What became of messages at the user's bots.

use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Row, params};

use crate::archive::Error;
use crate::archive::row::{reason, time};
use crate::record::Seq;
use crate::record::forwarded::{ForwardState, Forwarded};

use super::Reader;

/// What [`forwarded`] reads, in its order.
const COLUMNS: &str = "seq, state, attempts, next_try_at, tried_at, took, status, answer, reason, reason_json";

impl Reader {
    /// What each target made of a message, by the names of the targets.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn forwarded_to(&self, seq: Seq) -> Result<Vec<(String, Forwarded)>, Error> {
        let sql = format!("SELECT {COLUMNS}, target FROM forwarded WHERE seq = ?1 ORDER BY target");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([seq], |row| Ok((row.get(10)?, forwarded(row)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What a target made of the messages after a number, in order.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn forwarded_after(&self, target: &str, seq: Seq) -> Result<Vec<Forwarded>, Error> {
        self.forwarded(&format!("SELECT {COLUMNS} FROM forwarded WHERE target = ?1 AND seq > ?2"), target, seq)
    }

    /// The messages up to a number that a target is still to get, or that were set aside, in order.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn forwarded_open(&self, target: &str, seq: Seq) -> Result<Vec<Forwarded>, Error> {
        let sql =
            format!("SELECT {COLUMNS} FROM forwarded WHERE target = ?1 AND seq <= ?2 AND state <> 'done' ORDER BY seq");
        self.forwarded(&sql, target, seq)
    }

    fn forwarded(&self, sql: &str, target: &str, seq: Seq) -> Result<Vec<Forwarded>, Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![target, seq], forwarded)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn forwarded(row: &Row<'_>) -> rusqlite::Result<Forwarded> {
    let state: String = row.get(1)?;
    let state = match state.as_str() {
        "waits" => ForwardState::Waits(time(row.get(3)?)),
        "done" => ForwardState::Done,
        "aside" => ForwardState::Aside,
        _ => return Err(rusqlite::Error::InvalidColumnType(1, state, Type::Text)),
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
    })
}
