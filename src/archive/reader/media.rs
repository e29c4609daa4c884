//! Files: which are wanted and how far each is, what a download of many would be, and whose message a file came with.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use crate::query::{Query, Term, Test};
use crate::reason::Reason;
use crate::record::media::{Stage, Weight};
use crate::record::page::Selection;
use crate::record::{Record, Seq};
use crate::weibo::FileId;

use super::{Reader, SOURCE};
use crate::archive::Error;
use crate::archive::index::plan::{SearchPlan, SeqRange};
use crate::archive::index::unindexed::Unindexed;

/// What is read of each message.
const COLUMNS: &str = "messages.seq, messages.fid, media.state, media.bytes";
/// So many numbers are held in memory at a time.
const AT_ONCE: usize = 10_000;

impl Reader {
    /// How far the files of messages are; one that came with several messages counts once. The times of a query count from
    /// `now`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn weigh(&self, selection: &Selection, now: DateTime<Utc>) -> Result<Weight, Error> {
        let (mut weight, mut seen) = (Weight::default(), HashSet::new());
        let mut add = |row: &Row<'_>| -> rusqlite::Result<Seq> {
            let (fid, state): (Option<i64>, Option<String>) = (row.get(1)?, row.get(2)?);
            match state.as_deref() {
                _ if fid.is_none_or(|fid| !seen.insert(fid)) => {}
                Some("queued") => weight.coming += 1,
                Some("done") => {
                    weight.saved += 1;
                    weight.saved_bytes += row.get::<_, Option<u64>>(3)?.unwrap_or_default();
                }
                Some(_) | None => weight.new += 1,
            }
            row.get(0)
        };
        let transaction = self.connection.unchecked_transaction()?;
        match selection {
            Selection::Seqs(seqs) => {
                let sql = format!("SELECT {COLUMNS} FROM {SOURCE} WHERE messages.seq = ?1");
                let mut statement = transaction.prepare_cached(&sql)?;
                for seq in seqs {
                    statement.query_row([seq], &mut add).optional()?;
                }
            }
            Selection::Query(query) => {
                let has_file = Query { terms: vec![Term { is_not: false, test: Test::HasFile }] };
                let plan = SearchPlan::new(&transaction, &self.unindexed, &query.and(&has_file), now)?;
                let mut after = 0;
                while let Some(last) =
                    plan.rows(&transaction, COLUMNS, SeqRange::After(after), AT_ONCE, &mut add)?.last().copied()
                {
                    after = last;
                }
            }
        }
        Ok(weight)
    }

    /// The first message that came with a file, if it is still there.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn first_with(&self, fid: FileId) -> Result<Option<Record>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT min(seq) FROM messages WHERE fid = ?1")?;
        match statement.query_row([fid.0.cast_signed()], |row| row.get(0))? {
            Some(seq) => self.record(seq),
            None => Ok(None),
        }
    }
}

/// Queues media; what is done stays done.
pub(in crate::archive) fn want(
    transaction: &Transaction<'_>,
    unindexed: &Unindexed,
    wanted: &Selection,
    now: DateTime<Utc>,
) -> rusqlite::Result<u64> {
    const ON_CONFLICT: &str = "ON CONFLICT (fid) DO UPDATE
        SET state = 'queued', attempts = 0, next_try_at = excluded.next_try_at, reason = NULL, reason_json = NULL
        WHERE state <> 'done'";
    let now = now.timestamp_millis();
    let mut queued = 0;
    let mut queue = |condition: &str, value: &dyn rusqlite::ToSql| -> rusqlite::Result<()> {
        let select = "SELECT DISTINCT fid, 'queued', ?1, account FROM messages WHERE fid IS NOT NULL AND";
        let sql = format!("INSERT INTO media (fid, state, next_try_at, account) {select} {condition} {ON_CONFLICT}");
        queued += transaction.prepare_cached(&sql)?.execute(params![now, value])?;
        Ok(())
    };
    match wanted {
        Selection::Seqs(seqs) => seqs.iter().try_for_each(|seq| queue("seq = ?2", seq))?,
        Selection::Query(query) => {
            // A page at a time, each in the order of the archive.
            let plan = SearchPlan::new(
                transaction,
                unindexed,
                query,
                DateTime::from_timestamp_millis(now).unwrap_or_default(),
            )?;
            let mut after = 0;
            loop {
                let seqs: Vec<Seq> =
                    plan.rows(transaction, "messages.seq", SeqRange::After(after), AT_ONCE, |row| row.get(0))?;
                let Some(last) = seqs.last() else { break };
                after = *last;
                seqs.iter().try_for_each(|seq| queue("seq = ?2", seq))?;
            }
        }
    }
    Ok(queued as u64)
}

/// Says how far a medium is, one that nobody asked for included; whose it is stays.
pub(in crate::archive) fn settle(transaction: &Transaction<'_>, fid: FileId, stage: &Stage) -> rusqlite::Result<()> {
    const SETTLE: &str =
        "INSERT INTO media (fid, state, attempts, next_try_at, reason, file, bytes, sha256, reason_json)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (fid) DO UPDATE SET
            state = ?2, attempts = ?3, next_try_at = ?4, reason = ?5, file = ?6, bytes = ?7, sha256 = ?8,
            reason_json = ?9";
    let mut settle = transaction.prepare_cached(SETTLE)?;
    let fid = fid.0.cast_signed();
    let (none, nothing) = (0, rusqlite::types::Null);
    let updated = match stage {
        // What was given up meanwhile stays so, until it is wanted again.
        Stage::Queued { attempts, next_try_at, reason } => {
            transaction.prepare_cached(&format!("{SETTLE} WHERE state = 'queued'"))?.execute(params![
                fid,
                "queued",
                attempts,
                next_try_at.timestamp_millis(),
                reason.as_ref().map(ToString::to_string),
                nothing,
                nothing,
                nothing,
                reason.as_ref().map(Reason::to_json)
            ])
        }
        Stage::Done { file, bytes, sha256 } => {
            settle.execute(params![fid, "done", none, none, nothing, file, bytes, sha256, nothing])
        }
        Stage::Failed { reason } => {
            let (words, json) = (reason.to_string(), reason.to_json());
            settle.execute(params![fid, "failed", none, none, words, nothing, nothing, nothing, json])
        }
    };
    updated.map(drop)
}
