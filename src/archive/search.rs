//! Query → SQL. What is immutable of a message is in the search index as a word, so that a query with several terms is one
//! intersection there; the rest is filtered row by row.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::query::words::{self, Sought};
use crate::query::{Flag, Query, State, Term, Test};
use crate::record::Seq;
use crate::weibo::{Kind, window};

use super::{index, places};

/// A query made ready for SQL.
pub(super) struct Plan {
    /// Where messages are looked for.
    source: &'static str,
    /// `AND …`, with `?1` for the seq that bounds them.
    filter: String,
    /// From `?2` on.
    values: Vec<Value>,
}

/// Found through the words.
const BY_WORDS: &str =
    "search CROSS JOIN messages ON messages.seq = search.rowid LEFT JOIN media ON media.fid = messages.fid";
/// Found through where they are.
const BY_PLACE: &str =
    "places CROSS JOIN messages ON messages.seq = places.seq LEFT JOIN media ON media.fid = messages.fid";
/// Found through their numbers.
const BY_SEQ: &str = "messages LEFT JOIN media ON media.fid = messages.fid";

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
    pub(super) fn new(connection: &Connection, query: &Query, now: DateTime<Utc>) -> rusqlite::Result<Self> {
        let mut plan = Self { source: BY_SEQ, filter: String::new(), values: Vec::new() };
        let (mut must, mut must_not) = (Vec::new(), Vec::new());
        let has = |is_it: fn(&Test) -> bool| query.terms.iter().any(|term| !term.is_not && is_it(&term.test));
        let has_words = has(|test| is_only_in_index(test) && expression(test).is_some());
        if !has_words && has(|test| matches!(test, Test::Near(_))) {
            plan.source = BY_PLACE;
        }
        for term in &query.terms {
            if let Some(expression) = expression(&term.test) {
                if term.is_not { &mut must_not } else { &mut must }.push(expression);
            }
            plan.add(connection, term, now)?;
        }
        if has_words {
            // Several `NOT`s group to the right, so what must not be is put together first.
            let mut all = must.join(" AND ");
            if !must_not.is_empty() {
                all = format!("({all}) NOT ({})", must_not.join(" OR "));
            }
            plan.source = BY_WORDS;
            let value = plan.value(all);
            let _infallible = write!(plan.filter, " AND search MATCH {value}");
        } else if !must_not.is_empty() {
            let value = plan.value(must_not.join(" OR "));
            let _infallible = write!(
                plan.filter,
                " AND NOT EXISTS (SELECT 1 FROM search WHERE search MATCH {value} AND rowid = messages.seq)"
            );
        }
        Ok(plan)
    }

    /// The same plan, looking only where positions are, if it would look everywhere.
    pub(super) fn through_places(mut self) -> Self {
        if self.source == BY_SEQ {
            self.source = BY_PLACE;
        }
        self
    }

    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len() + 1)
    }

    /// Adds what the words cannot say.
    fn add(&mut self, connection: &Connection, term: &Term, now: DateTime<Utc>) -> rusqlite::Result<()> {
        let condition = match &term.test {
            Test::Kind(kinds) => {
                let kinds: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.name())).collect();
                format!("kind IN ({})", kinds.join(", "))
            }
            Test::Since(moment) | Test::Until(moment) => {
                let at = moment.at(now).timestamp_millis();
                let is_since = matches!(term.test, Test::Since(_)) != term.is_not;
                let (operator, bound) = if is_since { (">=", "min") } else { ("<", "max") };
                // Numbers grow with time, but for imports; the spans say where the time can be at all.
                let column = if is_since { "latest" } else { "earliest" };
                let sql = format!("SELECT {bound}(block) FROM spans WHERE {column} {operator} ?1");
                let block: Option<Seq> = connection.prepare_cached(&sql)?.query_row([at], |row| row.get(0))?;
                let limit = match (block, is_since) {
                    (None, _) => "0".to_owned(),
                    (Some(block), true) => format!("messages.seq >= {}", index::start(block)),
                    (Some(block), false) => format!("messages.seq < {}", index::start(block + 1)),
                };
                let value = self.value(at);
                let _infallible = write!(self.filter, " AND {limit} AND received_at {operator} {value}");
                return Ok(());
            }
            Test::HasFile => "messages.fid IS NOT NULL".to_owned(),
            Test::Is(flag) => match flag {
                Flag::Unread => "is_read = 0",
                Flag::Read => "is_read = 1",
                Flag::Starred => "is_starred = 1",
                Flag::Unverified => "verified = 0",
                Flag::Verified => "verified = 1",
            }
            .to_owned(),
            Test::State(state) => match state {
                State::New => "(messages.fid IS NOT NULL AND media.fid IS NULL)",
                State::Queued => "messages.fid IN (SELECT fid FROM media WHERE state = 'queued')",
                State::Saved => "media.state IS 'done'",
                State::Failed => "messages.fid IN (SELECT fid FROM media WHERE state = 'failed')",
            }
            .to_owned(),
            Test::Due(within) => {
                let closed = now.timestamp_millis().saturating_sub(window::WINDOW.num_milliseconds());
                let (closed, closing) =
                    (self.value(closed), self.value(closed.saturating_add(within.num_milliseconds())));
                format!(
                    "messages.seq IN (SELECT last_seq FROM senders WHERE last_at > {closed} AND last_at <= {closing})"
                )
            }
            Test::Near(circle) => {
                let inside = places::condition(circle, |value| self.value(value));
                if self.source == BY_PLACE {
                    inside
                } else {
                    format!("EXISTS (SELECT 1 FROM places WHERE places.seq = messages.seq AND {inside})")
                }
            }
            Test::From(_) | Test::Account(_) | Test::Word(_) | Test::Phrase(_) => return Ok(()),
        };
        let not = if term.is_not { "NOT " } else { "" };
        let _infallible = write!(self.filter, " AND {not}{condition}");
        Ok(())
    }

    /// SQL and parameters that read `columns` of at most `limit` messages on one side of a seq.
    fn select(&self, columns: &str, side: Side, limit: usize) -> (String, Vec<Value>) {
        let key = match self.source {
            BY_WORDS => "search.rowid",
            BY_PLACE => "places.seq",
            _ => "messages.seq",
        };
        let (seq, bounds, order) = side.of(key);
        let Self { source, filter, values } = self;
        let sql = format!("SELECT {columns} FROM {source} WHERE {bounds}{filter} ORDER BY {key} {order} LIMIT {limit}");
        (sql, std::iter::once(Value::Integer(seq.cast_signed())).chain(values.iter().cloned()).collect())
    }

    /// Reads `columns` of at most `limit` messages on one side of a seq.
    pub(super) fn rows<T>(
        &self,
        connection: &Connection,
        columns: &str,
        side: Side,
        limit: usize,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let (sql, values) = self.select(columns, side, limit);
        connection.prepare_cached(&sql)?.query_map(params_from_iter(values), read)?.collect()
    }

    /// How many messages on one side of a seq there are, counted up to `limit`.
    pub(super) fn count(&self, connection: &Connection, side: Side, limit: usize) -> rusqlite::Result<u64> {
        let (sql, values) = self.select("1", side, limit);
        connection
            .prepare_cached(&format!("SELECT count(*) FROM ({sql})"))?
            .query_row(params_from_iter(values), |row| row.get(0))
    }
}

/// Whether nothing but the index can answer a test.
const fn is_only_in_index(test: &Test) -> bool {
    matches!(test, Test::From(_) | Test::Account(_) | Test::Word(_) | Test::Phrase(_))
}

/// What the index knows of a test; `None` for what it cannot tell, and for words without a letter.
fn expression(test: &Test) -> Option<String> {
    let fact = |word: &str| format!("facts : \"{word}\"");
    match test {
        Test::Kind(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind: &Kind| fact(kind.name())).collect();
            Some(format!("({})", kinds.join(" OR ")))
        }
        Test::From(sender) => Some(fact(&index::sender_fact(*sender))),
        Test::Account(name) => Some(fact(&index::account_fact(name))),
        Test::HasFile => Some(fact("file")),
        Test::Is(Flag::Unverified) => Some(fact("unverified")),
        Test::Word(word) => words::sought(word, false).map(in_text),
        Test::Phrase(words) => words::sought(words, true).map(in_text),
        Test::Is(Flag::Unread | Flag::Read | Flag::Starred | Flag::Verified)
        | Test::Since(_)
        | Test::Until(_)
        | Test::State(_)
        | Test::Due(_)
        | Test::Near(_) => None,
    }
}

/// Tokens are letters and digits only, so that nothing in them means anything to the index.
fn in_text(Sought { tokens, is_prefix }: Sought) -> String {
    format!("text : \"{}\"{}", tokens.join(" "), if is_prefix { " *" } else { "" })
}
