//! Rings before quiet hours for reply windows that close within them, while there is time to answer.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::delivery::AlertWay;
use super::notice::Occasion;
use super::quiet::QuietHours;
use crate::archive::{Archive, Error, Reader};
use crate::query::{Flag, Query, Term, Test};
use crate::record::page::Request;

/// Time before quiet hours at which the notification is sent.
pub const LEAD: TimeDelta = TimeDelta::hours(1);
/// The longest sleep between two looks at the clock, which may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Quiet hours that are about to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComingQuiet {
    /// Time at which they begin.
    pub begin: DateTime<Utc>,
    /// Time at which they end.
    pub end: DateTime<Utc>,
}

impl ComingQuiet {
    /// Returns the next quiet hours if they begin within [`LEAD`].
    pub fn of(quiet: &QuietHours, now: DateTime<Utc>) -> Option<Self> {
        let begin = quiet.begin_after(now);
        (!quiet.contains(now) && begin - now <= LEAD).then(|| Self { begin, end: quiet.end_after(begin) })
    }

    /// Returns the next time at which quiet hours come within [`LEAD`].
    pub fn next_at(quiet: &QuietHours, now: DateTime<Utc>) -> DateTime<Utc> {
        let begin = quiet.begin_after(now);
        if now < begin - LEAD { begin - LEAD } else { begin + TimeDelta::days(1) - LEAD }
    }

    /// Returns the minute in which they begin, which distinguishes the quiet hours of different days.
    pub fn number(self) -> u64 {
        u64::try_from(self.begin.timestamp().div_euclid(60)).unwrap_or_default()
    }

    /// Returns the number of senders of a query's messages who are not muted and can be answered only before
    /// the end of the quiet hours.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn n_closing(self, reader: &mut Reader, query: &Query, now: DateTime<Utc>) -> Result<u64, Error> {
        let terms = vec![
            Term { is_not: false, test: Test::Due(self.end - now) },
            Term { is_not: true, test: Test::Is(Flag::Muted) },
        ];
        let request = Request { query: query.and(&Query { terms }), limit: 1, ..Request::default() };
        Ok(reader.page(&request, now)?.total.n)
    }
}

/// Rings for one alert in one way.
#[derive(Clone)]
pub(super) struct ClosingWatch {
    pub(super) to: AlertWay,
    pub(super) query: Query,
    pub(super) quiet: QuietHours,
    pub(super) archive: Archive,
}

impl ClosingWatch {
    /// Runs until `stop`. The last notification is stored beside the bookmarks, so that a restart repeats none.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read or written.
    pub(super) async fn run(self, stop: CancellationToken) -> Result<(), Error> {
        let name = format!("{}:closing", self.to.bookmark());
        let mut told = self.archive.begin_bookmark(&name, 0).await?;
        let mut committed = self.archive.committed();
        loop {
            let now = (self.to.now)();
            let coming = ComingQuiet::of(&self.quiet, now).filter(|coming| coming.number() > told);
            if let Some(coming) = coming {
                if stop.run_until_cancelled(self.tell(coming)).await.transpose()?.is_none() {
                    return Ok(());
                }
                told = coming.number();
                self.archive.move_bookmark(&name, told).await?;
            }
            let pause = (ComingQuiet::next_at(&self.quiet, now) - now).to_std().unwrap_or_default().min(LONGEST_SLEEP);
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                changed = committed.changed() => if changed.is_err() { return Ok(()) },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Notifies of the number of windows that close, and retries until the notice is taken or the hours begin.
    async fn tell(&self, coming: ComingQuiet) -> Result<(), Error> {
        let (query, now) = (self.query.clone(), (self.to.now)());
        let n = self.archive.read(move |reader| coming.n_closing(reader, &query, now)).await?;
        if n == 0 {
            return Ok(());
        }
        let id = self.to.id(&format!("closing\n{}", coming.number()));
        let until = self.quiet.local_time(coming.end);
        let notice = self.to.notice(id, Occasion::Closing { n, until });
        self.to.insist(&notice, now, coming.begin).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(&format!("{text}+08:00")).unwrap().to_utc()
    }

    #[test]
    fn quiet_hours_are_coming_for_an_hour_and_once_a_day() {
        let night = QuietHours::parse("23:00-08:00").unwrap();
        let coming = ComingQuiet { begin: at("2026-11-29T23:00:00"), end: at("2026-11-30T08:00:00") };
        for (now, expected, next_at) in [
            ("2026-11-29T21:59:59", None, "2026-11-29T22:00:00"),
            ("2026-11-29T22:00:00", Some(coming), "2026-11-30T22:00:00"),
            ("2026-11-29T22:59:59", Some(coming), "2026-11-30T22:00:00"),
            ("2026-11-29T23:00:00", None, "2026-11-30T22:00:00"),
            ("2026-11-30T07:59:59", None, "2026-11-30T22:00:00"),
        ] {
            assert_eq!(ComingQuiet::of(&night, at(now)), expected, "{now}");
            assert_eq!(ComingQuiet::next_at(&night, at(now)), at(next_at), "{now}");
        }
        let noon = QuietHours::parse("12:00-12:30").unwrap();
        assert_eq!(ComingQuiet::of(&noon, at("2026-11-29T11:30:00")).unwrap().end, at("2026-11-29T12:30:00"));
    }
}
