//! The results of a run of the simulator.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Delivery;

/// The outcome of the handshake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HandshakeOutcome {
    /// It was not sent: there was no secret to sign it with, or it was not wanted.
    #[default]
    NotTried,
    /// There was no answer.
    Silent,
    /// The answer was not the one that Weibo expects.
    Wrong,
    /// It was answered correctly.
    Answered,
}

/// Counts and latencies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The outcome of the handshake.
    pub handshake: HandshakeOutcome,
    /// Number of deliveries, including several of one message.
    pub sent: u64,
    /// Number of deliveries that were answered with 200 as expected.
    pub answered: u64,
    /// Number of deliveries that were refused as the scenario expects of forged ones.
    pub refused: u64,
    /// Number of attempts beyond the first.
    pub repeated: u64,
    /// Number of deliveries without the expected answer after all attempts: Weibo would not send them again.
    pub lost: u64,
    /// Number of lost deliveries by the status of the answer; `None` for no answer.
    pub lost_by_status: BTreeMap<Option<u16>, u64>,
    /// The reason in the first answer to a lost delivery that gives one; empty if none does.
    pub reason: String,
    /// Number of answers that contain a reply.
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
            (false, status) => {
                self.lost += 1;
                *self.lost_by_status.entry(status).or_default() += 1;
                if self.reason.is_empty() {
                    self.reason.clone_from(&delivery.reason);
                }
            }
        }
        if delivery.status.is_some() {
            self.latencies.push(delivery.latency);
        }
    }

    /// Whether every delivery was answered as expected.
    pub const fn is_well(&self) -> bool {
        self.lost == 0
    }

    /// Returns the latency that this percentage of the answers did not exceed.
    pub fn percentile(&self, per_cent: usize) -> Duration {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * per_cent).div_ceil(100).saturating_sub(1);
        sorted.get(index).copied().unwrap_or_default()
    }
}
