//! Messages: a page with its counts, batches in order, and single ones.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::archive::Error;
use crate::archive::index::{self, SearchPlan, SeqRange};
use crate::archive::row::{COLUMNS, SOURCE, record};
use crate::archive::spans;
use crate::query::Query;
use crate::record::page::{Anchor, Page, Request, Total};
use crate::record::{Record, Seq};
use crate::weibo::Kind;

use super::Reader;

impl Reader {
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
        // A record more than there is room for tells whether there are others.
        let room = limit - newer.len();
        // A walk from the newest message on passes all that are counted.
        let counted = if request.anchor == Anchor::Newest && request.query.kinds().is_none() { COUNTED + 1 } else { 0 };
        let (older, n) =
            plan.rows_and_count(&transaction, COLUMNS, SeqRange::Before(from), (room + 1, counted), record)?;
        page.has_older = older.len() > room;
        page.records = newer.into_iter().rev().chain(older).take(limit).collect();
        index::fill_windows(&transaction, &self.unindexed, &mut page.records)?;
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
}

/// Hits are counted up to this number, because a search must not wait for the last of a million.
const COUNTED: usize = 1_000;

/// How many messages after a seq a query finds.
fn count(connection: &Connection, query: &Query, plan: &SearchPlan, seq: Seq) -> rusqlite::Result<Total> {
    if let Some(kinds) = query.kinds() {
        return Ok(Total { n: spans::count_after(connection, kinds, seq)?, is_more: false });
    }
    Ok(total(plan.count(connection, SeqRange::After(seq), COUNTED + 1)?))
}

/// What is said of a number that was counted so far.
fn total(n: usize) -> Total {
    Total { n: n.min(COUNTED) as u64, is_more: n > COUNTED }
}

/// Records on one side of a seq.
fn records(connection: &Connection, side: SeqRange, limit: usize) -> rusqlite::Result<Vec<Record>> {
    let (seq, bounds, order) = side.of("seq");
    let sql = format!("SELECT {COLUMNS} FROM {SOURCE} WHERE {bounds} ORDER BY seq {order} LIMIT ?2");
    connection.prepare_cached(&sql)?.query_map(params![seq, limit], record)?.collect()
}

/// What is kept of all messages, whatever is looked for.
fn count_all(connection: &Connection, page: &mut Page) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT kind, n FROM counts")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, n): (String, u64) = (row.get(0)?, row.get(1)?);
        match Kind::from_name(&kind) {
            Some(kind) => page.counts.set(kind, n),
            None if kind == spans::UNREAD => page.unread = n,
            None if kind == spans::REAL => page.is_first_run = n == 0,
            None => {}
        }
    }
    Ok(())
}
