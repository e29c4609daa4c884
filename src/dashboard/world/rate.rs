//! Signs of life: the number of messages in the last ten minutes, and the time since the last one.

use chrono::{DateTime, TimeDelta, Utc};

/// The resolution of the counts: fine enough for a rate per minute, coarse enough to wake the screen rarely.
const GRAIN: TimeDelta = TimeDelta::seconds(6);
/// The number of grains kept: ten minutes.
const GRAINS: usize = 100;
/// The number of grains in a minute.
const MINUTE: usize = 10;
/// The time without a message after which the dashboard reports it.
const QUIET: TimeDelta = TimeDelta::minutes(10);
/// The number of pauses between callbacks after which their rate is known.
const STEADY: u32 = 20;
/// The weight of a new pause in the mean, as a divisor.
const PART: i32 = 16;
/// The multiple of the mean pause after which callbacks count as stopped. One pause in 160,000 is that long by chance.
const STOPPED: i32 = 12;
/// The minimum silence that is reported as a stop.
const SHORTEST: TimeDelta = TimeDelta::minutes(2);
/// The mean pause above which callbacks have no rate that could stop.
const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// The overall state, in order of importance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// The listening process is gone.
    Unserved,
    /// Messages cannot be stored: the disk is full.
    ArchiveFull,
    /// The archive is damaged, and is being saved.
    ArchiveDamaged,
    /// Messages cannot be stored, or not fast enough.
    ArchiveFailing,
    /// Weibo cannot reach the listener.
    Unreachable,
    /// The user froze the screen.
    Frozen,
    /// Callbacks are not checked.
    NoSecret,
    /// Weibo refuses the access token.
    TokenRefused,
    /// No message arrived for this long.
    Quiet(TimeDelta),
    /// No callback arrived for this long, although they had arrived steadily.
    Stopped(TimeDelta),
    /// All is well.
    Live,
}

/// The messages of the last ten minutes.
#[derive(Debug, Clone)]
pub struct Rate {
    /// The grains, newest first.
    grains: [u64; GRAINS],
    /// The start of the newest grain.
    began_at: DateTime<Utc>,
    /// The time of the last message, as far as it is known.
    last_at: Option<DateTime<Utc>>,
    /// The time of the last callback, according to the listener.
    last_call_at: Option<DateTime<Utc>>,
    /// The mean of the recent pauses between callbacks.
    pause: TimeDelta,
    /// The number of pauses so far.
    n_pauses: u32,
}

impl Rate {
    pub(in crate::dashboard) const fn new(now: DateTime<Utc>) -> Self {
        let grains = [0; GRAINS];
        Self { grains, began_at: now, last_at: None, last_call_at: None, pause: TimeDelta::zero(), n_pauses: 0 }
    }

    /// Counts messages that arrived now.
    pub(in crate::dashboard) fn note(&mut self, now: DateTime<Utc>, n_messages: u64) {
        self.advance(now);
        if let [newest, ..] = &mut self.grains
            && n_messages > 0
        {
            *newest += n_messages;
            self.last_at = Some(now);
        }
    }

    /// Records an earlier message.
    pub(in crate::dashboard) fn note_last(&mut self, at: DateTime<Utc>) {
        self.last_at = self.last_at.max(Some(at));
    }

    /// Records the time of the last callback, whether or not it is a repeat.
    pub(in crate::dashboard) fn note_call(&mut self, at: DateTime<Utc>) {
        self.note_last(at);
        let pause = self.last_call_at.map(|last_call_at| at - last_call_at);
        if let Some(pause) = pause.filter(|pause| *pause > TimeDelta::zero()) {
            // A long pause at night must not set the measure for the next day.
            let longer = pause.min(self.pause * STOPPED) - self.pause;
            self.pause = if self.n_pauses == 0 { pause.min(LONGEST) } else { self.pause + longer / PART };
            self.n_pauses = self.n_pauses.saturating_add(1);
        }
        self.last_call_at = self.last_call_at.max(Some(at));
    }

    /// Advances the time. Setting the clock back changes nothing.
    pub(in crate::dashboard) fn advance(&mut self, now: DateTime<Utc>) {
        let passed = (now - self.began_at).num_seconds() / GRAIN.num_seconds();
        let Ok(passed @ 1..) = usize::try_from(passed) else { return };
        let shifted = passed.min(GRAINS);
        self.grains.rotate_right(shifted);
        self.grains.iter_mut().take(shifted).for_each(|grain| *grain = 0);
        self.began_at += GRAIN * i32::try_from(passed).unwrap_or(i32::MAX);
    }

    /// Returns the number of messages of the last minute.
    pub fn last_minute(&self) -> u64 {
        self.grains.iter().take(MINUTE).sum()
    }

    /// Returns the number of messages in each of the last ten minutes, the oldest first.
    pub fn minutes(&self) -> Vec<u64> {
        self.grains.chunks(MINUTE).rev().map(|minute| minute.iter().sum()).collect()
    }

    /// Returns how long no message has arrived, and whether steady callbacks have stopped. The time is in whole
    /// minutes, or in whole hours from the first hour on. `None` while the silence is short.
    pub(in crate::dashboard) fn silence(&self, now: DateTime<Utc>) -> Option<(TimeDelta, bool)> {
        let passed = now - self.last_at?;
        let has_stopped = self.stop().is_some_and(|stop| passed >= stop);
        let whole = || passed - TimeDelta::seconds(passed.num_seconds() % Self::step(passed).num_seconds());
        (has_stopped || passed >= QUIET).then(|| (whole(), has_stopped))
    }

    /// Returns the silence after which callbacks count as stopped, or `None` while they have no rate.
    fn stop(&self) -> Option<TimeDelta> {
        let is_steady = self.n_pauses >= STEADY && self.pause <= LONGEST;
        is_steady.then(|| (self.pause * STOPPED).max(SHORTEST))
    }

    /// Returns the time at which the screen changes without any input, or `None` if it does not.
    pub(in crate::dashboard) fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let shifts = self.grains.iter().any(|grain| *grain > 0).then(|| self.began_at + GRAIN);
        let quiets = self.last_at.map(|last_at| match self.silence(now) {
            Some((passed, _)) => last_at + passed + Self::step(passed),
            None => last_at + QUIET,
        });
        let stops = self.last_at.zip(self.stop()).map(|(last_at, stop)| last_at + stop).filter(|stop| *stop > now);
        [shifts, quiets, stops].into_iter().flatten().min()
    }

    /// Returns the unit in which a silence is shown.
    fn step(passed: TimeDelta) -> TimeDelta {
        if passed < TimeDelta::hours(1) { TimeDelta::minutes(1) } else { TimeDelta::hours(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_435_200 + seconds, 0).unwrap()
    }

    #[test]
    fn ten_minutes_are_remembered_and_ticks_end_with_them() {
        let mut rate = Rate::new(at(0));
        assert_eq!(rate.next_change(at(0)), None);
        rate.note(at(3), 12);
        assert_eq!((rate.last_minute(), rate.next_change(at(3))), (12, Some(at(6))));
        rate.note(at(61), 5);
        assert_eq!(rate.last_minute(), 5);
        assert_eq!(rate.minutes(), [0, 0, 0, 0, 0, 0, 0, 0, 12, 5]);
        rate.advance(at(700));
        assert_eq!((rate.last_minute(), rate.minutes().iter().sum::<u64>()), (0, 0));
    }

    #[test]
    fn it_is_quiet_after_ten_minutes_and_says_so_by_the_minute_then_by_the_hour() {
        let mut rate = Rate::new(at(0));
        rate.note_last(at(0));
        assert_eq!((rate.silence(at(599)), rate.next_change(at(599))), (None, Some(at(600))));
        let told = (Some((TimeDelta::minutes(10), false)), Some(at(660)));
        assert_eq!((rate.silence(at(601)), rate.next_change(at(601))), told);
        let told = (Some((TimeDelta::hours(2), false)), Some(at(10800)));
        assert_eq!((rate.silence(at(7300)), rate.next_change(at(7300))), told);
    }

    #[test]
    fn calls_that_came_steadily_and_stopped_are_missed_and_others_are_not() {
        let mut rate = Rate::new(at(0));
        for call in 0..=i64::from(STEADY) {
            rate.note_call(at(call * 20));
        }
        // Twelve times twenty seconds after the last one, which came after 400.
        assert_eq!((rate.silence(at(639)), rate.next_change(at(639))), (None, Some(at(640))));
        assert_eq!(rate.silence(at(641)), Some((TimeDelta::minutes(4), true)));
        assert_eq!(rate.silence(at(40_000)), Some((TimeDelta::hours(11), true)));
        // After a night callbacks are as steady as before, and the end of a burst is not reported at once.
        rate.note_call(at(40_000));
        assert_eq!(rate.silence(at(40_100)), None);
        assert!(rate.silence(at(41_000)).is_some_and(|(_, has_stopped)| has_stopped));
        let mut seldom = Rate::new(at(0));
        for call in 0..100 {
            seldom.note_call(at(call * 3600));
        }
        assert_eq!(seldom.silence(at(99 * 3600 + 7200)), Some((TimeDelta::hours(2), false)));
        let mut few = Rate::new(at(0));
        for call in 0..5 {
            few.note_call(at(call));
        }
        assert_eq!(few.silence(at(500)), None);
    }

    #[test]
    fn a_clock_that_jumps_does_no_harm() {
        let mut rate = Rate::new(at(1000));
        rate.note(at(1000), 1);
        rate.advance(at(0));
        assert_eq!(rate.last_minute(), 1);
        rate.advance(DateTime::<Utc>::MAX_UTC);
        assert_eq!(rate.last_minute(), 0);
    }
}
