//! Records how many times each node of a cluster had a message, and queues messages for the stream. Writes
//! nothing without a cluster.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::record::Seq;

use super::Turn;

/// Time after which a message is published again if it has not come back. The node that stores a message
/// publishes it at once.
const AT_ONCE: TimeDelta = TimeDelta::milliseconds(1_500);

/// Counts a delivery to this node.
pub(super) fn count_own(turn: &Turn<'_>, seq: Seq, at: DateTime<Utc>) -> rusqlite::Result<()> {
    let Some(node) = turn.node else { return Ok(()) };
    // Epoch 0 means that the stream has not delivered this count yet; a negative epoch, that it has delivered a
    // lower one.
    let count = "INSERT INTO copies (seq, node, n, epoch, place) VALUES (?1, ?2, 1, 0, 0)
        ON CONFLICT (seq, node) DO UPDATE SET n = n + 1, epoch = -abs(epoch)";
    turn.run(count, params![seq, node])?;
    let untold = "INSERT OR IGNORE INTO untold (seq, due) VALUES (?1, ?2)";
    turn.run(untold, params![seq, (at + AT_ONCE).timestamp_millis()]).map(drop)
}

/// Queues a message that has changed here to be published again.
pub(super) fn tell_again(turn: &Turn<'_>, seq: Seq) -> rusqlite::Result<()> {
    let Some(node) = turn.node else { return Ok(()) };
    let doubt = "UPDATE copies SET epoch = -abs(epoch) WHERE seq = ?1 AND node = ?2";
    if turn.run(doubt, params![seq, node])? > 0 {
        turn.run("INSERT OR IGNORE INTO untold (seq, due) VALUES (?1, 0)", [seq])?;
    }
    Ok(())
}
