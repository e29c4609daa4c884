//! What a run of the simulator came to.

use std::fmt;
use std::time::Duration;

use super::Delivery;

/// Counts and latencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Whether the handshake was answered; `None` when there was no secret or no answer.
    pub handshake: Option<bool>,
    /// Messages sent, deliveries of one message counted each.
    pub sent: u64,
    /// Answered 200.
    pub answered: u64,
    /// Refused, as the scenario expects of forged calls.
    pub refused: u64,
    /// Tries beyond the first.
    pub repeated: u64,
    /// Not answered as expected after all tries: Weibo would not send them again.
    pub lost: u64,
    /// Answers with a reply in them.
    pub replies: u64,
    latencies: Vec<Duration>,
}

impl Summary {
    /// Counts the deliveries of a message.
    pub fn add_all(&mut self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            self.add(delivery);
        }
    }

    fn add(&mut self, delivery: &Delivery) {
        self.sent += 1;
        self.repeated += u64::from(delivery.tries - 1);
        self.replies += u64::from(delivery.has_reply);
        match (delivery.is_expected, delivery.status) {
            (true, Some(200)) => self.answered += 1,
            (true, _) => self.refused += 1,
            (false, _) => self.lost += 1,
        }
        if delivery.status.is_some() {
            self.latencies.push(delivery.latency);
        }
    }

    /// The latency that so many per cent of the answers stayed within.
    #[must_use]
    pub fn percentile(&self, per_cent: usize) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * per_cent).div_ceil(100).saturating_sub(1);
        sorted.get(index).copied().unwrap_or_default()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handshake = match self.handshake {
            Some(true) => "answered",
            Some(false) => "NOT answered as Weibo wants it",
            None => "not tried, there is no app secret or nobody there",
        };
        writeln!(f, "handshake  {handshake}")?;
        for (name, count) in [
            ("sent", self.sent),
            ("answered", self.answered),
            ("refused", self.refused),
            ("repeated", self.repeated),
            ("lost", self.lost),
            ("replies", self.replies),
        ] {
            writeln!(f, "{name:<9}  {count}")?;
        }
        let [p50, p99, max] =
            [50, 99, 100].map(|per_cent| format!("{:.1} ms", self.percentile(per_cent).as_secs_f64() * 1000.0));
        write!(f, "latency    p50 {p50}  p99 {p99}  max {max}")
    }
}
