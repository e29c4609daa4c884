//! Reads the request log.

use chrono::{DateTime, Utc};

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Error, row};
use crate::reason::{Reason, calls};
use crate::record::traffic::Call;

use super::Reader;

impl Reader {
    /// Returns the newest entries of the request log, newest first, at most `limit`.
    pub fn calls(&self, limit: usize) -> Result<Vec<Call>, Error> {
        let sql =
            "SELECT at, remote, method, path, status, reason, reason_json, head FROM calls ORDER BY seq DESC LIMIT ?1";
        self.all(sql, [limit], |row| {
            Ok(Call {
                at: row::time(row.get(0)?),
                remote: row.get(1)?,
                method: row.get(2)?,
                path: row.get(3)?,
                status: row.get(4)?,
                reason: row::reason(row, 5, 6)?.unwrap_or_else(|| Reason::other("")),
                head: row.get(7)?,
            })
        })
    }

    /// Returns the time of the last answered handshake, as far as the request log reaches back.
    pub fn last_handshake(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let answered = Reason::from(calls::HANDSHAKE_ANSWERED).to_string();
        let sql = "SELECT at FROM calls WHERE reason = ?1 ORDER BY seq DESC LIMIT 1";
        Ok(self.connection.find(sql, [answered], |row| row.get(0))?.map(row::time))
    }
}
