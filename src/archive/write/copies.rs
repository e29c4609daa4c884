//! Which node of a cluster had a message how many times, and what is new here and the stream has to be told. Without a cluster
//! nothing is written.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;

use crate::record::Seq;

use super::Turn;

/// Whoever keeps a message tells the stream at once. Only when that has not come back by then, it is told again.
const AT_ONCE: TimeDelta = TimeDelta::milliseconds(1_500);

/// Counts a delivery that this node had.
pub(super) fn count_own(turn: &Turn<'_>, seq: Seq, at: DateTime<Utc>) -> rusqlite::Result<()> {
    let Some(node) = turn.node else { return Ok(()) };
    // An epoch that never was: the stream has not said so yet. With a minus it has said so of fewer.
    let count = "INSERT INTO copies (seq, node, n, epoch, place) VALUES (?1, ?2, 1, 0, 0)
        ON CONFLICT (seq, node) DO UPDATE SET n = n + 1, epoch = -abs(epoch)";
    turn.execute(count, params![seq, node])?;
    let untold = "INSERT OR IGNORE INTO untold (seq, due) VALUES (?1, ?2)";
    turn.execute(untold, params![seq, (at + AT_ONCE).timestamp_millis()]).map(drop)
}

/// Has the stream told again of a message that has changed here.
pub(super) fn tell_again(turn: &Turn<'_>, seq: Seq) -> rusqlite::Result<()> {
    let Some(node) = turn.node else { return Ok(()) };
    let doubt = "UPDATE copies SET epoch = -abs(epoch) WHERE seq = ?1 AND node = ?2";
    if turn.execute(doubt, params![seq, node])? > 0 {
        turn.execute("INSERT OR IGNORE INTO untold (seq, due) VALUES (?1, 0)", [seq])?;
    }
    Ok(())
}
