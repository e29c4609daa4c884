//! Pages: the part of the archive that a reader requests and gets.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::query::Query;
use crate::weibo::Kind;

use super::outgoing::Outgoing;
use super::{Record, Seq};

/// The position of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anchor {
    /// At the newest message.
    #[default]
    Newest,
    /// At the oldest message.
    Oldest,
    /// Centred on this message, or on the place where it would be.
    Around(Seq),
}

/// The messages that an action applies to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These messages.
    Seqs(Vec<Seq>),
    /// All messages that a query finds.
    Query(Query),
}

named! {
    /// A mark that a message may have.
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

impl Mark {
    /// Returns the mark that takes this one back.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Read => Self::Unread,
            Self::Unread => Self::Read,
            Self::Starred => Self::Unstarred,
            Self::Unstarred => Self::Starred,
        }
    }
}

/// A request for a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// The query that finds the messages.
    pub query: Query,
    /// The position of the page.
    pub anchor: Anchor,
    /// The maximum number of records.
    pub limit: usize,
    /// Messages that stay in the list even if the query no longer finds them.
    pub keep: Vec<Seq>,
    /// A wider query whose hits are also counted.
    pub wider: Option<Query>,
    /// Accounts whose messages are also counted.
    pub accounts: Vec<String>,
}

/// Number of messages of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([u64; Kind::ALL.len()]);

/// The page that was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The request.
    pub request: Request,
    /// The records, newest first.
    pub records: Vec<Record>,
    /// The messages to keep that still exist and that the query no longer finds. They are among the records at their
    /// places, and in every count of the list. Newest first.
    pub kept: Vec<Seq>,
    /// Number of messages in the list that are newer than the first record.
    pub newer: Total,
    /// Number of messages in the list.
    pub total: Total,
    /// Number of messages that the wider query finds.
    pub wider: Option<Total>,
    /// Number of messages of each requested account.
    pub by_account: Vec<(String, Total)>,
    /// Whether the list has messages older than the last record.
    pub has_older: bool,
    /// Number of all messages, by kind.
    pub counts: Counts,
    /// Number of unread messages.
    pub unread: u64,
    /// The state of the archive.
    pub archive: ArchiveState,
    /// The replies to each record that has any, oldest first.
    pub replies: Vec<(Seq, Vec<Outgoing>)>,
}

/// The state of an archive, independent of any query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArchiveState {
    /// Whether nothing but samples of weibox ever arrived.
    pub is_first_run: bool,
    /// The share of the messages indexed by another version that is indexed again, in per cent; `None` when all are.
    /// The rest is found as that version indexed it.
    pub indexed_again: Option<u8>,
}

/// A number of messages, possibly not counted to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// The number, or a lower bound of it.
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
    /// Returns the number of messages of one kind.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// Returns the number of messages of these kinds together.
    pub fn sum(&self, kinds: &[Kind]) -> u64 {
        kinds.iter().map(|kind| self.of(*kind)).sum()
    }

    /// Sets the count of one kind.
    pub fn set(&mut self, kind: Kind, count: u64) {
        self.0[kind as usize] = count;
    }
}
