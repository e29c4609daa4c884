//! Quiet hours, in which no alert notifies. Pure: the time is passed in.

use std::fmt;

use chrono::{DateTime, Days, FixedOffset, NaiveTime, Utc};

use crate::weibo::created_at::china;

/// A span of every day in the time zone of the account: China's, unless another offset is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: NaiveTime,
    until: NaiveTime,
    zone: FixedOffset,
}

impl QuietHours {
    /// Parses `23:00-08:00`, or `23:00-08:00 +09:00` where the account uses another time zone. `None` for
    /// anything else, and for an empty span.
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, zone) = match text.trim().split_once(' ') {
            Some((hours, zone)) => (hours, zone.trim().parse().ok()?),
            None => (text.trim(), china()),
        };
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        let (from, until) = hours.split_once('-').and_then(|(from, until)| Some((time(from)?, time(until)?)))?;
        (from != until).then_some(Self { from, until, zone })
    }

    /// Returns whether `at` is in the quiet hours.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        let time = at.with_timezone(&self.zone).time();
        if self.from < self.until {
            (self.from..self.until).contains(&time)
        } else {
            time >= self.from || time < self.until
        }
    }

    /// Returns the next end of the quiet hours.
    pub fn end_after(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.next(self.until, at)
    }

    /// Returns the next beginning of the quiet hours.
    pub fn begin_after(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.next(self.from, at)
    }

    /// Returns the local time: `08:00`.
    pub fn local_time(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%H:%M").to_string()
    }

    /// Returns the next moment at which the local time is `time`.
    fn next(&self, time: NaiveTime, at: DateTime<Utc>) -> DateTime<Utc> {
        let local = at.with_timezone(&self.zone);
        let day = if local.time() < time {
            Some(local.date_naive())
        } else {
            local.date_naive().checked_add_days(Days::new(1))
        };
        // A fixed offset has every local time once a day; only the last representable day has no next one.
        day.and_then(|day| day.and_time(time).and_local_timezone(self.zone).single()).map_or(at, |next| next.to_utc())
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{} {}", self.from.format("%H:%M"), self.until.format("%H:%M"), self.zone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn a_night_begins_on_one_day_and_ends_on_the_next_by_chinas_clock() {
        let night = QuietHours::parse("23:00-08:00").unwrap();
        for (time, is_quiet) in [
            ("2026-11-29T22:59:59+08:00", false),
            ("2026-11-29T23:00:00+08:00", true),
            ("2026-11-30T03:00:00+08:00", true),
            ("2026-11-30T07:59:59+08:00", true),
            ("2026-11-30T08:00:00+08:00", false),
            ("2026-11-29T15:00:00+00:00", true),
        ] {
            assert_eq!(night.contains(at(time)), is_quiet, "{time}");
        }
        assert_eq!(night.end_after(at("2026-11-29T23:30:00+08:00")), at("2026-11-30T08:00:00+08:00"));
        assert_eq!(night.end_after(at("2026-11-30T01:00:00+08:00")), at("2026-11-30T08:00:00+08:00"));
        assert_eq!(night.end_after(at("2026-11-30T08:00:00+08:00")), at("2026-12-01T08:00:00+08:00"));
        assert_eq!(night.begin_after(at("2026-11-30T08:00:00+08:00")), at("2026-11-30T23:00:00+08:00"));
    }

    #[test]
    fn a_pause_at_noon_lies_within_a_day_and_another_clock_can_be_named() {
        let noon = QuietHours::parse("12:00-13:30 +09:00").unwrap();
        assert!(noon.contains(at("2026-11-29T12:10:00+09:00")) && !noon.contains(at("2026-11-29T13:00:00+08:00")));
        assert_eq!(noon.to_string(), "12:00-13:30 +09:00");
        assert_eq!(QuietHours::parse(&noon.to_string()), Some(noon));
        for wrong in ["", "23:00", "23:00-23:00", "23-8", "25:00-08:00", "23:00-08:00 Asia/Shanghai"] {
            assert_eq!(QuietHours::parse(wrong), None, "{wrong}");
        }
    }
}
