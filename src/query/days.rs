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

/// TABLE: the days and their names. The first name of each day is the canonical one.
pub(super) const DAYS: &[(Day, &[&str])] = &[
    (Day::Before(0), &["today", "今天", "今日"]),
    (Day::Before(1), &["yesterday", "昨天", "昨日"]),
    (Day::Before(2), &["前天", "前日"]),
    (Day::Before(3), &["大前天"]),
    (Day::Last(Weekday::Mon), &["monday", "mon", "周一", "星期一", "礼拜一"]),
    (Day::Last(Weekday::Tue), &["tuesday", "tue", "周二", "星期二", "礼拜二"]),
    (Day::Last(Weekday::Wed), &["wednesday", "wed", "周三", "星期三", "礼拜三"]),
    (Day::Last(Weekday::Thu), &["thursday", "thu", "周四", "星期四", "礼拜四"]),
    (Day::Last(Weekday::Fri), &["friday", "fri", "周五", "星期五", "礼拜五"]),
    (Day::Last(Weekday::Sat), &["saturday", "sat", "周六", "星期六", "礼拜六"]),
    (Day::Last(Weekday::Sun), &["sunday", "sun", "周日", "周天", "星期日", "星期天", "礼拜天"]),
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
