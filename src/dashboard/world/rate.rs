//! Is it alive? How many messages came in the last ten minutes, and how long ago the last one did.

use chrono::{DateTime, TimeDelta, Utc};

/// The grain of the counts: fine enough for a rate a minute, coarse enough to wake the screen seldom.
const GRAIN: TimeDelta = TimeDelta::seconds(6);
/// The number of grains that are kept: ten minutes.
const GRAINS: usize = 100;
/// The number of grains in a minute.
const MINUTE: usize = 10;
/// Without a message for this long it is quiet.
const QUIET: TimeDelta = TimeDelta::minutes(10);
/// After this many pauses between calls their rate is known.
const STEADY: u32 = 20;
/// A new pause is this part of the mean.
const PART: i32 = 16;
/// Calls have stopped when none came for this many times as long as they pause. One pause of 160,000 is that long by chance.
const STOPPED: i32 = 12;
/// A shorter silence is never told of.
const SHORTEST: TimeDelta = TimeDelta::minutes(2);
/// Calls that pause longer than this have no rate that could stop.
const LONGEST: TimeDelta = TimeDelta::minutes(5);

/// How it goes, in the order of what matters most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// The process that listened has gone.
    Unserved,
    /// Messages cannot be stored: the disk is full.
    ArchiveFull,
    /// The archive is damaged, and is being saved.
    ArchiveDamaged,
    /// Messages cannot be stored, or not fast enough.
    ArchiveFailing,
    /// Weibo cannot reach the listener.
    Unreachable,
    /// News are kept off the screen.
    Frozen,
    /// Calls are not checked.
    NoSecret,
    /// Weibo refuses the access token.
    TokenRefused,
    /// No call came for this long.
    Quiet(TimeDelta),
    /// No call came for this long, where they came steadily.
    Stopped(TimeDelta),
    /// All is well.
    Live,
}

/// Messages of the last ten minutes.
#[derive(Debug, Clone)]
pub struct Rate {
    /// The newest grain first.
    grains: [u64; GRAINS],
    /// When the newest grain began.
    began_at: DateTime<Utc>,
    /// When the last message came, as far as is known.
    last_at: Option<DateTime<Utc>>,
    /// When the last call came, as the listener says.
    last_call_at: Option<DateTime<Utc>>,
    /// How long calls pause, as a mean of the last ones.
    pause: TimeDelta,
    /// How many pauses there were.
    n_pauses: u32,
}

impl Rate {
    /// Nothing came yet.
    pub(in crate::dashboard) const fn new(now: DateTime<Utc>) -> Self {
        let grains = [0; GRAINS];
        Self { grains, began_at: now, last_at: None, last_call_at: None, pause: TimeDelta::zero(), n_pauses: 0 }
    }

    /// Counts messages that came now.
    pub(in crate::dashboard) fn note(&mut self, now: DateTime<Utc>, n_messages: u64) {
        self.advance(now);
        if let [newest, ..] = &mut self.grains
            && n_messages > 0
        {
            *newest += n_messages;
            self.last_at = Some(now);
        }
    }

    /// Remembers a message from before.
    pub(in crate::dashboard) fn note_last(&mut self, at: DateTime<Utc>) {
        self.last_at = self.last_at.max(Some(at));
    }

    /// Remembers when the last call came, a repeat or not.
    pub(in crate::dashboard) fn note_call(&mut self, at: DateTime<Utc>) {
        self.note_last(at);
        let pause = self.last_call_at.map(|last_call_at| at - last_call_at);
        if let Some(pause) = pause.filter(|pause| *pause > TimeDelta::zero()) {
            // A night is no pause that the next day should be measured by.
            let longer = pause.min(self.pause * STOPPED) - self.pause;
            self.pause = if self.n_pauses == 0 { pause.min(LONGEST) } else { self.pause + longer / PART };
            self.n_pauses = self.n_pauses.saturating_add(1);
        }
        self.last_call_at = self.last_call_at.max(Some(at));
    }

    /// Lets time pass. A clock that is set back changes nothing.
    pub(in crate::dashboard) fn advance(&mut self, now: DateTime<Utc>) {
        let passed = (now - self.began_at).num_seconds() / GRAIN.num_seconds();
        let Ok(passed @ 1..) = usize::try_from(passed) else { return };
        let shifted = passed.min(GRAINS);
        self.grains.rotate_right(shifted);
        self.grains.iter_mut().take(shifted).for_each(|grain| *grain = 0);
        self.began_at += GRAIN * i32::try_from(passed).unwrap_or(i32::MAX);
    }

    /// The number of messages of the last minute.
    pub fn last_minute(&self) -> u64 {
        self.grains.iter().take(MINUTE).sum()
    }

    /// The number of messages in each of the last ten minutes, the oldest first.
    pub fn minutes(&self) -> Vec<u64> {
        self.grains.chunks(MINUTE).rev().map(|minute| minute.iter().sum()).collect()
    }

    /// For how long nothing has come, in whole minutes, or in whole hours after the first, and whether calls that came steadily
    /// have stopped; `None` while that is short.
    pub(in crate::dashboard) fn silence(&self, now: DateTime<Utc>) -> Option<(TimeDelta, bool)> {
        let passed = now - self.last_at?;
        let has_stopped = self.stop().is_some_and(|stop| passed >= stop);
        let whole = || passed - TimeDelta::seconds(passed.num_seconds() % Self::step(passed).num_seconds());
        (has_stopped || passed >= QUIET).then(|| (whole(), has_stopped))
    }

    /// The silence that says that calls have stopped; `None` while they have no rate.
    fn stop(&self) -> Option<TimeDelta> {
        let is_steady = self.n_pauses >= STEADY && self.pause <= LONGEST;
        is_steady.then(|| (self.pause * STOPPED).max(SHORTEST))
    }

    /// When what is shown of it changes by time alone; `None` when it does not.
    pub(in crate::dashboard) fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let shifts = self.grains.iter().any(|grain| *grain > 0).then(|| self.began_at + GRAIN);
        let quiets = self.last_at.map(|last_at| match self.silence(now) {
            Some((passed, _)) => last_at + passed + Self::step(passed),
            None => last_at + QUIET,
        });
        let stops = self.last_at.zip(self.stop()).map(|(last_at, stop)| last_at + stop).filter(|stop| *stop > now);
        [shifts, quiets, stops].into_iter().flatten().min()
    }

    /// The unit in which a quiet time is told.
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
        // After a night they are as steady as before, and a burst is not missed at once.
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
