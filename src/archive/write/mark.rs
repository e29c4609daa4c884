//! Marks messages as read or unread, and as starred or not.

use chrono::{DateTime, Utc};

use crate::archive::index::{SearchPlan, SeqRange};
use crate::archive::{Archive, Error};
use crate::query::{Flag, Query, Term, Test};
use crate::record::Seq;
use crate::record::cluster::Deed;
use crate::record::page::{Mark, Selection};

use super::{Turn, tell};

/// The maximum number of a query's messages that are marked in one turn, which takes a few milliseconds.
const MARKED_AT_ONCE: u64 = 1000;

impl Archive {
    /// Marks messages and returns how many changed. Many are marked in steps, between which answers to Weibo get their
    /// turn.
    pub async fn mark(&self, which: Selection, mark: Mark, now: DateTime<Utc>) -> Result<u64, Error> {
        let mut marked = 0;
        loop {
            let which = which.clone();
            let step = self.write(move |turn| set(turn, &which, mark, now)).await?;
            marked += step;
            if step < MARKED_AT_ONCE {
                return Ok(marked);
            }
        }
    }
}

/// Marks those messages that do not have the mark yet, at most [`MARKED_AT_ONCE`] of a query, and returns how
/// many. The times of a query count from `now`.
pub(super) fn set(turn: &Turn<'_>, which: &Selection, mark: Mark, now: DateTime<Utc>) -> rusqlite::Result<u64> {
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
            let limit = usize::try_from(MARKED_AT_ONCE).unwrap_or(usize::MAX);
            let newest = SeqRange::Before(Seq::MAX >> 1);
            let plan = SearchPlan::new(turn.transaction, turn.unindexed, &unmarked, now)?;
            plan.rows(turn.transaction, "messages.seq", newest, limit, |row| row.get(0))?
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
    Ok(changed.len() as u64)
}
