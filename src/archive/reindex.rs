//! Rebuilds the search index and all counts from the messages at once, also while another process listens for
//! the archive. After an interruption the next start does the rest.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};

use crate::record::Seq;

use super::connection::turnstile::{PATIENCE, TURN, Turnstile};
use super::index::{self, BlockPart, Unindexed};
use super::{Error, connection, spans};

/// Rebuilds all data derived from the messages of the archive in a data directory. Works in turns of some
/// milliseconds with pauses, so that a listener still answers in time. Calls `told` with the number that it has
/// reached and the last one. Returns the number of messages.
///
/// # Errors
///
/// [`Error::Missing`], [`Error::Open`], [`Error::Write`]. Turns that were committed are kept.
pub fn reindex(data_dir: &Path, mut told: impl FnMut(Seq, Seq)) -> Result<u64, Error> {
    // Opening for writing would create a missing archive.
    if !data_dir.join(connection::FILE).exists() {
        return Err(Error::Missing { path: data_dir.to_owned() });
    }
    let mut writing = connection::open(data_dir)?;
    writing.busy_timeout(PATIENCE)?;
    index::request_rebuild(&writing).map_err(Error::Write)?;
    let reading = connection::open_read_only(data_dir)?;
    let turnstile = Turnstile::open(data_dir);
    loop {
        let mut parts = index::next_parts(&reading, &Unindexed::default())?;
        if parts.is_empty() {
            parts = index::next_rebuilt_parts(&reading)?;
        }
        if parts.is_empty() {
            return Ok(spans::n_messages(&reading)?);
        }
        store_in_turns(&mut writing, &turnstile, parts).map_err(Error::Write)?;
        let highest = spans::highest(&reading)?;
        told(index::rebuilt(&reading)?.min(highest), highest);
    }
}

/// Stores parts of the index in turns, beside a listener.
pub(super) fn store_in_turns(
    connection: &mut Connection,
    turnstile: &Arc<Turnstile>,
    parts: Vec<BlockPart>,
) -> rusqlite::Result<()> {
    let mut parts = parts.into_iter().peekable();
    while parts.peek().is_some() {
        let pass = turnstile.enter();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        while pass.elapsed() < TURN
            && let Some(part) = parts.next()
        {
            part.store(&transaction)?;
        }
        transaction.commit()?;
    }
    Ok(())
}
