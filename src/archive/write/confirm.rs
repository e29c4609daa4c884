//! Writing down what time it was when the clock was confirmed.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::spans::CLOCK;
use crate::archive::{Archive, Error};

use super::{Turn, Write};

impl Archive {
    /// Keeps a time that our clock and something else agreed on, so that a later start has a witness. It never goes back.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn confirm(&self, time: DateTime<Utc>) -> Result<(), Error> {
        self.ask(Confirm(time)).await
    }
}

/// A time that was confirmed.
struct Confirm(DateTime<Utc>);

impl Write for Confirm {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        turn.transaction
            .prepare_cached(
                "INSERT INTO counts VALUES (?1, ?2) ON CONFLICT (kind) DO UPDATE SET n = max(n, excluded.n)",
            )?
            .execute(params![CLOCK, self.0.timestamp_millis()])
            .map(drop)
    }
}
