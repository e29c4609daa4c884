//! Reading: pages for the dashboard, batches for `serve` and `export`, and what the downloads look for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use crate::query::Query;
use crate::reason::Reason;
use crate::record::media::{Job, Stage};
use crate::record::page::{Anchor, Page, Request, Total};
use crate::record::traffic::Call;
use crate::record::{Record, Seq};
use crate::weibo::{FileId, Kind};

use super::index::plan::{SearchPlan, SeqRange, is_of};
use super::index::unindexed::Unindexed;
use super::index::{blocks as index, postings, windows};
use super::{AccountFilter, Error, schema};

mod health;
pub(super) mod media;
pub(super) mod retention;
mod statistics;

pub use health::sqlite_version;

/// What [`record`] reads, in its order.
const COLUMNS: &str = "messages.seq, received_at, verified, deliveries, reply, raw,
    state, attempts, next_try_at, reason, file, bytes, sha256, reason_json, is_read, is_starred, messages.account";
/// What [`stage`] reads, in its order.
const STAGE: &str = "state, attempts, next_try_at, reason, file, bytes, sha256, reason_json";
/// Where it reads it.
pub(super) const SOURCE: &str = "messages LEFT JOIN media ON media.fid = messages.fid";

/// A medium that may be fetched now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueMedium {
    /// Which.
    pub fid: FileId,
    /// Tries that failed so far.
    pub attempts: u32,
}

/// How many media are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Waiting, or being fetched.
    pub queued: u64,
    /// On disk.
    pub done: u64,
    /// Given up.
    pub failed: u64,
}

/// A connection of its own for reading. Its methods block.
#[derive(Debug)]
pub struct Reader {
    directory: PathBuf,
    /// The file that it reads.
    file: Option<schema::FileIdentity>,
    pub(super) connection: Connection,
    pub(super) unindexed: Arc<Unindexed>,
}

impl Reader {
    /// Opens the archive in a data directory, also while another process writes to it.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`], [`Error::Open`], [`Error::Version`] or [`Error::Outdated`].
    pub fn open(data_dir: &Path) -> Result<Self, Error> {
        Self::with(data_dir, Arc::default())
    }

    /// As [`Reader::open`], with the unindexed entries of a writer in the same process.
    pub(super) fn with(data_dir: &Path, unindexed: Arc<Unindexed>) -> Result<Self, Error> {
        let (directory, file) = (data_dir.to_owned(), schema::file_of(data_dir));
        schema::open_read_only(data_dir).map(|connection| Self { directory, file, connection, unindexed })
    }

    /// Reads another file from here on if one has taken the archive's place, as after a damage; returns whether it does. For
    /// readers that are kept.
    pub fn refresh(&mut self) -> bool {
        let found = schema::file_of(&self.directory);
        let other =
            (found.is_some() && found != self.file).then(|| Self::with(&self.directory, Arc::clone(&self.unindexed)));
        let Some(Ok(other)) = other else { return false };
        *self = other;
        true
    }

    /// A number that is another one after other connections wrote, those of other processes included.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn version(&self) -> Result<i64, Error> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// The page that is asked for and the counts, both of one moment.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], as all methods here.
    pub fn page(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Page, Error> {
        let transaction = self.connection.transaction()?;
        let plan = SearchPlan::new(&transaction, &self.unindexed, &request.query, now)?;
        let limit = request.limit;
        let find = |side, limit| plan.rows(&transaction, COLUMNS, side, limit, record);
        let mut page = Page { request: request.clone(), ..Page::default() };
        let (newer, from) = match request.anchor {
            Anchor::Newest => (Vec::new(), Seq::MAX >> 1),
            Anchor::Oldest => (find(SeqRange::After(0), limit)?, 0),
            Anchor::Around(seq) => (find(SeqRange::After(seq), limit / 2)?, seq + 1),
        };
        // One more than there is room for tells whether there are more.
        let room = limit - newer.len();
        // Whoever starts at the newest passes all that count.
        let counted = if request.anchor == Anchor::Newest && request.query.kinds().is_none() { COUNTED + 1 } else { 0 };
        let (older, n) =
            plan.rows_and_count(&transaction, COLUMNS, SeqRange::Before(from), (room + 1, counted), record)?;
        page.has_older = older.len() > room;
        page.records = newer.into_iter().rev().chain(older).take(limit).collect();
        windows::fill(&transaction, &self.unindexed, &mut page.records)?;
        if let (Anchor::Oldest | Anchor::Around(_), Some(first)) = (request.anchor, page.records.first()) {
            page.newer = count(&transaction, &request.query, &plan, first.seq)?;
        }
        count_all(&transaction, &mut page)?;
        page.total = match request.query.kinds() {
            Some(kinds) => Total { n: page.counts.sum(kinds), is_more: false },
            None if counted > 0 => total(n),
            None => count(&transaction, &request.query, &plan, 0)?,
        };
        Ok(page)
    }

    /// At most `limit` records after a seq, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn after(&self, seq: Seq, limit: usize) -> Result<Vec<Record>, Error> {
        Ok(records(&self.connection, SeqRange::After(seq), limit)?)
    }

    /// The number of the last of the `count` messages after a seq, or of fewer if there are not so many; `None` if there
    /// is none. Cheaper than reading them.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn end_of_batch(&self, seq: Seq, count: usize) -> Result<Option<Seq>, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT max(seq) FROM (SELECT seq FROM messages WHERE seq > ?1 ORDER BY seq LIMIT ?2)")?;
        Ok(statement.query_row(params![seq, count], |row| row.get(0))?)
    }

    /// All records after a seq and up to another that a query finds, oldest first; its times count from `now`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn find_between(&self, query: &Query, after: Seq, last: Seq, now: DateTime<Utc>) -> Result<Vec<Record>, Error> {
        let limit = usize::try_from(last.saturating_sub(after)).unwrap_or(usize::MAX >> 1);
        let side = SeqRange::Between(after, last);
        // Nothing of the reply window is printed, so that it is not looked up.
        let transaction = self.connection.unchecked_transaction()?;
        let plan = SearchPlan::new(&transaction, &self.unindexed, query, now)?;
        Ok(plan.rows(&transaction, COLUMNS, side, limit, record)?)
    }

    /// The nearest message that a query finds, older or newer than a seq; its times count from `now`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn find(&self, query: &Query, from: Seq, is_older: bool, now: DateTime<Utc>) -> Result<Option<Seq>, Error> {
        let side = if is_older { SeqRange::Before(from) } else { SeqRange::After(from) };
        let transaction = self.connection.unchecked_transaction()?;
        let plan = SearchPlan::new(&transaction, &self.unindexed, query, now)?;
        Ok(plan.rows(&transaction, "messages.seq", side, 1, |row| row.get(0))?.pop())
    }

    /// Media of some that are queued and may be tried at `now`, in the order they were asked for, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn due(&self, accounts: &AccountFilter, now: DateTime<Utc>, limit: usize) -> Result<Vec<DueMedium>, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT fid, attempts FROM media WHERE state = 'queued' AND next_try_at <= ?1 {}
             ORDER BY next_try_at, fid LIMIT ?2",
            accounts.condition()
        ))?;
        let rows = statement.query_map(params![now.timestamp_millis(), limit], |row| {
            Ok(DueMedium { fid: file_id(row.get(0)?), attempts: row.get(1)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the next queued medium of some may be tried, which may be past; `None` when none is queued.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn next_due(&self, accounts: &AccountFilter) -> Result<Option<DateTime<Utc>>, Error> {
        let sql = format!("SELECT min(next_try_at) FROM media WHERE state = 'queued' {}", accounts.condition());
        let millis: Option<i64> = self.connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
        Ok(millis.map(time))
    }

    /// How many media of some are in which state.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn tally(&self, accounts: &AccountFilter) -> Result<Tally, Error> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'done'),
                    count(*) FILTER (WHERE state = 'failed') FROM media WHERE true {}",
            accounts.condition()
        ))?;
        Ok(statement.query_row([], |row| Ok(Tally { queued: row.get(0)?, done: row.get(1)?, failed: row.get(2)? }))?)
    }

    /// How far a medium is; `None` while nobody asked for it.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn stage(&self, fid: FileId) -> Result<Option<Stage>, Error> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT {STAGE} FROM media WHERE fid = ?1"))?;
        let mut rows = statement.query_map([fid.0.cast_signed()], |row| stage(row, 0))?;
        Ok(rows.next().transpose()?.flatten())
    }

    /// The media that were asked for, at most `limit` of each state: those that wait in the order of their next try, then
    /// those given up and those on disk, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
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
                let (fid, seq) = (file_id(row.get(0)?), row.get(1)?);
                Ok(stage(row, 2)?.map(|stage| Job { fid, seq, stage }))
            })?;
            for job in rows {
                jobs.extend(job?);
            }
        }
        Ok(jobs)
    }

    /// The message with this number, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn record(&self, seq: Seq) -> Result<Option<Record>, Error> {
        Ok(records(&self.connection, SeqRange::After(seq.saturating_sub(1)), 1)?
            .into_iter()
            .find(|record| record.seq == seq))
    }

    /// The newest entries of the request log, newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn calls(&self, limit: usize) -> Result<Vec<Call>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT at, remote, method, path, status, reason, reason_json FROM calls ORDER BY seq DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([limit], |row| {
            Ok(Call {
                at: time(row.get(0)?),
                remote: row.get(1)?,
                method: row.get(2)?,
                path: row.get(3)?,
                status: row.get(4)?,
                reason: reason(row, 5, 6)?.unwrap_or_else(|| Reason::other("")),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A number is counted so far and no further: a search must not wait for the last of a million hits.
const COUNTED: usize = 1_000;

/// How many messages after a seq a query finds.
fn count(connection: &Connection, query: &Query, plan: &SearchPlan, seq: Seq) -> rusqlite::Result<Total> {
    if let Some(kinds) = query.kinds() {
        return Ok(Total { n: count_after(connection, kinds, seq)?, is_more: false });
    }
    Ok(total(plan.count(connection, SeqRange::After(seq), COUNTED + 1)?))
}

/// What is said of so many messages.
fn total(n: usize) -> Total {
    Total { n: n.min(COUNTED) as u64, is_more: n > COUNTED }
}

/// Records on one side of a seq.
fn records(connection: &Connection, side: SeqRange, limit: usize) -> rusqlite::Result<Vec<Record>> {
    let (seq, bounds, order) = side.of("seq");
    let sql = format!("SELECT {COLUMNS} FROM {SOURCE} WHERE {bounds} ORDER BY seq {order} LIMIT ?2");
    connection.prepare_cached(&sql)?.query_map(params![seq, limit], record)?.collect()
}

/// How many messages of some kinds come after a seq: whole blocks from what is kept, its own block row by row.
fn count_after(connection: &Connection, kinds: &[Kind], seq: Seq) -> rusqlite::Result<u64> {
    let block = postings::block(seq);
    let of_kinds = is_of(kinds);
    let sql = format!(
        "SELECT (SELECT coalesce(sum(n), 0) FROM spans WHERE {of_kinds} AND block > ?1)
              + (SELECT count(*) FROM messages WHERE seq > ?2 AND seq < ?3 AND {of_kinds})"
    );
    let next = postings::start(block + 1);
    connection.prepare_cached(&sql)?.query_row([block, seq, next], |row| row.get(0))
}

/// What is kept of all messages, whatever is looked for.
fn count_all(connection: &Connection, page: &mut Page) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT kind, n FROM counts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, n): (String, u64) = (row.get(0)?, row.get(1)?);
        match Kind::from_name(&kind) {
            Some(kind) => page.counts.set(kind, n),
            None if kind == index::UNREAD => page.unread = n,
            None if kind == index::REAL => page.is_first_run = n == 0,
            None => {}
        }
    }
    Ok(())
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let mut record = Record::new(row.get(0)?, time(row.get(1)?), row.get(5)?);
    record.verified = row.get(2)?;
    record.deliveries = row.get(3)?;
    record.reply = row.get(4)?;
    record.medium = stage(row, 6)?;
    record.is_read = row.get(14)?;
    record.is_starred = row.get(15)?;
    record.account = row.get(16)?;
    Ok(record)
}

/// The stage in the columns of [`STAGE`] from `at` on.
fn stage(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Stage>> {
    let Some(state) = row.get::<_, Option<String>>(at)? else { return Ok(None) };
    match state.as_str() {
        "queued" => Ok(Stage::Queued {
            attempts: row.get(at + 1)?,
            next_try_at: time(row.get(at + 2)?),
            reason: reason(row, at + 3, at + 7)?,
        }),
        "done" => Ok(Stage::Done { file: row.get(at + 4)?, bytes: row.get(at + 5)?, sha256: row.get(at + 6)? }),
        "failed" => Ok(Stage::Failed { reason: reason(row, at + 3, at + 7)?.unwrap_or_else(|| Reason::other("")) }),
        _ => Err(rusqlite::Error::InvalidColumnType(at, state, Type::Text)),
    }
    .map(Some)
}

/// The reason in the columns of its English words and of its code; `None` without words.
fn reason(row: &Row<'_>, words: usize, json: usize) -> rusqlite::Result<Option<Reason>> {
    let json: Option<String> = row.get(json)?;
    let words: Option<String> = row.get(words)?;
    Ok(words.map(|words| Reason::from_stored(&words, json.as_deref())))
}

pub(super) fn file_id(stored: i64) -> FileId {
    FileId(stored.cast_unsigned())
}

/// Unix milliseconds; a value out of range, which we never wrote, is the epoch.
pub(super) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}
