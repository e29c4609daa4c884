//! The search index and everything that is counted, made again from the messages at once, also beside another process that
//! listens for the archive. Whoever is interrupted leaves the rest to the next start.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::TransactionBehavior;

use crate::record::Seq;

use super::index::{self, Unindexed};
use super::{Error, connection, spans};

/// The longest that whoever listens meanwhile waits for SQLite's lock; he gets it in the pause after that.
const WORK: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_millis(30);
/// Imports and downloads get their turns in between, in no particular order.
const PATIENCE: Duration = Duration::from_mins(1);

/// Makes everything again that is kept beside the messages of the archive in a data directory, in turns of some milliseconds
/// and with pauses, so that whoever listens meanwhile answers in time. `told` is called with the number that it has come to
/// and the last one. Returns how many messages there are.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Open`], [`Error::Write`]. What is done stays done.
pub fn reindex(data_dir: &Path, mut told: impl FnMut(Seq, Seq)) -> Result<u64, Error> {
    // Opening for writing makes one where there is none.
    if !data_dir.join(connection::FILE).exists() {
        return Err(Error::Missing { path: data_dir.to_owned() });
    }
    let mut writing = connection::open(data_dir)?;
    writing.busy_timeout(PATIENCE)?;
    index::request_rebuild(&writing).map_err(Error::Write)?;
    let reading = connection::open_read_only(data_dir)?;
    let mut worked_from = Instant::now();
    loop {
        let mut parts = index::next_parts(&reading, &Unindexed::default())?;
        if parts.is_empty() {
            parts = index::next_rebuilt_parts(&reading)?;
        }
        if parts.is_empty() {
            return Ok(spans::n_messages(&reading)?);
        }
        for part in parts {
            let turn = writing.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Error::Write)?;
            part.store(&turn).map_err(Error::Write)?;
            turn.commit().map_err(Error::Write)?;
            if worked_from.elapsed() > WORK {
                thread::sleep(PAUSE);
                worked_from = Instant::now();
            }
        }
        let highest = spans::highest(&reading)?;
        told(index::rebuilt(&reading)?.min(highest), highest);
    }
}
