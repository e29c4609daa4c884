//! Messages: a page with its counts, batches in order, and single ones.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

use crate::archive::Error;
use crate::archive::index::{self, SearchPlan, SeqRange};
use crate::archive::row::{COLUMNS, SOURCE, record};
use crate::archive::spans;
use crate::query::{Query, Term};
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
        let find = |side, limit| plan.rows(&transaction, KEYS, side, limit, key);
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
        let (older, n) = plan.rows_and_count(&transaction, KEYS, SeqRange::Before(from), (room + 1, counted), key)?;
        // The message that is asked for is the first of the older ones.
        let mut bytes = PAGE_BYTES;
        let mut half = if request.anchor == Anchor::Oldest { bytes } else { bytes / 2 };
        let n_newer = fitting(&newer, &mut half, usize::from(request.anchor == Anchor::Oldest));
        bytes -= newer.iter().take(n_newer).map(|(_, bytes)| bytes).sum::<usize>().min(bytes);
        let n_older = fitting(&older, &mut bytes, 1).min(room);
        page.has_older = older.len() > n_older;
        let keys = newer.iter().take(n_newer).rev().chain(older.iter().take(n_older));
        let mut by_seq =
            transaction.prepare_cached(&format!("SELECT {COLUMNS} FROM {SOURCE} WHERE messages.seq = ?1"))?;
        page.records = keys.map(|(seq, _)| by_seq.query_row([seq], record)).collect::<rusqlite::Result<_>>()?;
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

    /// The number of the last of the `count` messages after a seq, or of fewer if there are not so many or their bodies take
    /// more than a megabyte; `None` if there is none. Cheaper than reading them.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
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

    /// How many messages a query finds that a tab's own query does not, counted up to 1,000; its times count from `now`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn n_outside(&self, query: &Query, tab: &Query, now: DateTime<Utc>) -> Result<Total, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut n = 0;
        // Whatever is not in the tab fails one of its terms first: that one fails, and those before it hold.
        for (index, term) in tab.terms.iter().enumerate() {
            let mut terms = [&query.terms[..], tab.terms.get(..index).unwrap_or_default()].concat();
            terms.push(Term { is_not: !term.is_not, test: term.test.clone() });
            let plan = SearchPlan::new(&transaction, &self.unindexed, &Query { terms }, now)?;
            n += plan.count(&transaction, SeqRange::After(0), COUNTED + 1 - n)?;
            if n > COUNTED {
                break;
            }
        }
        Ok(total(n))
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

/// A page holds at most this many bytes of bodies, or one message. What is made of a body takes some three times as much, and
/// a dashboard may have one page while it takes the next.
const PAGE_BYTES: usize = 4 << 20;
/// The same of a batch, of which several are under way.
const BATCH_BYTES: usize = 1 << 20;

/// What [`key`] reads.
const KEYS: &str = "messages.seq, length(raw)";

/// The number of a message and the length of its body, which is known without reading it.
fn key(row: &Row<'_>) -> rusqlite::Result<(Seq, usize)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// How many of these fit into so many bytes, which become fewer; `at_least` of them always do.
fn fitting(keys: &[(Seq, usize)], bytes: &mut usize, at_least: usize) -> usize {
    let fits = |(index, (_, length)): &(usize, &(Seq, usize))| {
        let fits = *index < at_least || length <= bytes;
        *bytes = bytes.saturating_sub(*length);
        fits
    };
    keys.iter().enumerate().take_while(fits).count()
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
