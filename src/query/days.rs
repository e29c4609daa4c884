//! Named days, and the times at which they begin in China.

use chrono::{DateTime, Datelike as _, Days, NaiveTime, Utc, Weekday};

use crate::weibo::created_at::china;

/// A named day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// This many days before today.
    Before(u64),
    /// The most recent such weekday, which may be today.
    Last(Weekday),
}

/// TABLE: the names of days. The first name of each day is the canonical one.
pub(super) const DAYS: &[(&str, Day)] = &[
    ("today", Day::Before(0)),
    ("今天", Day::Before(0)),
    ("今日", Day::Before(0)),
    ("yesterday", Day::Before(1)),
    ("昨天", Day::Before(1)),
    ("昨日", Day::Before(1)),
    ("前天", Day::Before(2)),
    ("前日", Day::Before(2)),
    ("大前天", Day::Before(3)),
    ("monday", Day::Last(Weekday::Mon)),
    ("mon", Day::Last(Weekday::Mon)),
    ("周一", Day::Last(Weekday::Mon)),
    ("星期一", Day::Last(Weekday::Mon)),
    ("礼拜一", Day::Last(Weekday::Mon)),
    ("tuesday", Day::Last(Weekday::Tue)),
    ("tue", Day::Last(Weekday::Tue)),
    ("周二", Day::Last(Weekday::Tue)),
    ("星期二", Day::Last(Weekday::Tue)),
    ("礼拜二", Day::Last(Weekday::Tue)),
    ("wednesday", Day::Last(Weekday::Wed)),
    ("wed", Day::Last(Weekday::Wed)),
    ("周三", Day::Last(Weekday::Wed)),
    ("星期三", Day::Last(Weekday::Wed)),
    ("礼拜三", Day::Last(Weekday::Wed)),
    ("thursday", Day::Last(Weekday::Thu)),
    ("thu", Day::Last(Weekday::Thu)),
    ("周四", Day::Last(Weekday::Thu)),
    ("星期四", Day::Last(Weekday::Thu)),
    ("礼拜四", Day::Last(Weekday::Thu)),
    ("friday", Day::Last(Weekday::Fri)),
    ("fri", Day::Last(Weekday::Fri)),
    ("周五", Day::Last(Weekday::Fri)),
    ("星期五", Day::Last(Weekday::Fri)),
    ("礼拜五", Day::Last(Weekday::Fri)),
    ("saturday", Day::Last(Weekday::Sat)),
    ("sat", Day::Last(Weekday::Sat)),
    ("周六", Day::Last(Weekday::Sat)),
    ("星期六", Day::Last(Weekday::Sat)),
    ("礼拜六", Day::Last(Weekday::Sat)),
    ("sunday", Day::Last(Weekday::Sun)),
    ("sun", Day::Last(Weekday::Sun)),
    ("周日", Day::Last(Weekday::Sun)),
    ("周天", Day::Last(Weekday::Sun)),
    ("星期日", Day::Last(Weekday::Sun)),
    ("星期天", Day::Last(Weekday::Sun)),
    ("礼拜天", Day::Last(Weekday::Sun)),
];

impl Day {
    /// Returns the time at which the day began.
    pub(super) fn start(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let today = now.with_timezone(&china()).date_naive();
        let days = match self {
            Self::Before(days) => days,
            Self::Last(day) => u64::from(today.weekday().days_since(day)),
        };
        let midnight = today.checked_sub_days(Days::new(days))?.and_time(NaiveTime::MIN);
        midnight.and_local_timezone(china()).single().map(|at| at.to_utc())
    }
}
