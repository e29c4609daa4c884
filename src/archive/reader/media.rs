//! Reads the media: the download queue, the state of each medium, the size of a bulk download, and the message of
//! a medium.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::archive::Error;
use crate::archive::connection::statements::Statements as _;
use crate::archive::index::{SearchPlan, SeqRange};
use crate::archive::row::{self, SOURCE, STAGE};
use crate::query::{Query, Term, Test};
use crate::record::media::{Job, MediumOrigin, Stage, Weight};
use crate::record::page::Selection;
use crate::record::{Record, Seq};
use crate::weibo::FileId;

use super::people::Lookup;
use super::{AccountFilter, Reader};

/// The columns read for each message.
const COLUMNS: &str = "messages.seq, messages.fid, media.state, media.bytes";
/// The maximum number of messages in memory at a time.
const AT_ONCE: usize = 10_000;

/// A medium that may be fetched now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueMedium {
    /// The id of the medium.
    pub fid: FileId,
    /// The number of failed attempts so far.
    pub attempts: u32,
}

/// The number of media in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Media that wait or are being fetched.
    pub queued: u64,
    /// Media on disk.
    pub done: u64,
    /// Media that were given up.
    pub failed: u64,
}

impl Reader {
    /// Returns at most `limit` media of these accounts that are queued and may be tried at `now`, in the order
    /// in which they were requested.
    pub fn due(&self, accounts: &AccountFilter, now: DateTime<Utc>, limit: usize) -> Result<Vec<DueMedium>, Error> {
        let sql = format!(
            "SELECT fid, attempts FROM media WHERE state = 'queued' AND next_try_at <= ?1 {}
             ORDER BY next_try_at, fid LIMIT ?2",
            accounts.condition()
        );
        self.all(&sql, params![now.timestamp_millis(), limit], |row| {
            Ok(DueMedium { fid: row::file_id(row.get(0)?), attempts: row.get(1)? })
        })
    }

    /// Returns the time from which the next queued medium of these accounts may be tried, which may be past;
    /// `None` if none is queued.
    pub fn next_due(&self, accounts: &AccountFilter) -> Result<Option<DateTime<Utc>>, Error> {
        let sql = format!("SELECT min(next_try_at) FROM media WHERE state = 'queued' {}", accounts.condition());
        let millis: Option<i64> = self.connection.value(&sql, [])?;
        Ok(millis.map(row::time))
    }

    /// Returns the number of media of these accounts in each state.
    pub fn tally(&self, accounts: &AccountFilter) -> Result<Tally, Error> {
        let sql = format!(
            "SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'done'),
                    count(*) FILTER (WHERE state = 'failed') FROM media WHERE true {}",
            accounts.condition()
        );
        let tally = |row: &Row<'_>| Ok(Tally { queued: row.get(0)?, done: row.get(1)?, failed: row.get(2)? });
        Ok(self.connection.one(&sql, [], tally)?)
    }

    /// Returns the stage of a medium; `None` if it was never requested.
    pub fn stage(&self, fid: FileId) -> Result<Option<Stage>, Error> {
        let sql = format!("SELECT {STAGE} FROM media WHERE fid = ?1");
        Ok(self.connection.find(&sql, [fid.0.cast_signed()], |row| row::stage(row, 0))?.flatten())
    }

    /// Returns the requested media, at most `limit` of each state: those that wait in the order of their next
    /// attempt, then those given up and those on disk, newest first.
    pub fn jobs(&self, limit: usize) -> Result<Vec<Job>, Error> {
        let mut jobs = Vec::new();
        for (state, order) in [("queued", "next_try_at, fid"), ("failed", "fid DESC"), ("done", "fid DESC")] {
            let sql = format!(
                "SELECT fid, (SELECT max(seq) FROM messages WHERE messages.fid = media.fid),
                        {STAGE}
                 FROM media WHERE state = '{state}' ORDER BY {order} LIMIT ?1"
            );
            let mut statement = self.connection.prepare_cached(&sql)?;
            let rows = statement.query_map([limit], |row| {
                let (fid, seq) = (row::file_id(row.get(0)?), row.get(1)?);
                Ok(row::stage(row, 2)?.map(|stage| Job { fid, seq, origin: None, stage }))
            })?;
            for job in rows {
                jobs.extend(job?);
            }
        }
        let mut lookup = Lookup::new(&self.connection)?;
        for job in &mut jobs {
            let Some(mut record) = job.seq.map(|seq| self.record(seq)).transpose()?.flatten() else { continue };
            record.sender = record.message.sender_id.map(|fan| lookup.sender(fan)).transpose()?.unwrap_or_default();
            job.origin = Some(MediumOrigin::of(&record));
        }
        Ok(jobs)
    }

    /// Returns the number of files of messages by stage, and the size of the saved ones; a file that came with
    /// several messages counts once. The times of a query count from `now`.
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
                while let Some(last) = plan.rows(COLUMNS, SeqRange::After(after), AT_ONCE, &mut add)?.last().copied() {
                    after = last;
                }
            }
        }
        Ok(weight)
    }

    /// Returns the first message that came with a file, if it is still there.
    pub fn first_with(&self, fid: FileId) -> Result<Option<Record>, Error> {
        match self.connection.value("SELECT min(seq) FROM messages WHERE fid = ?1", [fid.0.cast_signed()])? {
            Some(seq) => self.record(seq),
            None => Ok(None),
        }
    }
}
