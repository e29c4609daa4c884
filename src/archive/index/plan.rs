//! Finds the messages of a query. The immutable data of a message is in the search index, or in its entry until
//! the index has it, so several terms are intersected there. Other conditions filter the rows one by one.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params_from_iter};

use crate::archive::connection::statements::Statements as _;
use crate::archive::reader::{outbox, removals};
use crate::archive::spans::{of_kinds, start};
use crate::query::{FileState, Flag, Query, Test};
use crate::record::Seq;
use crate::weibo::window::WINDOW;

use super::entry::{Clause, in_words_of_index};
use super::unindexed::{SearchEntries, Unindexed, end};
use super::{places, windows};

mod bits;
mod people;
mod similar;
mod unsure;
mod walk;

pub(in crate::archive) use similar::{most_frequent, similar_words};
use unsure::Unsure;
use walk::Stop;

/// A prepared query. It is valid for the state of the archive in which it was made: use it in the same
/// transaction.
pub(in crate::archive) struct SearchPlan<'c> {
    connection: &'c Connection,
    /// The clauses that must hold; messages are found through the first one. Without clauses they are scanned by
    /// number.
    must: Vec<Clause>,
    must_not: Vec<Clause>,
    /// The SQL conditions that must hold, as `AND …`.
    filter: String,
    /// The parameters of the filter, from `?3` on; `?1` and `?2` are the lowest and highest number to be read.
    values: Vec<Value>,
    /// The numbers that may have the times of the query.
    range: RangeInclusive<Seq>,
    /// The rows that are scanned if there is no clause.
    source: ScannedRows,
    /// The first number that is not indexed, and the entries from there on; only set if there is a clause.
    indexed: Seq,
    entries: SearchEntries,
    /// The blocks whose words are not all indexed; only set if the query has words.
    unsure: Unsure,
}

/// The rows that are scanned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::archive) enum ScannedRows {
    Messages,
    Places,
    /// Blocks with unread messages.
    Unread,
}

impl ScannedRows {
    /// Returns the SQL that reads a range of numbers, ending in a `WHERE` clause, and its ordering by number.
    fn sql(self, order: &str) -> (&'static str, String) {
        match self {
            Self::Messages => (
                "messages LEFT JOIN media ON media.fid = messages.fid WHERE messages.seq BETWEEN ?1 AND ?2",
                format!("messages.seq {order}"),
            ),
            Self::Places => (
                "places CROSS JOIN messages ON messages.seq = places.seq LEFT JOIN media ON media.fid = messages.fid
                 WHERE places.seq BETWEEN ?1 AND ?2",
                format!("places.seq {order}"),
            ),
            Self::Unread => (
                "spans CROSS JOIN messages
                 ON messages.seq BETWEEN max(?1, spans.block << 12) AND min(?2, (spans.block << 12) + 4095)
                 LEFT JOIN media ON media.fid = messages.fid
                 WHERE spans.kind = 'unread' AND spans.n > 0 AND spans.block BETWEEN ?1 >> 12 AND ?2 >> 12",
                format!("spans.block {order}, messages.seq {order}"),
            ),
        }
    }
}

/// A range of numbers relative to a message.
#[derive(Clone, Copy)]
pub(in crate::archive) enum SeqRange {
    /// Older messages, newest first.
    Before(Seq),
    /// Newer messages, oldest first.
    After(Seq),
    /// Messages after the first and up to the second number, oldest first.
    Between(Seq, Seq),
}

impl SeqRange {
    /// Returns the range of numbers, and whether it is read in ascending order.
    fn range(self) -> (RangeInclusive<Seq>, bool) {
        match self {
            Self::Before(seq) => (0..=seq.saturating_sub(1), false),
            Self::After(seq) => (seq.saturating_add(1)..=Seq::MAX >> 1, true),
            Self::Between(after, last) => (after.saturating_add(1)..=last, true),
        }
    }
}

impl<'c> SearchPlan<'c> {
    /// Plans a query, whose relative times count from `now`.
    pub(in crate::archive) fn new(
        connection: &'c Connection,
        unindexed: &Unindexed,
        query: &Query,
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Self> {
        Self::with(connection, unindexed, query, now, ScannedRows::Messages)
    }

    /// Plans a query that scans these rows if it has no clause.
    pub(in crate::archive) fn with(
        connection: &'c Connection,
        unindexed: &Unindexed,
        query: &Query,
        now: DateTime<Utc>,
        source: ScannedRows,
    ) -> rusqlite::Result<Self> {
        let has = |is_it: fn(&Test) -> bool| query.terms.iter().any(|term| !term.is_not && is_it(&term.test));
        let source = if has(|test| matches!(test, Test::Near(_))) { ScannedRows::Places } else { source };
        let by_clause =
            has(Clause::is_narrow) || (source == ScannedRows::Messages && has(|test| matches!(test, Test::Kind(_))));
        let is_by_unread = source == ScannedRows::Messages && has(|test| *test == Test::Is(Flag::Unread));
        let mut plan = Self {
            connection,
            must: Vec::new(),
            must_not: Vec::new(),
            filter: String::new(),
            values: Vec::new(),
            range: 0..=Seq::MAX >> 1,
            source: if is_by_unread { ScannedRows::Unread } else { source },
            indexed: 0,
            entries: SearchEntries::new(),
            unsure: Unsure::default(),
        };
        plan.unsure = Unsure::of(connection, query)?;
        if by_clause || query.terms.iter().any(|term| Clause::is_narrow(&term.test)) {
            plan.indexed = end(connection)?;
            plan.entries = unindexed.entries(connection)?;
        }
        plan.filter.push_str(removals::condition(connection)?);
        for term in &query.terms {
            let (is_not, test) = in_words_of_index(term);
            if let Some(condition) = condition(test).filter(|_| !by_clause || !Clause::is_known(test)) {
                let not = if is_not { "NOT " } else { "" };
                let _infallible = write!(plan.filter, " AND {not}{condition}");
            } else if let Some(clause) = plan.clause(test, now)? {
                let list = if is_not { &mut plan.must_not } else { &mut plan.must };
                list.insert(if Clause::is_narrow(test) { 0 } else { list.len() }, clause);
            } else if let Test::Near(circle) = test {
                let mut inside = places::condition(circle, |value| plan.value(value));
                if by_clause || plan.source != ScannedRows::Places {
                    inside = format!("EXISTS (SELECT 1 FROM places WHERE places.seq = messages.seq AND {inside})");
                }
                let not = if is_not { "NOT " } else { "" };
                let _infallible = write!(plan.filter, " AND {not}{inside}");
            } else if let Test::Since(moment) | Test::Until(moment) = test {
                let is_since = matches!(test, Test::Since(_)) != is_not;
                plan.limit(moment.at(now).timestamp_millis(), is_since)?;
            }
        }
        Ok(plan)
    }

    /// Returns the clause for a test, or `None` if the index cannot answer it.
    fn clause(&self, test: &Test, now: DateTime<Utc>) -> rusqlite::Result<Option<Clause>> {
        let now = now.timestamp_millis();
        let within = if let Test::Due(within) = test {
            *within
        } else if let Test::Waiting(time) = test {
            // A sender who wrote that long ago has the rest of the window left.
            WINDOW - *time
        } else if *test == Test::Is(Flag::Unsent) {
            return Ok(Some(Clause::Seqs(outbox::unsent(self.connection)?)));
        } else {
            let of_people = people::clause(self.connection, test)?;
            return Ok(of_people.or_else(|| Clause::of(test)));
        };
        let until = now.saturating_add(within.num_milliseconds());
        Ok(Some(Clause::Seqs(windows::closing(self.connection, &self.entries, now, until)?)))
    }

    /// Limits the query to messages received at or after a time in Unix milliseconds, or to those before it.
    fn limit(&mut self, at: i64, is_since: bool) -> rusqlite::Result<()> {
        let (operator, bound) = if is_since { (">=", "min") } else { ("<", "max") };
        // Numbers grow with time except for imports; the spans say which blocks may have the time.
        let column = if is_since { "latest" } else { "earliest" };
        let sql = format!("SELECT {bound}(block) FROM spans WHERE {column} {operator} ?1");
        let found: Option<Seq> = self.connection.value(&sql, [at])?;
        let (lowest, highest) = (*self.range.start(), *self.range.end());
        self.range = match found {
            None => RangeInclusive::new(1, 0),
            Some(found) if is_since => lowest.max(start(found))..=highest,
            Some(found) => lowest..=highest.min(start(found + 1) - 1),
        };
        let value = self.value(Value::Integer(at));
        let _infallible = write!(self.filter, " AND received_at {operator} {value}");
        Ok(())
    }

    fn value(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("?{}", self.values.len() + 2)
    }

    /// Reads `columns`, the first of which is `messages.seq`, of at most `limit` messages on one side of a
    /// number.
    pub(in crate::archive) fn rows<T>(
        &self,
        columns: &str,
        side: SeqRange,
        limit: usize,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        if self.must.is_empty() {
            return self.scan(columns, side, limit, &mut read);
        }
        Ok(self.found(columns, side, limit, 0, &mut read)?.0)
    }

    /// Counts the messages on one side of a number, up to `limit`.
    pub(in crate::archive) fn count(&self, side: SeqRange, limit: usize) -> rusqlite::Result<usize> {
        Ok(self.rows("messages.seq", side, limit, |_| Ok(()))?.len())
    }

    /// Reads rows as [`SearchPlan::rows`] and also counts them up to `counted`; with a clause, in a single walk.
    pub(in crate::archive) fn rows_and_count<T>(
        &self,
        columns: &str,
        side: SeqRange,
        (limit, counted): (usize, usize),
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<(Vec<T>, usize)> {
        if self.must.is_empty() {
            return Ok((self.rows(columns, side, limit, read)?, self.count(side, counted)?));
        }
        self.found(columns, side, limit, counted, &mut read)
    }

    /// Reads and counts messages found through the clauses.
    fn found<T>(
        &self,
        columns: &str,
        side: SeqRange,
        limit: usize,
        counted: usize,
        read: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<(Vec<T>, usize)> {
        let (source, _) = ScannedRows::Messages.sql("ASC");
        let sql = format!("SELECT {columns} FROM {source}{}", self.filter);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let (mut found, mut n) = (Vec::new(), 0);
        let walked = self.walk(side, &mut |seq| {
            let parameters = self.parameters(seq..=seq);
            if found.len() < limit {
                found.extend(statement.query_row(parameters, &mut *read).optional()?);
                n = found.len();
            } else {
                n += usize::from(statement.exists(parameters)?);
            }
            if found.len() < limit || n < counted { Ok(()) } else { Err(Stop::Enough) }
        });
        match walked {
            Ok(()) | Err(Stop::Enough) => Ok((found, n)),
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    /// Returns the numbers on one side that may match, and whether they are read in ascending order.
    fn range(&self, side: SeqRange) -> (RangeInclusive<Seq>, bool) {
        let (range, is_ascending) = side.range();
        (*range.start().max(self.range.start())..=*range.end().min(self.range.end()), is_ascending)
    }

    fn parameters(&self, range: RangeInclusive<Seq>) -> impl Params {
        let bounds = [*range.start(), *range.end()].map(|seq| Value::Integer(seq.cast_signed()));
        params_from_iter(bounds.into_iter().chain(self.values.iter().cloned()))
    }

    /// Scans messages without a clause.
    fn scan<T>(
        &self,
        columns: &str,
        side: SeqRange,
        limit: usize,
        read: &mut dyn FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let (range, is_ascending) = self.range(side);
        let (source, order) = self.source.sql(if is_ascending { "ASC" } else { "DESC" });
        let filter = &self.filter;
        // The limit makes SQLite prefer the order to any index.
        let sql = format!("SELECT {columns} FROM {source}{filter} ORDER BY {order} LIMIT 1000000000");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(self.parameters(range.clone()))?;
        let (mut found, mut last) = (Vec::new(), None);
        while found.len() < limit
            && let Some(row) = rows.next()?
        {
            if !self.is_excluded(row.get(0)?, &range, &mut last)? {
                found.push(read(row)?);
            }
        }
        Ok(found)
    }
}

/// The condition that a reply was sent or is on its way.
const ANSWERED: &str = "EXISTS (SELECT 1 FROM outbox
    WHERE outbox.seq = messages.seq AND outbox.state IN ('waiting', 'sending', 'sent'))";

/// Returns the SQL condition that a file is in a state.
const fn in_state(state: FileState) -> &'static str {
    match state {
        FileState::New => "(messages.fid IS NOT NULL AND media.fid IS NULL)",
        // Without the first half, the answer for a message without a file is NULL, and so is its negation.
        FileState::Queued => {
            "(messages.fid IS NOT NULL AND messages.fid IN (SELECT fid FROM media WHERE state = 'queued'))"
        }
        FileState::Saved => "media.state IS 'done'",
        FileState::Failed => {
            "(messages.fid IS NOT NULL AND messages.fid IN (SELECT fid FROM media WHERE state = 'failed'))"
        }
    }
}

/// Returns the SQL condition for a test, or `None` if SQL cannot express it.
fn condition(test: &Test) -> Option<String> {
    Some(
        match test {
            // `spans` also has a column `kind`.
            Test::Kind(kinds) => return Some(format!("messages.{}", of_kinds(kinds))),
            Test::HasFile => "messages.fid IS NOT NULL",
            Test::Is(Flag::Unread) => "is_read = 0",
            Test::Is(Flag::Read) => "is_read = 1",
            Test::Is(Flag::Starred) => "is_starred = 1",
            Test::Is(Flag::Unverified) => "verified = 0",
            Test::Is(Flag::Verified) => "verified = 1",
            Test::Is(Flag::Sample) => "is_sample = 1",
            Test::Is(Flag::Answered) => ANSWERED,
            Test::State(states) => {
                let any: Vec<&str> = states.iter().copied().map(in_state).collect();
                return Some(format!("({})", any.join(" OR ")));
            }
            Test::Is(Flag::Muted | Flag::Unsent)
            | Test::From(_)
            | Test::Name(_)
            | Test::Note(_)
            | Test::Label(_)
            | Test::Account(_)
            | Test::Near(_)
            | Test::Words(_)
            | Test::Due(_)
            | Test::Waiting(_)
            | Test::Since(_)
            | Test::Until(_) => {
                return None;
            }
        }
        .to_owned(),
    )
}
