//! The one query language: text → [`Query`], the same in the dashboard, in `export` and in `serve`.
//!
//! Pure: what a query means is here, how it is found is the archive's. All terms of a query must hold; `-` before a term
//! turns it around.
//!
//! ```text
//! type:image,voice  from:2489518277  name:橙子  label:退款  account:shop  since:2h  since:monday  until:2026-11-01  has:file  is:unread  state:failed  due:<4h
//! near:39.98,116.31<2km  near:深圳<30km  word  py:tuihuo  "exact words"  -word
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
mod understanding;
pub mod words;

use days::DAYS;
use people::SoughtName;

pub use days::Day;
pub use near::{Centre, Circle};
pub use parse::{FIELDS, QueryError, parse};
pub use understanding::Understanding;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Query {
    /// All of these must hold; without any, every message is found.
    pub terms: Vec<Term>,
}

/// A test, or its opposite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether the test must fail.
    pub is_not: bool,
    /// What is tested.
    pub test: Test,
}

/// What is tested of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is of one of these kinds.
    Kind(Vec<Kind>),
    /// It came from this sender.
    From(UserId),
    /// It came for this account.
    Account(String),
    /// Its sender is called so, by Weibo or by the user.
    Name(SoughtName),
    /// The user's note of its sender has these words, with `_` for a space.
    Note(SoughtName),
    /// It has one of these labels, or its sender has.
    Label(Vec<SoughtName>),
    /// It was received then or later.
    Since(Moment),
    /// It was received before then.
    Until(Moment),
    /// It has a voice or an image, or names a file in another way.
    HasFile,
    /// It is marked so.
    Is(Flag),
    /// Its file is that far.
    State(FileState),
    /// It is the last message of a sender whose reply window closes within this time (protocol §6).
    Due(TimeDelta),
    /// It is the last message of a sender who was not answered for this time, and can be (protocol §6).
    Waiting(TimeDelta),
    /// It is a position in this circle.
    Near(Circle),
    /// Its text has this word; Latin words may go on. One of Latin letters may be pinyin as well, so that its text has
    /// characters that sound so.
    Word(String),
    /// Its text has this word as it is spelled; Latin words may go on.
    Spelled(String),
    /// Its text has characters that sound like this pinyin.
    Sounds(String),
    /// Its text has exactly these words.
    Phrase(String),
}

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This long before now, whenever now is.
    Ago(TimeDelta),
    /// The beginning of a day by China's clock, whenever now is.
    Of(Day),
    /// Then.
    At(DateTime<Utc>),
}

named! {
    /// A mark of a message: what `is:` takes.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum Flag {
        Unread "unread",
        Read "read",
        Starred "starred",
        Unverified "unverified",
        Verified "verified",
        Sample "sample",
        Answered "answered",
        Muted "muted",
    }
}

named! {
    /// How far a file is: what `state:` takes.
    pub enum FileState {
        /// Nobody asked for it.
        New "new",
        /// Waiting, or being fetched.
        Queued "queued",
        /// On disk.
        Saved "saved",
        /// Given up.
        Failed "failed",
    }
}

/// TABLE: the units of a duration, and how many seconds each has.
const UNITS: &[(char, i64)] = &[('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Query {
    /// What finds messages of these kinds.
    pub fn of_kinds(kinds: &[Kind]) -> Self {
        if kinds.len() == Kind::ALL.len() {
            return Self::default();
        }
        Self { terms: vec![Term { is_not: false, test: Test::Kind(kinds.to_vec()) }] }
    }

    /// What finds messages that both find.
    pub fn and(&self, other: &Self) -> Self {
        Self { terms: [self.terms.clone(), other.terms.clone()].concat() }
    }

    /// Whether words are looked for, or that they are missing.
    pub fn has_words(&self) -> bool {
        self.terms.iter().any(|term| term.test.words().is_some())
    }

    /// The kinds it finds, if it looks at nothing else.
    pub fn kinds(&self) -> Option<&[Kind]> {
        match self.terms.as_slice() {
            [] => Some(&Kind::ALL),
            [Term { is_not: false, test: Test::Kind(kinds) }] => Some(kinds),
            _ => None,
        }
    }

    /// Whether a message that it finds may cease to be found, by what is done to it or by time.
    pub fn is_passing(&self) -> bool {
        self.terms.iter().any(|term| match &term.test {
            Test::Is(flag) => !matches!(flag, Flag::Unverified | Flag::Verified | Flag::Sample),
            Test::State(_) | Test::Due(_) | Test::Waiting(_) | Test::Name(_) | Test::Note(_) | Test::Label(_) => true,
            Test::Since(moment) | Test::Until(moment) => !matches!(moment, Moment::At(_)),
            Test::Kind(_)
            | Test::From(_)
            | Test::Account(_)
            | Test::HasFile
            | Test::Near(_)
            | Test::Word(_)
            | Test::Spelled(_)
            | Test::Sounds(_)
            | Test::Phrase(_) => false,
        })
    }

    /// What finds the messages of an account.
    pub fn of_account(name: &str) -> Self {
        Self { terms: vec![Term { is_not: false, test: Test::Account(name.to_owned()) }] }
    }

    /// The account whose messages it finds, if all of these and no others.
    pub fn account(&self) -> Option<&str> {
        match self.terms.as_slice() {
            [Term { is_not: false, test: Test::Account(name) }] => Some(name),
            _ => None,
        }
    }

    /// The accounts that are looked for, or left out.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        self.terms
            .iter()
            .filter_map(|term| if let Test::Account(name) = &term.test { Some(name.as_str()) } else { None })
    }

    /// Where the words that are looked for stand in a text, in bytes, from the first one on.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let of_term = |term: &Term| match &term.test {
            Test::Word(word) => [words::marks(text, word), words::sound_marks(text, word)].concat(),
            Test::Spelled(word) | Test::Phrase(word) => words::marks(text, word),
            Test::Sounds(pinyin) => words::sound_marks(text, pinyin),
            Test::Kind(_)
            | Test::From(_)
            | Test::Account(_)
            | Test::Name(_)
            | Test::Note(_)
            | Test::Label(_)
            | Test::Since(_)
            | Test::Until(_)
            | Test::HasFile
            | Test::Is(_)
            | Test::State(_)
            | Test::Due(_)
            | Test::Waiting(_)
            | Test::Near(_) => Vec::new(),
        };
        let mut marks: Vec<_> = self.terms.iter().filter(|term| !term.is_not).flat_map(of_term).collect();
        marks.sort_by_key(|mark| (mark.start, std::cmp::Reverse(mark.end)));
        marks
    }
}

impl Moment {
    /// When that is.
    pub fn at(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Ago(passed) => now.checked_sub_signed(passed).unwrap_or(DateTime::<Utc>::MIN_UTC),
            Self::Of(day) => day.start(now).unwrap_or(DateTime::<Utc>::MIN_UTC),
            Self::At(at) => at,
        }
    }
}

/// As it would be typed; it parses back to the same query.
impl From<Query> for String {
    fn from(query: Query) -> Self {
        query.to_string()
    }
}

/// What [`parse()`] makes of it. Named places are in no particular datum then: see [`Query::understood`].
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
            Self::Kind(kinds) => {
                write!(f, "type:{}", kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(","))
            }
            Self::From(sender) => write!(f, "from:{sender}"),
            Self::Account(name) => write!(f, "account:{name}"),
            Self::Name(name) => write!(f, "name:{}", name.typed),
            Self::Note(words) => write!(f, "note:{}", words.typed),
            Self::Label(labels) => {
                let labels: Vec<&str> = labels.iter().map(|label| label.typed.as_str()).collect();
                write!(f, "label:{}", labels.join(","))
            }
            Self::Since(moment) => write!(f, "since:{moment}"),
            Self::Until(moment) => write!(f, "until:{moment}"),
            Self::HasFile => f.write_str("has:file"),
            Self::Is(flag) => write!(f, "is:{}", flag.name()),
            Self::State(state) => write!(f, "state:{}", state.name()),
            Self::Due(within) => write!(f, "due:<{}", Duration(*within)),
            Self::Waiting(time) => write!(f, "waiting:>{}", Duration(*time)),
            Self::Near(circle) => write!(f, "near:{circle}"),
            Self::Word(word) | Self::Spelled(word) => f.write_str(word),
            Self::Sounds(pinyin) => write!(f, "py:{pinyin}"),
            Self::Phrase(words) => write!(f, "\"{words}\""),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ago(passed) => Duration(*passed).fmt(f),
            Self::Of(day) => f.write_str(DAYS.iter().find(|(_, known)| known == day).map_or("", |(name, _)| name)),
            Self::At(at) => {
                let at = at.with_timezone(&china());
                f.write_str(at.to_rfc3339_opts(SecondsFormat::Secs, false).trim_end_matches("+08:00"))
            }
        }
    }
}

/// The largest unit that divides it: `2h`, `90m`.
struct Duration(TimeDelta);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.num_seconds();
        let whole = UNITS.iter().find(|(_, unit)| seconds % unit == 0);
        whole.map_or(Ok(()), |(letter, unit)| write!(f, "{}{letter}", seconds / unit))
    }
}
