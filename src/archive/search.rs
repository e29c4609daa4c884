//! Query → messages. What is immutable of a message is in the search index, or in its note while the index does not have
//! it, so that a query with several terms is one intersection there; the rest is filtered row by row.

use std::fmt::Write as _;
use std::ops::{ControlFlow, RangeInclusive};

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row, params_from_iter};

use crate::query::{Flag, Query, State, Term, Test, words};
use crate::record::Seq;

use super::note::Clause;
use super::postings::start;
use super::tail::{Notes, Tail};
use super::{index, places, windows};

mod walk;

use walk::goes_on;

/// A query made ready. It holds for the moment of the archive in which it was made: use it in the same transaction.
pub(super) struct Plan {
    /// What the index says must hold, first that through which messages are found; without any, they are found by their
    /// numbers.
    must: Vec<Clause>,
    /// What the index says must not hold.
    must_not: Vec<Clause>,
    /// `AND …`: what SQL says must hold.
    filter: String,
    /// Its parameters, from `?2` on.
    values: Vec<Value>,
    /// Where the times of the query can be at all.
    range: RangeInclusive<Seq>,
    /// Whether messages are found by where they are, if not through a clause.
    is_by_place: bool,
    /// The first number that is not indexed, and the messages from there on. Only there if there is a clause.
    indexed: Seq,
    notes: Notes,
}

/// Where messages are read.
const SOURCE: &str = "messages LEFT JOIN media ON media.fid = messages.fid";
/// Where they are read if they are found by where they are.
const BY_PLACE: &str =
    "places CROSS JOIN messages ON messages.seq = places.seq LEFT JOIN media ON media.fid = messages.fid";

/// Which side of a seq, from it outwards.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// Older ones, newest first.
    Before(Seq),
    /// Newer ones, oldest first.
    After(Seq),
    /// Those after one and up to another, oldest first.
    Between(Seq, Seq),
}

impl Side {
    /// The numbers it covers, and whether the lowest comes first.
    fn range(self) -> (RangeInclusive<Seq>, bool) {
        match self {
            Self::Before(seq) => (0..=seq.saturating_sub(1), false),
            Self::After(seq) => (seq.saturating_add(1)..=Seq::MAX >> 1, true),
            Self::Between(after, last) => (after.saturating_add(1)..=last, true),
        }
    }

    /// What SQL says of a column that holds seqs, with `?1` for the one that bounds them, and their order.
    pub(super) fn of(self, column: &str) -> (Seq, String, &'static str) {
        match self {
            Self::Before(seq) => (seq, format!("{column} < ?1"), "DESC"),
            Self::After(seq) => (seq, format!("{column} > ?1"), "ASC"),
            Self::Between(after, last) => (after, format!("{column} > ?1 AND {column} <= {last}"), "ASC"),
        }
    }
}

impl Plan {
    /// How a query is answered, whose times count from `now`.
    pub(super) fn new(
        connection: &Connection,
        tail: &Tail,
        query: &Query,
        now: DateTime<Utc>,
    ) -> rusqlite::Result<Self> {
        let mut plan = Self {
            must: Vec::new(),
            must_not: Vec::new(),
            filter: String::new(),
            values: Vec::new(),
            range: 0..=Seq::MAX >> 1,
            is_by_place: false,
            indexed: 0,
            notes: Notes::new(),
        };
        if query.terms.iter().any(|term| is_narrow(&term.test)) {
            plan.indexed = index::end(connection)?;
            plan.notes = tail.notes(connection)?;
        }
        let by_clause = query.terms.iter().any(|term| !term.is_not && is_narrow(&term.test));
        plan.is_by_place =
            !by_clause && query.terms.iter().any(|term| !term.is_not && matches!(term.test, Test::Near(_)));
        for Term { is_not, test } in &query.terms {
            // Being verified is not being unverified.
            let is_verified = *test == Test::Is(Flag::Verified);
            let (is_not, test) = if is_verified { (!is_not, &Test::Is(Flag::Unverified)) } else { (*is_not, test) };
            if let Some(condition) = condition(test).filter(|_| !by_clause || !is_in_index(test)) {
                let not = if is_not { "NOT " } else { "" };
                let _infallible = write!(plan.filter, " AND {not}{condition}");
            } else if let Some(clause) = plan.clause(connection, test, now)? {
                let list = if is_not { &mut plan.must_not } else { &mut plan.must };
                list.insert(if is_narrow(test) { 0 } else { list.len() }, clause);
            } else if let Test::Near(circle) = test {
                let mut inside = places::condition(circle, |value| plan.value(value));
                if !plan.is_by_place {
                    inside = format!("EXISTS (SELECT 1 FROM places WHERE places.seq = messages.seq AND {inside})");
                }
                let not = if is_not { "NOT " } else { "" };
                let _infallible = write!(plan.filter, " AND {not}{inside}");
            } else if let Test::Since(moment) | Test::Until(moment) = test {
                let is_since = matches!(test, Test::Since(_)) != is_not;
                plan.limit(connection, moment.at(now).timestamp_millis(), is_since)?;
            }
        }
        Ok(plan)
    }

    /// The same plan, looking only where positions are, if it would look everywhere.
    pub(super) fn through_places(mut self) -> Self {
        self.is_by_place = true;
        self
    }

    /// What the index says of a test; `None` where it says nothing, as of words without a letter.
    fn clause(&self, connection: &Connection, test: &Test, now: DateTime<Utc>) -> rusqlite::Result<Option<Clause>> {
        Ok(match test {
            Test::Kind(kinds) => Some(Clause::kinds(kinds)),
            Test::From(sender) => Some(Clause::from(*sender)),
            Test::Account(name) => Some(Clause::account(name)),
            Test::HasFile => Some(Clause::has_file()),
            Test::Is(Flag::Unverified) => Some(Clause::is_unverified()),
            Test::Word(word) => words::sought(word, false).map(Clause::words),
            Test::Phrase(words) => words::sought(words, true).map(Clause::words),
            Test::Due(within) => {
                let now = now.timestamp_millis();
                let until = now.saturating_add(within.num_milliseconds());
                Some(Clause::Seqs(windows::closing(connection, &self.notes, now, until)?))
            }
            Test::Is(Flag::Unread | Flag::Read | Flag::Starred | Flag::Verified)
            | Test::Since(_)
            | Test::Until(_)
            | Test::State(_)
            | Test::Near(_) => None,
        })
    }

    /// Leaves what was received at a time, in Unix milliseconds, or later; or what was received before it.
    fn limit(&mut self, connection: &Connection, at: i64, is_since: bool) -> rusqlite::Result<()> {
        let (operator, bound) = if is_since { (">=", "min") } else { ("<", "max") };
        // Numbers grow with time, but for imports; the spans say where the time can be at all.
        let column = if is_since { "latest" } else { "earliest" };
        let sql = format!("SELECT {bound}(block) FROM spans WHERE {column} {operator} ?1");
        let found: Option<Seq> = connection.prepare_cached(&sql)?.query_row([at], |row| row.get(0))?;
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
        format!("?{}", self.values.len() + 1)
    }

    /// Reads `columns`, of which `messages.seq` is the first, of at most `limit` messages on one side of a seq.
    pub(super) fn rows<T>(
        &self,
        connection: &Connection,
        columns: &str,
        side: Side,
        limit: usize,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut found = Vec::new();
        if self.must.is_empty() {
            self.scan(connection, columns, side, |row| {
                found.push(read(row)?);
                Ok(goes_on(found.len() < limit))
            })?;
            return Ok(found);
        }
        let sql = format!("SELECT {columns} FROM {SOURCE} WHERE messages.seq = ?1{}", self.filter);
        let mut statement = connection.prepare_cached(&sql)?;
        let _flow = self.walk(connection, side, &mut |seq| {
            let values = std::iter::once(Value::Integer(seq.cast_signed())).chain(self.values.iter().cloned());
            found.extend(statement.query_row(params_from_iter(values), &mut read).optional()?);
            Ok(goes_on(found.len() < limit))
        })?;
        Ok(found)
    }

    /// How many messages on one side of a seq there are, counted up to `limit`.
    pub(super) fn count(&self, connection: &Connection, side: Side, limit: usize) -> rusqlite::Result<u64> {
        Ok(self.rows(connection, "messages.seq", side, limit, |_| Ok(()))?.len() as u64)
    }

    /// Finds messages by their numbers.
    fn scan(
        &self,
        connection: &Connection,
        columns: &str,
        side: Side,
        mut visit: impl FnMut(&Row<'_>) -> rusqlite::Result<ControlFlow<()>>,
    ) -> rusqlite::Result<()> {
        let (source, key) = if self.is_by_place { (BY_PLACE, "places.seq") } else { (SOURCE, "messages.seq") };
        let (seq, bounds, order) = side.of(key);
        let (lowest, highest) = (self.range.start(), self.range.end());
        let filter = &self.filter;
        // With a limit SQLite knows that the order counts for more than any index.
        let sql = format!(
            "SELECT {columns} FROM {source} WHERE {bounds} AND {key} BETWEEN {lowest} AND {highest}{filter}
             ORDER BY {key} {order} LIMIT 1000000000"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let values = std::iter::once(Value::Integer(seq.cast_signed())).chain(self.values.iter().cloned());
        let mut rows = statement.query(params_from_iter(values))?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            if !self.is_excluded(connection, row.get(0)?, &mut last)? && visit(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Whether messages are best found through a test: most have it not, and nothing but the index and the notes knows it.
const fn is_narrow(test: &Test) -> bool {
    matches!(test, Test::From(_) | Test::Account(_) | Test::Word(_) | Test::Phrase(_) | Test::Due(_))
}

/// Whether the index knows a test.
const fn is_in_index(test: &Test) -> bool {
    is_narrow(test) || matches!(test, Test::Kind(_) | Test::HasFile | Test::Is(Flag::Unverified))
}

/// What SQL says of a test; `None` where it says nothing.
fn condition(test: &Test) -> Option<String> {
    Some(
        match test {
            Test::Kind(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.name())).collect();
                return Some(format!("kind IN ({})", kinds.join(", ")));
            }
            Test::HasFile => "messages.fid IS NOT NULL",
            Test::Is(Flag::Unread) => "is_read = 0",
            Test::Is(Flag::Read) => "is_read = 1",
            Test::Is(Flag::Starred) => "is_starred = 1",
            Test::Is(Flag::Unverified) => "verified = 0",
            Test::Is(Flag::Verified) => "verified = 1",
            Test::State(State::New) => "(messages.fid IS NOT NULL AND media.fid IS NULL)",
            Test::State(State::Queued) => "messages.fid IN (SELECT fid FROM media WHERE state = 'queued')",
            Test::State(State::Saved) => "media.state IS 'done'",
            Test::State(State::Failed) => "messages.fid IN (SELECT fid FROM media WHERE state = 'failed')",
            Test::From(_)
            | Test::Account(_)
            | Test::Near(_)
            | Test::Word(_)
            | Test::Phrase(_)
            | Test::Due(_)
            | Test::Since(_)
            | Test::Until(_) => {
                return None;
            }
        }
        .to_owned(),
    )
}
