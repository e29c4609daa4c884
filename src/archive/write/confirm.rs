//! Stores the time at which the clock was confirmed.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::archive::spans::CLOCK;
use crate::archive::{Archive, Error};

impl Archive {
    /// Stores a time on which our clock and another source agreed, as a witness for later starts. It never goes
    /// back.
    pub async fn confirm(&self, time: DateTime<Utc>) -> Result<(), Error> {
        self.write(move |turn| {
            let keep = "INSERT INTO counts VALUES (?1, ?2) ON CONFLICT (kind) DO UPDATE SET n = max(n, excluded.n)";
            turn.run(keep, params![CLOCK, time.timestamp_millis()]).map(drop)
        })
        .await
    }
}
