//! Weibo's time format, `Mon Jul 16 18:09:20 +0800 2012` (protocol §4).

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::number;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The limit below which a number counts as Unix seconds; larger ones are milliseconds. In seconds this is the year
/// 5138. Numbers beyond a thousand times the limit are microseconds, and beyond a million times, nanoseconds.
const LARGEST_SECONDS: u64 = 100_000_000_000;
/// The years that are accepted: nothing was sent before Weibo opened, and RFC 3339 has no year with more than four
/// digits.
const YEARS: std::ops::RangeInclusive<i32> = 2009..=9999;
/// The maximum by which Weibo's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::days(1);

/// Parses `created_at` and keeps its offset; `None` when it holds no time, and the caller falls back to its own
/// clock.
///
/// The weekday is not checked, and days may be padded with a space (trap T22). Unix seconds and milliseconds, which
/// Weibo's other interfaces use, and finer units are read as UTC. A year in which nothing can have been sent is
/// rejected.
pub fn parse(created_at: &str) -> Option<DateTime<FixedOffset>> {
    // The year is checked in UTC as well, so that every notation of the time stays within these years.
    named(created_at).filter(|time| YEARS.contains(&time.year()) && YEARS.contains(&time.to_utc().year()))
}

/// Returns the time from `created_at`, unless it lies in the future of the time of receipt.
pub fn believed(sent_at: Option<DateTime<FixedOffset>>, received_at: DateTime<Utc>) -> Option<DateTime<FixedOffset>> {
    sent_at.filter(|sent_at| sent_at.to_utc() - received_at <= AHEAD)
}

fn named(created_at: &str) -> Option<DateTime<FixedOffset>> {
    let mut words = created_at.split_ascii_whitespace();
    let first = words.next()?;
    let Some(month) = words.next() else { return unix(first) };
    let (day, time, offset, year) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))?;
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, u32::try_from(month + 1).ok()?, day.parse().ok()?)?;
    let mut clock = time.split(':').map(str::parse);
    let mut next = || clock.next()?.ok();
    let time = NaiveTime::from_hms_opt(next()?, next()?, next()?)?;
    let is_all = clock.next().is_none() && words.next().is_none();
    date.and_time(time).and_local_timezone(parse_offset(offset)?).single().filter(|_| is_all)
}

/// Parses a number of seconds, or of a finer unit, since 1970.
fn unix(text: &str) -> Option<DateTime<FixedOffset>> {
    let number = number::whole(text).filter(|number| *number > 0)?;
    let per_second = [1, 1_000, 1_000_000, 1_000_000_000].into_iter().find(|unit| number / unit < LARGEST_SECONDS)?;
    let [seconds, rest] = [number / per_second, number % per_second * (1_000_000_000 / per_second)];
    let utc = DateTime::<Utc>::from_timestamp(i64::try_from(seconds).ok()?, u32::try_from(rest).ok()?)?;
    Some(utc.fixed_offset())
}

/// Formats a time as Weibo does; the inverse of [`parse`].
pub fn format(time: DateTime<FixedOffset>) -> String {
    time.format("%a %b %d %H:%M:%S %z %Y").to_string()
}

/// Returns `+0800`, the offset of all times that Weibo writes.
pub fn china() -> FixedOffset {
    const SECONDS: i32 = 8 * 3600;
    FixedOffset::east_opt(SECONDS).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

fn parse_offset(offset: &str) -> Option<FixedOffset> {
    let (sign, digits) = match offset.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, offset.strip_prefix('+')?),
    };
    let number: i32 = Some(digits).filter(|digits| digits.len() == 4)?.parse().ok()?;
    FixedOffset::east_opt(sign * (number / 100 * 3600 + number % 100 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_and_defensive_forms_name_their_time() {
        for (created_at, expected) in [
            ("Mon Jul 16 18:09:20 +0800 2012", Some("2012-07-16T18:09:20+08:00")),
            ("Wed Jun 01 00:50:25 +0800 2011", Some("2011-06-01T00:50:25+08:00")),
            ("Wed Jun  1 00:50:25 +0800 2011", Some("2011-06-01T00:50:25+08:00")),
            ("Fri Jul 16 18:09:20 +0800 2012", Some("2012-07-16T18:09:20+08:00")),
            ("Mon Feb 29 12:00:00 +0800 2016", Some("2016-02-29T12:00:00+08:00")),
            ("Mon Jul 16 18:09:20 -0330 2012", Some("2012-07-16T18:09:20-03:30")),
            ("1342433360", Some("2012-07-16T10:09:20+00:00")),
            ("1397022061823", Some("2014-04-09T05:41:01.823+00:00")),
            ("1342433360123456", Some("2012-07-16T10:09:20.123456+00:00")),
            ("1342433360123456789", Some("2012-07-16T10:09:20.123456789+00:00")),
            ("1.34243336E9", Some("2012-07-16T10:09:20+00:00")),
            ("18446744073709551615", Some("2554-07-21T23:34:33.709551615+00:00")),
            ("Fri Dec 31 23:59:59 +0800 99999", None),
            ("Sat Jan 01 00:00:00 +0800 -5", None),
            ("Fri Dec 31 23:59:59 -0800 9999", None),
            ("Thu Jan 01 08:00:00 +0800 1970", None),
            ("5", None),
            ("Mon Feb 30 12:00:00 +0800 2016", None),
            ("Mon Jul 16 25:09:20 +0800 2012", None),
            ("Mon Jul 16 18:09:20 CST 2012", None),
            ("2012-07-16 18:09:20", None),
            ("-5", None),
            ("", None),
        ] {
            let parsed = parse(created_at).map(|time| time.to_rfc3339());
            assert_eq!(parsed.as_deref(), expected, "{created_at:?}");
        }
    }

    #[test]
    fn what_was_sent_in_the_future_is_not_believed() {
        let received_at = "2026-11-28T23:00:00Z".parse().unwrap();
        for (created_at, is_believed) in [
            ("Mon Jul 16 18:09:20 +0800 2012", true),
            ("Mon Nov 30 07:00:00 +0800 2026", true),
            ("Mon Nov 30 07:00:01 +0800 2026", false),
            ("Wed Nov 29 04:00:00 +0800 2028", false),
            ("Fri Jan 01 00:00:00 +0800 2100", false),
        ] {
            assert_eq!(believed(parse(created_at), received_at).is_some(), is_believed, "{created_at}");
        }
    }

    #[test]
    fn a_formatted_time_is_read_back() {
        let time = parse("Sat May 10 08:00:01 +0800 2025").unwrap();
        assert_eq!(format(time), "Sat May 10 08:00:01 +0800 2025");
        assert_eq!(time.offset(), &china());
    }
}
