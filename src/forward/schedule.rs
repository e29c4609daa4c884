//! Decides when a message is retried, and when a failing target is left alone. Pure: the time is passed in.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The pauses before the second and later attempts, in seconds; the last one repeats.
const PAUSES: [i64; 7] = [5, 30, 120, 600, 1_800, 7_200, 21_600];
/// The shortest and the longest pause that `Retry-After` can ask for.
const RETRY_AFTER: (TimeDelta, TimeDelta) = (TimeDelta::seconds(1), TimeDelta::hours(24));
/// Number of refusals after which a message is set aside.
pub(super) const REFUSALS: u32 = 4;

/// Returns the time of the next attempt after `attempts` failed ones; `retry_after` takes precedence.
pub(super) fn next_try_at(now: DateTime<Utc>, attempts: u32, retry_after: Option<Duration>) -> DateTime<Utc> {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX).min(PAUSES.len() - 1);
    let pause = TimeDelta::seconds(PAUSES.get(index).copied().unwrap_or_default());
    let asked = retry_after.map(|asked| {
        let (least, most) = RETRY_AFTER;
        TimeDelta::from_std(asked).unwrap_or(most).clamp(least, most)
    });
    now + asked.unwrap_or(pause)
}

/// Number of failures in a row after which a target is left alone.
const FAILURES: u32 = 5;
/// The first and the longest pause; each pause is twice the one before.
const OPEN: (TimeDelta, TimeDelta) = (TimeDelta::seconds(5), TimeDelta::minutes(5));

/// The circuit breaker of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Breaker {
    /// The target is called, and its last call did not fail.
    #[default]
    Closed,
    /// The target is still called after this number of failures in a row.
    Failing(u32),
    /// The target is left alone until this time. The pause has this length.
    Open(DateTime<Utc>, TimeDelta),
    /// The target asked to be left alone until this time. The pause has this length.
    Asked(DateTime<Utc>, TimeDelta),
    /// One call in flight tests whether the target works again. Holds the pause before it; zero if the target
    /// had asked for the pause.
    HalfOpen(TimeDelta),
}

impl Breaker {
    /// Whether a call may begin. After a pause only one may, and its result decides.
    pub(super) fn admits(&mut self, now: DateTime<Utc>) -> bool {
        match *self {
            Self::Closed | Self::Failing(_) => true,
            Self::Open(_, pause) if self.rests_until(now).is_none() => {
                *self = Self::HalfOpen(pause);
                true
            }
            Self::Asked(..) if self.rests_until(now).is_none() => {
                *self = Self::HalfOpen(TimeDelta::zero());
                true
            }
            Self::Open(..) | Self::Asked(..) | Self::HalfOpen(_) => false,
        }
    }

    /// Records that the target answered. Returns whether it was left alone before. A pause that it asked for
    /// stays in force, because the call began before it.
    pub(super) fn succeed(&mut self) -> bool {
        !matches!(self, Self::Asked(..)) && matches!(std::mem::take(self), Self::Open(..) | Self::HalfOpen(_))
    }

    /// Records that a call failed. The target may have asked to be left alone until `asked`.
    pub(super) fn fail(&mut self, now: DateTime<Utc>, asked: Option<DateTime<Utc>>) {
        if let Some(asked) = asked.filter(|_| self.down(now).is_none()) {
            let until = if let Self::Asked(until, _) = *self { until.max(asked) } else { asked };
            *self = Self::Asked(until, until - now);
            return;
        }
        let (first, longest) = OPEN;
        let open = |pause: TimeDelta| {
            let until = asked.map_or(now + pause, |asked| asked.max(now + pause));
            Self::Open(until, until - now)
        };
        *self = match *self {
            Self::Closed => Self::Failing(1),
            Self::Failing(failures) if failures + 1 < FAILURES => Self::Failing(failures + 1),
            Self::Failing(_) => open(first),
            Self::HalfOpen(pause) => open((pause * 2).clamp(first, longest)),
            // The call began before the pause.
            Self::Open(until, _) if asked.is_some_and(|asked| asked > until) => open(TimeDelta::zero()),
            Self::Open(..) | Self::Asked(..) => *self,
        };
    }

    /// Whether no call may begin now.
    pub(super) fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.is_probing() || self.rests_until(now).is_some()
    }

    /// Whether a call that tests the target is in flight.
    pub(super) const fn is_probing(&self) -> bool {
        matches!(self, Self::HalfOpen(_))
    }

    /// Returns the end of the pause; `None` when a call may begin now or one that tests the target is in
    /// flight. A clock that is set back makes no pause longer.
    pub(super) fn rests_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match *self {
            Self::Open(until, pause) | Self::Asked(until, pause) => {
                Some(until).filter(|until| *until > now && *until <= now + pause)
            }
            Self::Closed | Self::Failing(_) | Self::HalfOpen(_) => None,
        }
    }

    /// Returns the time until which a failing target is, or was, left alone; `None` when it is not known to
    /// fail. A pause that it asked for is no failure.
    pub(super) const fn down(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match *self {
            Self::Open(until, _) => Some(until),
            Self::HalfOpen(pause) if !pause.is_zero() => Some(now),
            Self::Closed | Self::Failing(_) | Self::Asked(..) | Self::HalfOpen(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_message_is_tried_again_by_the_schedule_and_then_every_six_hours() {
        let pauses: Vec<i64> = (1..10).map(|attempts| next_try_at(at(0), attempts, None).timestamp()).collect();
        assert_eq!(pauses, [5, 30, 120, 600, 1_800, 7_200, 21_600, 21_600, 21_600]);
    }

    #[test]
    fn what_a_target_asks_for_is_kept_within_a_second_and_a_day() {
        for (asked, pause) in [(0, 1), (17, 17), (86_400, 86_400), (u64::MAX, 86_400)] {
            let next = next_try_at(at(0), 1, Some(Duration::from_secs(asked)));
            assert_eq!(next, at(pause), "{asked}");
        }
    }

    #[test]
    fn a_dead_target_gets_one_call_after_each_pause_and_a_working_one_all() {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            assert!(breaker.admits(at(0)));
            breaker.fail(at(0), None);
        }
        assert!(!breaker.admits(at(4)));
        assert_eq!(breaker.rests_until(at(4)), Some(at(5)));
        let mut of_yesterday = breaker;
        assert!(of_yesterday.admits(at(-86_400)), "the clock was set back");
        assert!(breaker.admits(at(5)), "one call");
        assert!(!breaker.admits(at(5)), "and no second");
        breaker.fail(at(6), None);
        assert!(!breaker.admits(at(15)));
        assert!(breaker.admits(at(16)), "the pause has doubled");
        assert!(breaker.succeed());
        assert!(breaker.admits(at(16)) && breaker.admits(at(16)));
    }

    #[test]
    fn a_target_that_asks_for_a_pause_gets_all_of_it_and_then_one_call() {
        let mut breaker = Breaker::default();
        breaker.fail(at(0), Some(at(20)));
        breaker.fail(at(1), Some(at(10)));
        breaker.fail(at(1), None);
        assert!(!breaker.succeed(), "a call that began before changes nothing");
        assert_eq!((breaker.rests_until(at(19)), breaker.down(at(19))), (Some(at(20)), None));
        assert!(!breaker.admits(at(19)));
        assert!(breaker.admits(at(20)) && !breaker.admits(at(20)), "one call");
        breaker.fail(at(20), Some(at(40)));
        assert_eq!((breaker.rests_until(at(20)), breaker.down(at(20))), (Some(at(40)), None));
        assert!(breaker.admits(at(40)));
        breaker.fail(at(40), None);
        assert_eq!(breaker.down(at(40)), Some(at(45)), "now it is down");
        breaker.fail(at(41), Some(at(100)));
        assert_eq!((breaker.rests_until(at(99)), breaker.down(at(99))), (Some(at(100)), Some(at(100))));
        assert!(breaker.admits(at(100)) && breaker.succeed());
        assert_eq!(breaker, Breaker::Closed);
    }

    #[test]
    fn failures_that_are_not_in_a_row_leave_it_closed() {
        let mut breaker = Breaker::default();
        for _ in 0..3 * FAILURES {
            breaker.fail(at(0), None);
            assert!(breaker.admits(at(0)));
            breaker.succeed();
        }
        assert_eq!(breaker, Breaker::Closed);
    }
}
