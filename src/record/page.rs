//! Pages: the part of the archive that a reader asks for and gets.

use crate::weibo::Kind;

use super::{Record, Seq};

/// Where a page lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// At the newest message.
    Newest,
    /// At the oldest message.
    Oldest,
    /// With this message, or the place where it would be, in its middle.
    Around(Seq),
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Only messages of these kinds.
    pub kinds: &'static [Kind],
    /// Where.
    pub anchor: Anchor,
    /// How many records at the most.
    pub limit: usize,
}

/// How many messages there are, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([u64; Kind::ALL.len()]);

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What was asked for.
    pub request: Request,
    /// Newest first.
    pub records: Vec<Record>,
    /// How many messages of these kinds are newer than the first record.
    pub newer: u64,
    /// How many messages there are at all.
    pub counts: Counts,
}

impl Counts {
    /// How many of one kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// How many of these kinds together.
    #[must_use]
    pub fn sum(&self, kinds: &[Kind]) -> u64 {
        kinds.iter().map(|kind| self.of(*kind)).sum()
    }

    /// Sets the count of one kind.
    pub fn set(&mut self, kind: Kind, count: u64) {
        self.0[kind as usize] = count;
    }
}
