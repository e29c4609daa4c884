//! The query language: text → [`Query`], the same in the dashboard, in `export` and in `serve`.
//!
//! Pure: this module defines what a query means; the archive finds the messages. All terms of a query must hold; `-`
//! before a term negates it.
//!
//! ```text
//! type:image,voice  from:2489518277  name:橙子  label:退款  account:shop  since:2h  since:monday  until:2026-11-01  has:file  is:unread  state:failed  due:<4h
//! near:39.98,116.31<2km  near:深圳<30km  word  py:tuihuo  "exact words"  -word  one|"the other"  one OR other
//! ```

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::reason::Reason;
use crate::weibo::created_at::china;
use crate::weibo::{Kind, UserId};

mod days;
pub mod folding;
mod near;
mod parse;
pub mod people;
pub mod pinyin;
mod simplified;
pub mod slips;
mod sought;
mod understanding;
pub mod words;

use days::DAYS;
use people::SoughtName;

pub use days::Day;
pub use near::{Centre, Circle};
pub use parse::{COMMAS, FIELDS, QueryError, parse};
pub use sought::{SoughtWord, WordForm};
pub use understanding::Understanding;

/// A query for messages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Query {
    /// The terms, all of which must hold; without any, every message is found.
    pub terms: Vec<Term>,
}

/// A test or its negation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether the test must fail.
    pub is_not: bool,
    /// The test.
    pub test: Test,
}

/// A test of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Its kind is one of these.
    Kind(Vec<Kind>),
    /// It came from one of these senders.
    From(Vec<UserId>),
    /// It was sent to one of these accounts.
    Account(Vec<String>),
    /// Its sender has one of these names, given by Weibo or by the user.
    Name(Vec<SoughtName>),
    /// The user's note about its sender contains one of these, with `_` for a space.
    Note(Vec<SoughtName>),
    /// It or its sender has one of these labels.
    Label(Vec<SoughtName>),
    /// It was received at this moment or later.
    Since(Moment),
    /// It was received before this moment.
    Until(Moment),
    /// It has a voice or an image, or refers to a file in another way.
    HasFile,
    /// It has this mark.
    Is(Flag),
    /// Its file is in one of these states.
    State(Vec<FileState>),
    /// It is the last message of a sender whose reply window closes within this time (protocol §6).
    Due(TimeDelta),
    /// It is the last message of a sender who has waited this long for an answer, and can still get one (protocol
    /// §6).
    Waiting(TimeDelta),
    /// It is a position within this circle.
    Near(Circle),
    /// Its text contains one of these.
    Words(Vec<SoughtWord>),
}

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This long before the time of evaluation.
    Ago(TimeDelta),
    /// The beginning of a day in China, relative to the time of evaluation.
    Of(Day),
    /// A fixed time.
    At(DateTime<Utc>),
}

named! {
    /// A mark of a message, as in `is:`.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum Flag {
        Unread "unread",
        Read "read",
        Starred "starred",
        Unverified "unverified",
        Verified "verified",
        Sample "sample",
        Answered "answered",
        Unsent "unsent",
        Muted "muted",
    }
}

named! {
    /// The state of a file, as in `state:`.
    pub enum FileState {
        /// Never requested.
        New "new",
        /// Waiting, or being fetched.
        Queued "queued",
        /// On disk.
        Saved "saved",
        /// Given up.
        Failed "failed",
    }
}

/// TABLE: the units of a duration and their seconds.
const UNITS: &[(char, i64)] = &[('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Query {
    /// Returns a query for messages of these kinds.
    pub fn of_kinds(kinds: &[Kind]) -> Self {
        if kinds.len() == Kind::ALL.len() {
            return Self::default();
        }
        Self { terms: vec![Term { is_not: false, test: Test::Kind(kinds.to_vec()) }] }
    }

    /// Returns a query for messages that both queries find.
    pub fn and(&self, other: &Self) -> Self {
        Self { terms: [self.terms.clone(), other.terms.clone()].concat() }
    }

    /// Returns whether any term tests words, negated or not.
    pub fn has_words(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.test, Test::Words(_)))
    }

    /// Returns the kinds that the query finds, if it tests nothing else.
    pub fn kinds(&self) -> Option<&[Kind]> {
        match self.terms.as_slice() {
            [] => Some(&Kind::ALL),
            [Term { is_not: false, test: Test::Kind(kinds) }] => Some(kinds),
            _ => None,
        }
    }

    /// Returns whether a found message may later stop matching, because of changes to it or because time passes.
    pub fn is_passing(&self) -> bool {
        self.terms.iter().any(|term| match &term.test {
            Test::Is(flag) => !matches!(flag, Flag::Unverified | Flag::Verified | Flag::Sample),
            Test::State(_) | Test::Due(_) | Test::Waiting(_) | Test::Name(_) | Test::Note(_) | Test::Label(_) => true,
            Test::Since(moment) | Test::Until(moment) => !matches!(moment, Moment::At(_)),
            Test::Kind(_) | Test::From(_) | Test::Account(_) | Test::HasFile | Test::Near(_) | Test::Words(_) => false,
        })
    }

    /// Returns whether the query finds other messages as time passes.
    pub fn depends_on_time(&self) -> bool {
        let is_relative = |moment: &Moment| !matches!(moment, Moment::At(_));
        self.terms.iter().any(|term| {
            matches!(term.test, Test::Due(_) | Test::Waiting(_))
                || matches!(&term.test, Test::Since(moment) | Test::Until(moment) if is_relative(moment))
        })
    }

    /// Returns a query for the messages of an account.
    pub fn of_account(name: &str) -> Self {
        Self { terms: vec![Term { is_not: false, test: Test::Account(vec![name.to_owned()]) }] }
    }

    /// Returns the account if the query finds all messages of that account and no others.
    pub fn account(&self) -> Option<&str> {
        match self.terms.as_slice() {
            [Term { is_not: false, test: Test::Account(names) }] if names.len() == 1 => {
                names.first().map(String::as_str)
            }
            _ => None,
        }
    }

    /// Returns the accounts that the query names, negated or not.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        let names =
            self.terms.iter().filter_map(|term| if let Test::Account(names) = &term.test { Some(names) } else { None });
        names.flatten().map(String::as_str)
    }

    /// Returns the byte ranges of a text that match the words of the query, in order.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let words = self.terms.iter().filter(|term| !term.is_not).filter_map(|term| term.test.words()).flatten();
        let mut marks: Vec<_> = words.flat_map(|word| word.marks(text)).collect();
        marks.sort_by_key(|mark| (mark.start, std::cmp::Reverse(mark.end)));
        marks
    }
}

impl Moment {
    /// Returns the time of this moment.
    pub fn at(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(passed) => now.checked_sub_signed(passed).unwrap_or(DateTime::<Utc>::MIN_UTC),
            Self::Of(day) => day.start(now).unwrap_or(DateTime::<Utc>::MIN_UTC),
            Self::At(at) => at,
        }
    }
}

/// Formats the query as a user would type it; it parses back to the same query.
impl From<Query> for String {
    fn from(query: Query) -> Self {
        query.to_string()
    }
}

/// Parses with [`parse()`]. Named places have no particular datum then: see [`Query::understood`].
impl TryFrom<String> for Query {
    type Error = Reason;

    fn try_from(typed: String) -> Result<Self, Reason> {
        parse(&typed).map_err(|wrong| wrong.reason)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            let not = if term.is_not { "-" } else { "" };
            write!(f, "{space}{not}{}", term.test)?;
        }
        Ok(())
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kinds) => write!(f, "type:{}", joined(kinds.iter().map(|kind| kind.name()), ",")),
            Self::From(senders) => write!(f, "from:{}", joined(senders, ",")),
            Self::Account(names) => write!(f, "account:{}", joined(names, ",")),
            Self::Name(names) => write!(f, "name:{}", joined(names, ",")),
            Self::Note(words) => write!(f, "note:{}", joined(words, ",")),
            Self::Label(labels) => write!(f, "label:{}", joined(labels, ",")),
            Self::Since(moment) => write!(f, "since:{moment}"),
            Self::Until(moment) => write!(f, "until:{moment}"),
            Self::HasFile => f.write_str("has:file"),
            Self::Is(flag) => write!(f, "is:{}", flag.name()),
            Self::State(states) => write!(f, "state:{}", joined(states.iter().map(|state| state.name()), ",")),
            Self::Due(within) => write!(f, "due:<{}", Duration(*within)),
            Self::Waiting(time) => write!(f, "waiting:>{}", Duration(*time)),
            Self::Near(circle) => write!(f, "near:{circle}"),
            Self::Words(words) => f.write_str(&joined(words, "|")),
        }
    }
}

/// Joins the texts of values.
fn joined(values: impl IntoIterator<Item = impl fmt::Display>, separator: &str) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(separator)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ago(passed) => Duration(*passed).fmt(f),
            Self::Of(day) => {
                let names = DAYS.iter().find(|(known, _)| known == day).and_then(|(_, names)| names.first());
                f.write_str(names.copied().unwrap_or_default())
            }
            Self::At(at) => {
                let at = at.with_timezone(&china());
                f.write_str(at.to_rfc3339_opts(SecondsFormat::Secs, false).trim_end_matches("+08:00"))
            }
        }
    }
}

/// A duration in the largest unit that divides it: `2h`, `90m`.
struct Duration(TimeDelta);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.num_seconds();
        let whole = UNITS.iter().find(|(_, unit)| seconds % unit == 0);
        whole.map_or(Ok(()), |(letter, unit)| write!(f, "{}{letter}", seconds / unit))
    }
}
