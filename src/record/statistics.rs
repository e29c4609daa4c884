//! Messages counted by time, kind and sender, as far as a screen shows them.

use crate::weibo::UserId;

use super::page::Counts;

/// A row of equal times, the last of which is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The last sixty minutes.
    Minutes,
    /// The last 24 hours.
    Hours,
    /// The last fourteen days.
    Days,
}

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    /// For each of [`Scale::ALL`] the messages by kind in each of its times, the oldest first.
    pub scales: [Vec<Counts>; 3],
    /// Whether there were more messages than were counted.
    pub is_cut: bool,
    /// Who wrote most of all, the busiest first.
    pub senders: Vec<BusySender>,
}

/// Somebody who writes much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusySender {
    /// Who.
    pub fan: UserId,
    /// What they are called, if that is known; foreign text.
    pub name: Option<String>,
    /// How many messages they wrote.
    pub n: u64,
}

impl Scale {
    /// All of them, from the finest on.
    pub const ALL: [Self; 3] = [Self::Minutes, Self::Hours, Self::Days];

    /// How many times it has, and how long each is, in milliseconds.
    pub const fn shape(self) -> (usize, i64) {
        match self {
            Self::Minutes => (60, 60_000),
            Self::Hours => (24, 3_600_000),
            Self::Days => (14, 86_400_000),
        }
    }
}
