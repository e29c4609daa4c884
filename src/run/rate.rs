//! How many messages came in the last minute, for those who have no screen that counts them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::record::traffic::Traffic;

/// The grain of the count.
const GRAIN: Duration = Duration::from_secs(6);
/// The number of grains in a minute.
const MINUTE: usize = 10;

/// Counts until `stop`; the number of messages of the last minute is in the receiver.
pub(super) fn start(traffic: watch::Receiver<Traffic>, stop: CancellationToken) -> watch::Receiver<u64> {
    let (rate_tx, rate) = watch::channel(0);
    tokio::spawn(async move {
        let mut ticks = interval(GRAIN);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut minute = LastMinute::default();
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            rate_tx.send_replace(minute.note(traffic.borrow().stored));
        }
    });
    rate
}

/// How many there were altogether at the end of each grain, the oldest first.
#[derive(Default)]
struct LastMinute(VecDeque<u64>);

impl LastMinute {
    /// Takes how many there are at the end of another grain; returns how many of them came in the last minute.
    fn note(&mut self, count: u64) -> u64 {
        self.0.push_back(count);
        let is_over = self.0.len() > MINUTE;
        let before = if is_over { self.0.pop_front() } else { None };
        count - before.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_more_than_a_minute_ago_does_not_count() {
        let mut minute = LastMinute::default();
        let told: Vec<u64> = [0, 12, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30].map(|count| minute.note(count)).into();
        assert_eq!(told, [0, 12, 30, 30, 30, 30, 30, 30, 30, 30, 30, 18, 0]);
    }
}
