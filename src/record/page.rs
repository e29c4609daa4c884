//! Pages: the part of the archive that a reader asks for and gets.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::weibo::Kind;

use super::outgoing::Outgoing;
use super::{Record, Seq};

/// Where a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anchor {
    /// At the newest message.
    #[default]
    Newest,
    /// At the oldest message.
    Oldest,
    /// With this message, or the place where it would be, in its middle.
    Around(Seq),
}

/// Which messages something is done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These.
    Seqs(Vec<Seq>),
    /// All that a query finds.
    Query(Query),
}

named! {
    /// A mark that a message has or has not.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[expect(missing_docs, reason = "the names say it")]
    pub enum Mark {
        Read "read",
        Unread "unread",
        Starred "starred",
        Unstarred "unstarred",
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Only messages that it finds.
    pub query: Query,
    /// Where.
    pub anchor: Anchor,
    /// How many records at the most.
    pub limit: usize,
    /// Messages that stay in the list although the query may not find them any more.
    pub keep: Vec<Seq>,
    /// A wider query, whose hits are counted as well.
    pub wider: Option<Query>,
    /// Accounts whose messages are counted as well.
    pub accounts: Vec<String>,
}

/// How many messages there are, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([u64; Kind::ALL.len()]);

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// What was asked for.
    pub request: Request,
    /// Newest first.
    pub records: Vec<Record>,
    /// Those that were to be kept, are still there, and are not found any more: they are among the records where they lie
    /// in the page, and in every number of the list. Newest first.
    pub kept: Vec<Seq>,
    /// How many messages of the list are newer than the first record.
    pub newer: Total,
    /// How many messages the list has.
    pub total: Total,
    /// How many messages the wider query finds.
    pub wider: Option<Total>,
    /// How many messages each of the accounts has that were asked for.
    pub by_account: Vec<(String, Total)>,
    /// Whether the list has messages older than the last record.
    pub has_older: bool,
    /// How many messages there are at all.
    pub counts: Counts,
    /// How many messages are unread.
    pub unread: u64,
    /// How it stands with the archive.
    pub archive: ArchiveState,
    /// The replies to each record that has some, oldest first.
    pub replies: Vec<(Seq, Vec<Outgoing>)>,
}

/// How it stands with an archive, whatever is looked for in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArchiveState {
    /// Whether nothing ever came but samples that weibox sent itself.
    pub is_first_run: bool,
    /// How much of what another version indexed is indexed again, in hundredths; `None` when all is. The rest is found as it
    /// was by that version.
    pub indexed_again: Option<u8>,
}

/// A number of messages that may not have been counted to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// This many, or more.
    pub n: u64,
    /// Whether there are more.
    pub is_more: bool,
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.n, if self.is_more { "+" } else { "" })
    }
}

impl Counts {
    /// How many of one kind.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// How many of these kinds together.
    pub fn sum(&self, kinds: &[Kind]) -> u64 {
        kinds.iter().map(|kind| self.of(*kind)).sum()
    }

    /// Sets the count of one kind.
    pub fn set(&mut self, kind: Kind, count: u64) {
        self.0[kind as usize] = count;
    }
}
