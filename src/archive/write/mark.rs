//! Marks messages as read or unread, and as starred or not. A marking of several messages can be undone.

use std::sync::{MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::archive::connection::statements::Statements as _;
use crate::archive::index::{SearchPlan, SeqRange};
use crate::archive::{Archive, Error};
use crate::query::{Flag, Query, Term, Test};
use crate::record::Seq;
use crate::record::cluster::Deed;
use crate::record::page::{Mark, Selection};

use super::{Turn, tell};

/// The maximum number of a query's messages that are marked in one turn, which takes a few milliseconds.
const MARKED_AT_ONCE: usize = 1000;

/// A marking of several messages, which can be undone as long as this process runs.
#[derive(Debug)]
pub(in crate::archive) struct Marking {
    /// The messages that did not have the mark before.
    changed: Vec<Seq>,
    mark: Mark,
    at: DateTime<Utc>,
}

impl Archive {
    /// Marks messages and returns how many changed. Many are marked in steps, between which answers to Weibo get their
    /// turn.
    pub async fn mark(&self, which: Selection, mark: Mark, now: DateTime<Utc>) -> Result<u64, Error> {
        let mut changed = Vec::new();
        loop {
            let which = which.clone();
            let step = self.write(move |turn| set(turn, &which, mark, now)).await?;
            changed.extend(&step);
            if step.len() < MARKED_AT_ONCE {
                break;
            }
        }
        let n_changed = changed.len() as u64;
        if n_changed > 1 {
            *self.marking() = Some(Marking { changed, mark, at: now });
        }
        Ok(n_changed)
    }

    /// Undoes the last marking of several messages, and returns how many changed; `None` if there was none within
    /// `undo`, or if messages were deleted since.
    pub(super) async fn unmark(&self, undo: TimeDelta, now: DateTime<Utc>) -> Result<Option<u64>, Error> {
        let Some(until) = self.marking().as_ref().map(|marking| marking.at + undo).filter(|until| *until > now) else {
            return Ok(None);
        };
        let is_older = move |turn: &Turn<'_>| {
            let deleted_since = "SELECT EXISTS (SELECT 1 FROM removals WHERE at > ?1)";
            turn.value::<bool>(deleted_since, [until.timestamp_millis()])
        };
        if self.write(is_older).await? {
            return Ok(None);
        }
        let Some(Marking { changed, mark, .. }) = self.marking().take() else { return Ok(None) };
        let mut n_changed = 0;
        for some in changed.chunks(MARKED_AT_ONCE) {
            let some = Selection::Seqs(some.to_vec());
            n_changed += self.write(move |turn| set(turn, &some, mark.opposite(), now)).await?.len() as u64;
        }
        Ok(Some(n_changed))
    }

    /// Returns the last marking of several messages.
    fn marking(&self) -> MutexGuard<'_, Option<Marking>> {
        self.last_marking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Marks those messages that do not have the mark yet, at most [`MARKED_AT_ONCE`] of a query, and returns them.
/// The times of a query count from `now`.
pub(super) fn set(turn: &Turn<'_>, which: &Selection, mark: Mark, now: DateTime<Utc>) -> rusqlite::Result<Vec<Seq>> {
    let (column, value, other) = match mark {
        Mark::Read => ("is_read", 1, Flag::Unread),
        Mark::Unread => ("is_read", 0, Flag::Read),
        Mark::Starred => ("is_starred", 1, Flag::Starred),
        Mark::Unstarred => ("is_starred", 0, Flag::Starred),
    };
    let seqs = match which {
        Selection::Seqs(seqs) => seqs.clone(),
        Selection::Query(query) => {
            // Messages that have the mark would be found again at every step.
            let term = Term { is_not: mark == Mark::Starred, test: Test::Is(other) };
            let unmarked = query.and(&Query { terms: vec![term] });
            let newest = SeqRange::Before(Seq::MAX >> 1);
            let plan = SearchPlan::new(turn.transaction, turn.unindexed, &unmarked, now)?;
            plan.rows("messages.seq", newest, MARKED_AT_ONCE, |row| row.get(0))?
        }
    };
    let sql = format!("UPDATE messages SET {column} = {value} WHERE seq = ?1 AND {column} <> {value}");
    let mut statement = turn.transaction.prepare_cached(&sql)?;
    let mut changed = Vec::new();
    for seq in seqs {
        if statement.execute([seq])? > 0 {
            changed.push(seq);
        }
    }
    tell::tell_of(turn, &changed, |ids| Deed::Mark { mark, ids }, now)?;
    Ok(changed)
}
