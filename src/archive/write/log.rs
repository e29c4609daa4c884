//! Writing to the request log.

use rusqlite::params;

use crate::archive::Archive;
use crate::record::traffic::Call;

use super::{Turn, Write, pending};

/// The request log holds this many entries; the oldest go. At 600 bytes each they take 6 MB, and never more than 25.
pub const REQUESTS_KEPT: u64 = 10_000;

impl Archive {
    /// Writes to the request log without waiting. Returns whether there was room in the queue; if not, the entry is
    /// dropped, so that refused calls cannot crowd out messages.
    pub fn log(&self, call: Call) -> bool {
        let (command, _unheard) = pending(Log(call));
        self.commands.try_send(command).is_ok()
    }
}

/// A call that was refused, or that is told of for another reason.
struct Log(Call);

impl Write for Log {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        let Call { at, remote, method, path, status, reason, head } = &self.0;
        turn.transaction
            .prepare_cached(
                "INSERT INTO calls (at, remote, method, path, status, reason, reason_json, head)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                at.timestamp_millis(),
                remote,
                method,
                path,
                status,
                reason.to_string(),
                reason.to_json(),
                head
            ])?;
        let latest = turn.transaction.last_insert_rowid().cast_unsigned();
        turn.transaction
            .prepare_cached("DELETE FROM calls WHERE seq <= ?1")?
            .execute([latest.saturating_sub(REQUESTS_KEPT)])
            .map(drop)
    }
}
