//! Decides when callbacks are missing. Pure: the time is passed in.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::quiet::QuietHours;

/// The units of a pause, in minutes.
const UNITS: [(char, i64); 2] = [('h', 60), ('m', 1)];

/// The longest expected pause between callbacks, and the hours in which it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedCalls {
    /// The longest expected pause; a longer one is notified of.
    pub within: TimeDelta,
    /// The hours in which callbacks should come; `None` for always.
    pub hours: Option<QuietHours>,
}

impl ExpectedCalls {
    /// Parses `30m`, `2h`, or with hours of the day `30m 09:00-22:00`, which may name another time zone than
    /// China's as quiet hours do. `None` for anything else, and for a pause that is not between a minute and
    /// a day.
    pub fn parse(text: &str) -> Option<Self> {
        let (pause, hours) =
            text.trim().split_once(' ').map_or((text.trim(), None), |(pause, hours)| (pause, Some(hours)));
        let (digits, unit) = UNITS.into_iter().find_map(|(letter, unit)| Some((pause.strip_suffix(letter)?, unit)))?;
        let minutes = i64::from(digits.parse::<u16>().ok()?) * unit;
        let hours = match hours {
            Some(hours) => Some(QuietHours::parse(hours)?),
            None => None,
        };
        (1..=1_440).contains(&minutes).then(|| Self { within: TimeDelta::minutes(minutes), hours })
    }
}

impl fmt::Display for ExpectedCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}m", self.within.num_minutes())?;
        self.hours.map_or(Ok(()), |hours| write!(f, " {hours}"))
    }
}

/// Watches whether callbacks are missing.
#[derive(Debug, Clone)]
pub struct SilenceWatch {
    expected: ExpectedCalls,
    began_at: DateTime<Utc>,
    last_call_at: Option<DateTime<Utc>>,
    is_missed: bool,
}

impl SilenceWatch {
    /// Starts watching at `now`.
    pub const fn new(expected: ExpectedCalls, now: DateTime<Utc>) -> Self {
        Self { expected, began_at: now, last_call_at: None, is_missed: false }
    }

    /// Returns the longest expected pause.
    pub const fn within(&self) -> TimeDelta {
        self.expected.within
    }

    /// Takes the time of the last callback, and returns whether callbacks are missing: once they are, they
    /// are so until one comes.
    pub fn look(&mut self, last_call_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        if last_call_at != self.last_call_at {
            self.last_call_at = last_call_at;
            self.is_missed = false;
        }
        self.is_missed |= self.due_at(now) <= now;
        self.is_missed
    }

    /// Returns when callbacks will be missing if none comes.
    pub fn due_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        // After the clock was set back a callback must not seem to be from the future.
        let since = self.last_call_at.unwrap_or(self.began_at).max(self.began_at).min(now);
        let ExpectedCalls { within, hours } = self.expected;
        let Some(hours) = hours else { return since + within };
        if hours.contains(now) {
            let began_at = hours.begin_after(now) - TimeDelta::days(1);
            let due_at = since.max(began_at) + within;
            if due_at < hours.end_after(now) {
                return due_at;
            }
        }
        hours.begin_after(now) + within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(&format!("{text}+08:00")).unwrap().to_utc()
    }

    #[test]
    fn a_pause_is_read_with_its_hours() {
        for (typed, shown) in [
            ("30m", "30m"),
            ("2h", "120m"),
            ("30m 09:00-22:00", "30m 09:00-22:00 +08:00"),
            (" 5m 09:00-22:00 +09:00", "5m 09:00-22:00 +09:00"),
        ] {
            let read = ExpectedCalls::parse(typed).unwrap();
            assert_eq!((read.to_string().as_str(), ExpectedCalls::parse(shown)), (shown, Some(read)), "{typed}");
        }
        for wrong in ["", "30", "0m", "25h", "1441m", "30s", "30m 9", "30m 09:00-09:00", "-5m"] {
            assert_eq!(ExpectedCalls::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn calls_are_missed_after_their_pause_until_one_comes() {
        let mut watch = SilenceWatch::new(ExpectedCalls::parse("30m").unwrap(), at("2026-11-29T12:00:00"));
        assert!(!watch.look(None, at("2026-11-29T12:29:59")));
        assert!(watch.look(None, at("2026-11-29T12:30:00")));
        let call = Some(at("2026-11-29T12:31:00"));
        assert!(!watch.look(call, at("2026-11-29T12:31:00")) && !watch.look(call, at("2026-11-29T13:00:59")));
        assert!(watch.look(call, at("2026-11-29T13:01:00")));
        // Setting the clock back does not end the silence, and a clock that was ahead does not begin one.
        assert!(watch.look(call, at("2026-11-29T11:00:00")));
        let mut ahead = SilenceWatch::new(ExpectedCalls::parse("30m").unwrap(), at("2026-12-29T12:00:00"));
        assert!(!ahead.look(None, at("2026-11-29T12:00:00")));
    }

    #[test]
    fn calls_are_missed_at_the_time_of_day_at_which_they_should_come() {
        let expected = ExpectedCalls::parse("30m 09:00-22:00").unwrap();
        let mut watch = SilenceWatch::new(expected, at("2026-11-28T21:00:00"));
        let evening = Some(at("2026-11-28T21:45:00"));
        for (now, is_missed) in [
            ("2026-11-28T21:59:59", false),
            ("2026-11-28T23:59:00", false),
            ("2026-11-29T09:29:59", false),
            ("2026-11-29T09:30:00", true),
            // The silence ends when a callback comes, not when the hours end.
            ("2026-11-29T23:00:00", true),
        ] {
            assert_eq!(watch.look(evening, at(now)), is_missed, "{now}");
        }
        assert!(!watch.look(Some(at("2026-11-29T23:00:00")), at("2026-11-29T23:01:00")));
        let quiet = SilenceWatch::new(expected, at("2026-11-28T21:45:00"));
        assert_eq!(quiet.due_at(at("2026-11-28T21:45:00")), at("2026-11-29T09:30:00"));
        assert_eq!(quiet.due_at(at("2026-11-28T23:00:00")), at("2026-11-29T09:30:00"));
    }
}
