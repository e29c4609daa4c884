//! Messages counted by time, kind and sender, for display on a screen.

use crate::weibo::UserId;

use super::page::Counts;

/// A series of equal periods, the last of which is still running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The last sixty minutes.
    Minutes,
    /// The last 24 hours.
    Hours,
    /// The last fourteen days.
    Days,
}

/// The counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    /// For each of [`Scale::ALL`], the messages by kind in each of its periods, the oldest first.
    pub scales: [Vec<Counts>; 3],
    /// Whether there are more messages than were counted.
    pub is_cut: bool,
    /// The senders with the most messages, the busiest first.
    pub senders: Vec<BusySender>,
}

/// A sender with many messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusySender {
    /// The sender.
    pub fan: UserId,
    /// Their name, if it is known; foreign text.
    pub name: Option<String>,
    /// Number of their messages.
    pub n: u64,
}

impl Scale {
    /// Every scale, from the finest to the coarsest.
    pub const ALL: [Self; 3] = [Self::Minutes, Self::Hours, Self::Days];

    /// Returns the number of periods and the length of each in milliseconds.
    pub const fn shape(self) -> (usize, i64) {
        match self {
            Self::Minutes => (60, 60_000),
            Self::Hours => (24, 3_600_000),
            Self::Days => (14, 86_400_000),
        }
    }
}
