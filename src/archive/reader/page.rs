//! Reads messages: a page with its counts, batches in order, and single messages.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::archive::Error;
use crate::archive::connection::statements::Statements as _;
use crate::archive::index::{self, SearchPlan, SeqRange, Unindexed};
use crate::archive::row::{COLUMNS, SOURCE, record};
use crate::archive::spans;
use crate::query::Query;
use crate::record::page::{Anchor, Page, Request, Total};
use crate::record::{Record, Seq};
use crate::weibo::Kind;

use super::{Reader, outbox, people, removals};

impl Reader {
    /// Returns the requested page and the counts, both from the same state of the archive.
    pub fn page(&mut self, request: &Request, now: DateTime<Utc>) -> Result<Page, Error> {
        self.connection.pragma_update(None, "cache_size", CACHE)?;
        let transaction = self.connection.transaction()?;
        let plan = SearchPlan::new(&transaction, &self.unindexed, &request.query, now)?;
        let limit = request.limit;
        let find = |side, limit| plan.rows(KEYS, side, limit, key);
        let mut page = Page { request: request.clone(), ..Page::default() };
        let (from, most_newer) = match request.anchor {
            Anchor::Newest => (Seq::MAX >> 1, 0),
            Anchor::Oldest => (0, limit),
            Anchor::Around(seq) => (seq + 1, limit / 2),
        };
        let newer = find(SeqRange::After(from.saturating_sub(1)), most_newer)?;
        // Reading from the newest message on visits all messages that are counted.
        let counted = if request.anchor == Anchor::Newest && request.query.kinds().is_none() { COUNTED + 1 } else { 0 };
        // One message more than fits shows whether there are older ones.
        let most_older = limit - newer.len() + 1;
        let (older, n) = plan.rows_and_count(KEYS, SeqRange::Before(from), (most_older, counted), key)?;
        let kept = kept(&transaction, &plan, &request.keep, &[&newer, &older])?;
        let of_kept = |is_newer: bool| kept.iter().copied().filter(move |(seq, _)| (*seq >= from) == is_newer);
        let newer = merged(newer, of_kept(true), most_newer, |(seq, _)| *seq);
        let room = limit - newer.len();
        let older = merged(older, of_kept(false), room + 1, |(seq, _)| Reverse(*seq));
        // The requested message is the first of the older ones.
        let mut bytes = PAGE_BYTES;
        let mut half = if request.anchor == Anchor::Oldest { bytes } else { bytes / 2 };
        let n_newer = fitting(&newer, &mut half, usize::from(request.anchor == Anchor::Oldest));
        bytes -= newer.iter().take(n_newer).map(|(_, bytes)| bytes).sum::<usize>().min(bytes);
        let n_older = fitting(&older, &mut bytes, 1).min(room);
        page.has_older = older.len() > n_older;
        let keys = newer.iter().take(n_newer).rev().chain(older.iter().take(n_older));
        let mut by_seq = transaction.prepare_cached(&by_seq())?;
        page.records = keys.map(|(seq, _)| by_seq.query_row([seq], record)).collect::<rusqlite::Result<_>>()?;
        index::fill_windows(&transaction, &self.unindexed, &mut page.records)?;
        people::fill(&transaction, &mut page.records)?;
        page.replies = outbox::replies_to(&transaction, &page.records)?;
        page.kept = kept.iter().map(|(seq, _)| *seq).collect();
        if let (Anchor::Oldest | Anchor::Around(_), Some(first)) = (request.anchor, page.records.first()) {
            page.newer = count(&transaction, &request.query, &plan, first.seq)?;
            page.newer.n += page.kept.iter().filter(|seq| **seq > first.seq).count() as u64;
        }
        count_all(&transaction, &mut page)?;
        page.total = match request.query.kinds() {
            Some(kinds) => Total { n: page.counts.sum(kinds), is_more: false },
            None if counted > 0 => total(n),
            None => count(&transaction, &request.query, &plan, 0)?,
        };
        page.total.n += page.kept.len() as u64;
        page.wider =
            request.wider.as_ref().map(|wider| n_found(&transaction, &self.unindexed, wider, now)).transpose()?;
        for name in &request.accounts {
            let total = n_found(&transaction, &self.unindexed, &Query::of_account(name), now)?;
            page.by_account.push((name.clone(), total));
        }
        Ok(page)
    }

    /// Returns the number of messages that each query finds.
    pub fn count_each(&self, queries: Vec<Query>, now: DateTime<Utc>) -> Result<Vec<(Query, Total)>, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let counted = queries.into_iter().map(|query| {
            let total = n_found(&transaction, &self.unindexed, &query, now)?;
            Ok((query, total))
        });
        counted.collect()
    }

    /// Returns at most `limit` records after a seq, oldest first.
    pub fn after(&self, seq: Seq, limit: usize) -> Result<Vec<Record>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM {SOURCE} WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        self.all(&sql, params![seq, limit], record)
    }

    /// Returns the number of the last of the next `count` messages after a seq, or of fewer if there are not as
    /// many or their bodies take more than a megabyte; `None` if there is none. Cheaper than reading the
    /// messages.
    pub fn end_of_batch(&self, seq: Seq, count: usize) -> Result<Option<Seq>, Error> {
        let sql = format!("SELECT {KEYS} FROM messages WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![seq, count])?;
        let (mut last, mut n_bytes) = (None, 0);
        while let Some(row) = rows.next()? {
            let (seq, bytes) = key(row)?;
            n_bytes += bytes;
            if last.is_some() && n_bytes > BATCH_BYTES {
                break;
            }
            last = Some(seq);
        }
        Ok(last)
    }

    /// Returns all records after a seq and up to another that a query finds, oldest first; the query's times
    /// count from `now`.
    pub fn find_between(&self, query: &Query, after: Seq, last: Seq, now: DateTime<Utc>) -> Result<Vec<Record>, Error> {
        let limit = usize::try_from(last.saturating_sub(after)).unwrap_or(usize::MAX >> 1);
        let side = SeqRange::Between(after, last);
        // The reply window is not looked up, because it is never printed.
        let transaction = self.connection.unchecked_transaction()?;
        let plan = SearchPlan::new(&transaction, &self.unindexed, query, now)?;
        Ok(plan.rows(COLUMNS, side, limit, record)?)
    }

    /// Returns the nearest message that a query finds, older or newer than a seq; the query's times count from
    /// `now`.
    pub fn find(&self, query: &Query, from: Seq, is_older: bool, now: DateTime<Utc>) -> Result<Option<Seq>, Error> {
        let side = if is_older { SeqRange::Before(from) } else { SeqRange::After(from) };
        let transaction = self.connection.unchecked_transaction()?;
        let plan = SearchPlan::new(&transaction, &self.unindexed, query, now)?;
        Ok(plan.rows("messages.seq", side, 1, |row| row.get(0))?.pop())
    }

    /// Returns the message with this number, if there is one.
    pub fn record(&self, seq: Seq) -> Result<Option<Record>, Error> {
        Ok(self.connection.find(&by_seq(), [seq], record)?)
    }
}

/// Returns the messages in `keep` that still exist but no longer match the query, newest first. Those in `found`
/// match.
fn kept(
    connection: &Connection,
    plan: &SearchPlan<'_>,
    keep: &[Seq],
    found: &[&[(Seq, usize)]],
) -> rusqlite::Result<Vec<(Seq, usize)>> {
    let is_found = |seq: Seq| found.iter().any(|keys| keys.iter().any(|(other, _)| *other == seq));
    let visible = removals::condition(connection)?;
    let mut by_seq = connection.prepare_cached(&format!("SELECT {KEYS} FROM messages WHERE seq = ?1{visible}"))?;
    let mut kept = Vec::new();
    let wanted: BTreeSet<Seq> = keep.iter().copied().filter(|seq| !is_found(*seq)).collect();
    for seq in wanted {
        if plan.count(SeqRange::Between(seq.saturating_sub(1), seq), 1)? == 0 {
            kept.extend(by_seq.query_row([seq], key).optional()?);
        }
    }
    kept.sort_unstable_by_key(|(seq, _)| Reverse(*seq));
    Ok(kept)
}

/// Merges found and kept messages in the order of `by`, and truncates them to `limit`.
fn merged<K: Ord>(
    found: Vec<(Seq, usize)>,
    kept: impl Iterator<Item = (Seq, usize)>,
    limit: usize,
    by: fn(&(Seq, usize)) -> K,
) -> Vec<(Seq, usize)> {
    let mut all: Vec<_> = found.into_iter().chain(kept).collect();
    all.sort_unstable_by_key(by);
    all.truncate(limit);
    all
}

/// SQLite's page cache for searches; a negative number is in KiB. A phrase in ten million messages reads some 20
/// MB of the index, and the next page or the word with one more letter reads most of that again. A commit empties
/// the cache. With the default of 2 MB a search takes twice as long. Readers that read no pages do not use it.
const CACHE: i32 = -(32 << 10);

/// The maximum total length of the bodies on a page in bytes; a single message may be longer. Parsed bodies take
/// some three times as much, and a dashboard may hold one page while it receives the next.
const PAGE_BYTES: usize = 4 << 20;
/// The maximum total length of the bodies in a batch; several batches may be in progress.
const BATCH_BYTES: usize = 1 << 20;

/// The columns that [`key`] reads.
const KEYS: &str = "messages.seq, length(raw)";

/// Reads the number of a message and the length of its body, without reading the body.
fn key(row: &Row<'_>) -> rusqlite::Result<(Seq, usize)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// Returns how many of the messages fit into `bytes`, at least `at_least`, and reduces `bytes`.
fn fitting(keys: &[(Seq, usize)], bytes: &mut usize, at_least: usize) -> usize {
    let fits = |(index, (_, length)): &(usize, &(Seq, usize))| {
        let fits = *index < at_least || length <= bytes;
        *bytes = bytes.saturating_sub(*length);
        fits
    };
    keys.iter().enumerate().take_while(fits).count()
}

/// The maximum number of hits counted, because a search must not wait for the last of a million.
const COUNTED: usize = 1_000;

/// Counts the messages that a query finds.
fn n_found(
    connection: &Connection,
    unindexed: &Unindexed,
    query: &Query,
    now: DateTime<Utc>,
) -> rusqlite::Result<Total> {
    count(connection, query, &SearchPlan::new(connection, unindexed, query, now)?, 0)
}

/// Counts the messages after a number that a query finds.
fn count(connection: &Connection, query: &Query, plan: &SearchPlan<'_>, seq: Seq) -> rusqlite::Result<Total> {
    if let Some(kinds) = query.kinds() {
        let hidden = removals::count_after(connection, kinds, seq)?;
        let n = spans::count_after(connection, kinds, seq)?.saturating_sub(hidden);
        return Ok(Total { n, is_more: false });
    }
    Ok(total(plan.count(SeqRange::After(seq), COUNTED + 1)?))
}

/// Returns the total for a number counted up to the limit.
fn total(n: usize) -> Total {
    Total { n: n.min(COUNTED) as u64, is_more: n > COUNTED }
}

/// Returns the SQL that reads the record with a number.
fn by_seq() -> String {
    format!("SELECT {COLUMNS} FROM {SOURCE} WHERE messages.seq = ?1")
}

/// Reads the counts of all messages, independent of the query.
fn count_all(connection: &Connection, page: &mut Page) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT kind, n FROM counts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, n): (String, u64) = (row.get(0)?, row.get(1)?);
        match Kind::from_name(&kind) {
            Some(kind) => page.counts.set(kind, n),
            None if kind == spans::UNREAD => page.unread = n,
            None if kind == spans::REAL => page.archive.is_first_run = n == 0,
            None => {}
        }
    }
    page.archive.indexed_again = index::indexed_again(connection)?;
    removals::uncount(connection, page)
}
