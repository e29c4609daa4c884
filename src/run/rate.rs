//! Counts the messages of the last minute, for uses other than the dashboard.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::record::traffic::Traffic;

/// The resolution of the count: a message may count for this much longer than a minute.
const GRAIN: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// Counts stored messages. Cloning it is cheap.
#[derive(Debug, Clone)]
pub(super) struct MinuteRate {
    traffic: watch::Receiver<Traffic>,
    minute: Arc<Mutex<LastMinute>>,
}

impl MinuteRate {
    /// Counts until `stop`. Idle while nothing comes.
    pub(super) fn start(traffic: watch::Receiver<Traffic>, stop: CancellationToken) -> Self {
        let rate = Self { traffic, minute: Arc::default() };
        let mut counted = rate.clone();
        tokio::spawn(async move {
            let counting = async {
                while counted.traffic.changed().await.is_ok() {
                    let stored = counted.traffic.borrow_and_update().stored;
                    counted.lock().note(Instant::now(), stored);
                    tokio::time::sleep(GRAIN).await;
                }
            };
            stop.run_until_cancelled(counting).await;
        });
        rate
    }

    /// Returns the number of messages of the last minute.
    pub(super) fn now(&self) -> u64 {
        let stored = self.traffic.borrow().stored;
        stored.saturating_sub(self.lock().before(Instant::now()))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LastMinute> {
        self.minute.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The total at the end of each grain in which messages came, the oldest first.
#[derive(Debug, Default)]
struct LastMinute(VecDeque<(Instant, u64)>);

impl LastMinute {
    /// Records the current total.
    fn note(&mut self, now: Instant, count: u64) {
        while self.0.get(1).is_some_and(|(at, _)| now.saturating_duration_since(*at) >= MINUTE) {
            self.0.pop_front();
        }
        self.0.push_back((now, count));
    }

    /// Returns the total a minute ago.
    fn before(&self, now: Instant) -> u64 {
        let is_old = |(at, _): &&(Instant, u64)| now.saturating_duration_since(*at) >= MINUTE;
        self.0.iter().rev().find(is_old).map_or(0, |(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_more_than_a_minute_ago_does_not_count() {
        let (begun, mut minute) = (Instant::now(), LastMinute::default());
        let at = |seconds| begun + Duration::from_secs(seconds);
        let mut told = Vec::new();
        for (seconds, count) in [(0, 12), (6, 30), (59, 31), (60, 31), (65, 31), (66, 31), (118, 31), (119, 31)] {
            minute.note(at(seconds), count);
            told.push(count - minute.before(at(seconds)));
        }
        assert_eq!(told, [12, 30, 31, 19, 19, 1, 1, 0]);
        for seconds in 120..1000 {
            minute.note(at(seconds), 31);
        }
        assert!(minute.0.len() <= 62, "{}", minute.0.len());
    }
}
