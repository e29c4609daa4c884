//! Weibo's time format, `Mon Jul 16 18:09:20 +0800 2012` (protocol §4).

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Digits up to here are Unix seconds, more are milliseconds: as seconds it is the year 5138.
const LARGEST_SECONDS: i64 = 100_000_000_000;

/// The time that `created_at` names, in the offset it names it in; `None` when it names none, and the caller falls back
/// to its own clock.
///
/// The weekday is not checked, and days may be padded with a space (trap T22). Unix seconds and milliseconds, which
/// Weibo's other interfaces use, are understood as UTC.
#[must_use]
pub fn parse(created_at: &str) -> Option<DateTime<FixedOffset>> {
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

/// The time that so many seconds or milliseconds after 1970 were.
fn unix(number: &str) -> Option<DateTime<FixedOffset>> {
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    let utc: DateTime<Utc> = if number < LARGEST_SECONDS {
        DateTime::from_timestamp(number, 0)?
    } else {
        DateTime::from_timestamp_millis(number)?
    };
    Some(utc.fixed_offset())
}

/// How Weibo writes a time; the inverse of [`parse`].
#[must_use]
pub fn format(time: DateTime<FixedOffset>) -> String {
    time.format("%a %b %d %H:%M:%S %z %Y").to_string()
}

/// `+0800`, in which Weibo writes all its times.
#[must_use]
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
    fn a_formatted_time_is_read_back() {
        let time = parse("Sat May 10 08:00:01 +0800 2025").unwrap();
        assert_eq!(format(time), "Sat May 10 08:00:01 +0800 2025");
        assert_eq!(time.offset(), &china());
    }
}
