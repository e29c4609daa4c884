//! Writing down what time it was when the clock was confirmed.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::spans::CLOCK;
use crate::archive::{Archive, Error};

impl Archive {
    /// Keeps a time that our clock and something else agreed on, so that a later start has a witness. It never goes back.
    pub async fn confirm(&self, time: DateTime<Utc>) -> Result<(), Error> {
        self.write(move |turn| {
            let keep = "INSERT INTO counts VALUES (?1, ?2) ON CONFLICT (kind) DO UPDATE SET n = max(n, excluded.n)";
            turn.execute(keep, params![CLOCK, time.timestamp_millis()]).map(drop)
        })
        .await
    }
}
