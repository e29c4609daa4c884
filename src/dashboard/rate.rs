//! How many messages came in the last minute.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// So long a message counts.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// Messages of the last minute, one entry a second, so that a flood takes no more room than a trickle.
#[derive(Debug, Clone, Default)]
pub(super) struct Rate {
    arrivals: VecDeque<(DateTime<Utc>, u64)>,
}

impl Rate {
    /// Counts messages that came now.
    pub(super) fn note(&mut self, now: DateTime<Utc>, n_messages: u64) {
        if n_messages == 0 {
            return;
        }
        match self.arrivals.back_mut() {
            Some((at, n)) if now - *at < TimeDelta::seconds(1) => *n += n_messages,
            Some(_) | None => self.arrivals.push_back((now, n_messages)),
        }
    }

    /// Drops what is older than a minute.
    pub(super) fn forget(&mut self, now: DateTime<Utc>) {
        while self.arrivals.front().is_some_and(|(at, _)| now - *at >= WINDOW) {
            self.arrivals.pop_front();
        }
    }

    /// How many are left.
    pub(super) fn sum(&self) -> u64 {
        self.arrivals.iter().map(|(_, n)| n).sum()
    }

    /// When the next one will be forgotten; `None` when none is left.
    pub(super) fn next_change(&self) -> Option<DateTime<Utc>> {
        self.arrivals.front().map(|(at, _)| *at + WINDOW)
    }
}
