//! When a notification that was not accepted is sent again. Pure: the time is passed in.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The pauses after the first failure and later ones, in seconds; the last one repeats.
const PAUSES: [i64; 5] = [5, 30, 120, 300, 600];

/// The number of attempts, and when the next one is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Retry {
    pub(super) attempts: u32,
    pub(super) next_at: DateTime<Utc>,
}

impl Retry {
    /// The state of a notification that was never sent.
    pub(super) const fn first(now: DateTime<Utc>) -> Self {
        Self { attempts: 0, next_at: now }
    }

    /// The state of a notification that may have been sent before weibox was killed.
    pub(super) const fn again(now: DateTime<Utc>) -> Self {
        Self { attempts: 1, next_at: now }
    }

    /// Records a failure; `asked` is the pause that the receiver asked for.
    pub(super) fn fail(&mut self, now: DateTime<Utc>, asked: Option<Duration>) {
        let index = usize::try_from(self.attempts).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
        let pause = TimeDelta::seconds(PAUSES.get(index).copied().unwrap_or_default());
        let asked = asked.and_then(|asked| TimeDelta::from_std(asked).ok()).unwrap_or_default();
        self.attempts = self.attempts.saturating_add(1);
        self.next_at = now + pause.max(asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_to_ten_minutes_and_a_robot_can_ask_for_more() {
        let begun_at = DateTime::UNIX_EPOCH;
        let mut retry = Retry::first(begun_at);
        let pauses: Vec<i64> = (0..7)
            .map(|_| {
                retry.fail(begun_at, None);
                (retry.next_at - begun_at).num_seconds()
            })
            .collect();
        assert_eq!(pauses, [5, 30, 120, 300, 600, 600, 600]);
        let mut limited = Retry::first(begun_at);
        limited.fail(begun_at, Some(Duration::from_mins(10)));
        assert_eq!(limited.next_at, begun_at + TimeDelta::minutes(10));
    }
}
