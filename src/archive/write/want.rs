//! Queueing media for download.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::index::{SearchPlan, SeqRange};
use crate::archive::{Archive, Error, row};
use crate::record::Seq;
use crate::record::page::Selection;

use super::{Turn, Write};

/// At most this many numbers are held in memory at a time.
const AT_ONCE: usize = 10_000;

impl Archive {
    /// Queues media for download: those not asked for before, those given up, and, at once instead of later, those that
    /// wait for their next try. Returns how many.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn want(&self, wanted: Selection, now: DateTime<Utc>) -> Result<u64, Error> {
        self.ask(Want { wanted, now }).await
    }
}

/// The messages whose media are wanted. The times of a query count from `now`.
struct Want {
    wanted: Selection,
    now: DateTime<Utc>,
}

impl Write for Want {
    /// How many media were queued.
    type Answer = u64;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<u64> {
        queue_media(turn, &self.wanted, self.now)
    }
}

/// Queues the media of messages; what is done stays done. Returns how many were queued.
pub(super) fn queue_media(turn: &Turn<'_>, wanted: &Selection, now: DateTime<Utc>) -> rusqlite::Result<u64> {
    const QUEUE: &str = "INSERT INTO media (fid, state, next_try_at, account)
        SELECT DISTINCT fid, 'queued', ?1, account FROM messages WHERE fid IS NOT NULL AND seq = ?2
        ON CONFLICT (fid) DO UPDATE
        SET state = 'queued', attempts = 0, next_try_at = excluded.next_try_at, reason = NULL, reason_json = NULL
        WHERE state <> 'done'";
    let now = now.timestamp_millis();
    let mut statement = turn.transaction.prepare_cached(QUEUE)?;
    let mut queued = 0;
    let mut queue = |seq: &Seq| -> rusqlite::Result<()> {
        queued += statement.execute(params![now, seq])?;
        Ok(())
    };
    match wanted {
        Selection::Seqs(seqs) => seqs.iter().try_for_each(&mut queue)?,
        Selection::Query(query) => {
            // A page at a time, each in the order of the archive.
            let plan = SearchPlan::new(turn.transaction, turn.unindexed, query, row::time(now))?;
            let mut after = 0;
            loop {
                let side = SeqRange::After(after);
                let seqs: Vec<Seq> = plan.rows(turn.transaction, "messages.seq", side, AT_ONCE, |row| row.get(0))?;
                let Some(last) = seqs.last() else { break };
                after = *last;
                seqs.iter().try_for_each(&mut queue)?;
            }
        }
    }
    Ok(queued as u64)
}
