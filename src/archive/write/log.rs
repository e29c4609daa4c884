//! Writes to the request log.

use rusqlite::params;

use crate::archive::Archive;
use crate::archive::connection::statements::Statements as _;
use crate::record::traffic::Call;

use super::{Turn, pending};

/// The maximum number of entries in the request log; the oldest are removed. At 600 bytes each they take 6 MB,
/// and never more than 25.
pub const REQUESTS_KEPT: u64 = 10_000;

impl Archive {
    /// Writes to the request log without waiting. Returns whether there was room in the queue; if not, the entry is
    /// dropped, so that refused calls cannot crowd out messages.
    pub fn log(&self, call: Call) -> bool {
        let (command, _unheard) = pending(move |turn: &Turn<'_>| keep(turn, &call));
        self.commands.try_send(command).is_ok()
    }
}

/// Stores a call that was refused, or that is logged for another reason.
fn keep(turn: &Turn<'_>, call: &Call) -> rusqlite::Result<()> {
    let Call { at, remote, method, path, status, reason, head } = call;
    let keep = "INSERT INTO calls (at, remote, method, path, status, reason, reason_json, head)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (at, words, json) = (at.timestamp_millis(), reason.to_string(), reason.to_json());
    let values = params![at, remote, method, path, status, words, json, head];
    turn.run(keep, values)?;
    let latest = turn.transaction.last_insert_rowid().cast_unsigned();
    turn.run("DELETE FROM calls WHERE seq <= ?1", [latest.saturating_sub(REQUESTS_KEPT)]).map(drop)
}
