//! Gathers the messages that an alert notifies of, and decides when it notifies: a burst becomes one
//! notification, quiet hours stay silent, and messages older than an hour are only counted. Pure: the time is
//! passed in.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::quiet::QuietHours;
use crate::record::Seq;
use crate::weibo::UserId;

/// How long the first message waits for others of its burst.
pub const BURST: TimeDelta = TimeDelta::seconds(2);
/// Older messages are only counted.
pub const LATE: TimeDelta = TimeDelta::hours(1);

/// When an alert may notify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingPace {
    /// The hours in which it must not.
    pub quiet: Option<QuietHours>,
    /// The minimum pause between two notifications.
    pub every: TimeDelta,
}

/// The part of a message that a notification may contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Number of the message.
    pub seq: Seq,
    /// Its sender.
    pub sender: Option<UserId>,
    /// Name of the sender, if known.
    pub name: Option<String>,
    /// The beginning of its text.
    pub words: String,
}

/// Counts for a notification.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertCount {
    /// Number of messages of the last hour.
    pub n_new: u64,
    /// Number of older messages, of which no notification was possible before.
    pub n_away: u64,
    /// Number of messages in quiet hours.
    pub n_quiet: u64,
    /// The last message of the last hour or of the quiet hours.
    pub latest: Option<Told>,
}

/// Messages that share a notification.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    /// Number of messages received in each minute of the last hour.
    minutes: BTreeMap<i64, u64>,
    n_away: u64,
    n_quiet: u64,
    latest: Option<Told>,
}

impl Gathered {
    /// Returns whether there is nothing to notify of.
    pub fn is_empty(&self) -> bool {
        self.minutes.is_empty() && self.n_away == 0 && self.n_quiet == 0
    }

    /// Adds a message.
    pub fn add(&mut self, told: Told, received_at: DateTime<Utc>, pace: &RingPace, now: DateTime<Utc>) {
        if pace.quiet.is_some_and(|quiet| quiet.contains(received_at)) {
            self.n_quiet += 1;
            self.latest = Some(told);
        } else if now - received_at > LATE {
            self.n_away += 1;
        } else {
            // After the clock was set back a message must not seem to be from the future.
            *self.minutes.entry(received_at.min(now).timestamp().div_euclid(60)).or_default() += 1;
            self.latest = Some(told);
        }
    }

    /// Counts what there is to notify of now.
    pub fn count(&mut self, pace: &RingPace, now: DateTime<Utc>) -> AlertCount {
        let oldest = (now - LATE).timestamp().div_euclid(60);
        let kept = self.minutes.split_off(&oldest);
        for (minute, n) in std::mem::replace(&mut self.minutes, kept) {
            // These were received before the quiet hours, and had to wait for their end.
            let was_quiet = DateTime::from_timestamp(minute * 60, 0)
                .zip(pace.quiet)
                .is_some_and(|(at, quiet)| quiet.begin_after(at) <= now);
            *(if was_quiet { &mut self.n_quiet } else { &mut self.n_away }) += n;
        }
        let n_new = self.minutes.values().sum();
        let latest = self.latest.clone().filter(|_| n_new > 0 || self.n_quiet > 0);
        AlertCount { n_new, n_away: self.n_away, n_quiet: self.n_quiet, latest }
    }
}

/// Gathers messages until the notification is due.
#[derive(Debug)]
pub struct Gather {
    /// When it may notify.
    pub pace: RingPace,
    gathered: Gathered,
    /// When the first gathered message was taken.
    began_at: Option<DateTime<Utc>>,
    rung_at: Option<DateTime<Utc>>,
}

impl Gather {
    /// Creates an empty one.
    pub fn new(pace: RingPace) -> Self {
        Self { pace, gathered: Gathered::default(), began_at: None, rung_at: None }
    }

    /// Returns whether there is nothing to notify of.
    pub fn is_empty(&self) -> bool {
        self.gathered.is_empty()
    }

    /// Adds a message.
    pub fn take(&mut self, told: Told, received_at: DateTime<Utc>, now: DateTime<Utc>) {
        self.gathered.add(told, received_at, &self.pace, now);
        self.began_at.get_or_insert(now);
    }

    /// Returns when the notification is due; `None` while there is nothing to notify of.
    pub fn due_at(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // After the clock was set back nothing may wait for the time it showed before.
        for at in [&mut self.began_at, &mut self.rung_at] {
            *at = at.map(|at| at.min(now));
        }
        let began_at = self.began_at?;
        let paused_until = self.rung_at.map_or(began_at, |rung_at| rung_at + self.pace.every);
        Some(self.pace.after_quiet((began_at + BURST).max(paused_until).max(now)))
    }

    /// Returns what to notify of, if the notification is due.
    pub fn ring(&mut self, now: DateTime<Utc>) -> Option<Gathered> {
        if self.due_at(now)? > now {
            return None;
        }
        self.rung_at = Some(now);
        self.began_at = None;
        Some(std::mem::take(&mut self.gathered))
    }
}

impl RingPace {
    /// Returns `at`, or the end of the quiet hours that contain it.
    pub fn after_quiet(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.quiet.filter(|quiet| quiet.contains(at)).map_or(at, |quiet| quiet.end_after(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn told(seq: Seq) -> Told {
        Told { seq, sender: Some(UserId(7)), name: None, words: format!("message {seq}") }
    }

    fn gather(quiet: Option<&str>) -> Gather {
        Gather::new(RingPace { quiet: quiet.and_then(QuietHours::parse), every: TimeDelta::seconds(30) })
    }

    /// Notifies when it is due, and returns that time and the counts.
    fn rung(gather: &mut Gather, now: DateTime<Utc>) -> (DateTime<Utc>, AlertCount) {
        let due_at = gather.due_at(now).unwrap();
        let pace = gather.pace;
        (due_at, gather.ring(due_at).unwrap().count(&pace, due_at))
    }

    #[test]
    fn a_burst_becomes_one_and_the_next_waits_for_the_pause() {
        let (mut gather, noon) = (gather(None), at("2026-11-29T12:00:00+08:00"));
        assert_eq!(gather.due_at(noon), None);
        (1..=23).for_each(|seq| gather.take(told(seq), noon, noon));
        assert!(gather.ring(noon).is_none(), "the others of a burst are waited for");
        let (due_at, count) = rung(&mut gather, noon);
        assert_eq!(due_at, noon + BURST);
        assert_eq!(count, AlertCount { n_new: 23, latest: Some(told(23)), ..AlertCount::default() });
        assert!(gather.is_empty());
        gather.take(told(24), due_at, due_at);
        assert_eq!(rung(&mut gather, due_at).0, due_at + TimeDelta::seconds(30));
    }

    #[test]
    fn what_is_older_than_an_hour_is_counted_and_nothing_of_it_is_said() {
        let (mut gather, noon) = (gather(None), at("2026-11-29T12:00:00+08:00"));
        (1..=14).for_each(|seq| gather.take(told(seq), noon - TimeDelta::minutes(61), noon));
        let (_, count) = rung(&mut gather, noon);
        assert_eq!(count, AlertCount { n_away: 14, ..AlertCount::default() });
        gather.take(told(15), noon, noon);
        let later = noon + TimeDelta::minutes(62);
        let pace = gather.pace;
        let count = gather.ring(later).unwrap().count(&pace, later);
        assert_eq!(count, AlertCount { n_away: 1, ..AlertCount::default() }, "it was late already");
    }

    #[test]
    fn quiet_hours_end_with_one_digest_of_what_came_in_them() {
        let (mut gather, evening) = (gather(Some("23:00-08:00")), at("2026-11-29T22:59:59+08:00"));
        gather.take(told(1), evening, evening);
        for minutes in 1..=400 {
            let now = evening + TimeDelta::minutes(minutes);
            gather.take(told(2), now, now);
            assert!(gather.ring(now).is_none(), "after {minutes} minutes");
        }
        let morning = at("2026-11-30T08:00:00+08:00");
        let (due_at, count) = rung(&mut gather, at("2026-11-30T07:10:00+08:00"));
        let digest = AlertCount { n_quiet: 401, latest: Some(told(2)), ..AlertCount::default() };
        assert_eq!((due_at, count), (morning, digest));
        let later = morning + TimeDelta::minutes(1);
        gather.take(told(3), later, later);
        assert_eq!(rung(&mut gather, later).1.n_new, 1);
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nothing_up() {
        let (mut gather, noon) = (gather(None), at("2026-11-29T12:00:00+08:00"));
        gather.take(told(1), noon, noon);
        assert_eq!(rung(&mut gather, noon).1.n_new, 1);
        let before = noon - TimeDelta::days(1);
        gather.take(told(2), noon, before);
        let (due_at, count) = rung(&mut gather, before);
        assert!(due_at <= before + TimeDelta::seconds(30), "{due_at}");
        assert_eq!(count.n_new, 1);
    }
}
