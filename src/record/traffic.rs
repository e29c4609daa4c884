//! What came to the listener, counted, and the log of calls that became no message.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::reason::Reason;

/// Calls since the listener started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Messages stored for the first time.
    pub stored: u64,
    /// Deliveries of messages that were there already.
    pub repeated: u64,
    /// Those of both that were signed.
    pub signed: u64,
    /// Calls refused: wrong or missing signature, other path, too large, and the like.
    pub refused: u64,
    /// Callbacks answered 503, because the archive failed or was too slow.
    pub busy: u64,
    /// Handshakes answered with their `echostr`.
    pub handshakes: u64,
    /// Why the last callback could not be stored; `None` when it could.
    pub trouble: Option<Trouble>,
    /// How long callbacks took to be answered, from the first byte of their head on.
    pub latency: Latency,
    /// Entries of the request log that were dropped, because too many came at once or the archive was busy.
    pub unlogged: u64,
}

/// The head of a callback that became a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Who called, behind the proxies that are trusted.
    pub remote: IpAddr,
    /// The request line and the headers as they were received, a line each.
    pub lines: String,
    /// From the head to the answer.
    pub answered_in: Duration,
}

/// How long answers took, in steps of half an octave, so that a percentile is at most half too high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    steps: [u32; Self::STEPS],
}

impl Default for Latency {
    fn default() -> Self {
        Self { steps: [0; Self::STEPS] }
    }
}

impl Latency {
    /// Two for each doubling of a microsecond, up to 16 seconds.
    const STEPS: usize = 48;

    /// Counts an answer.
    pub fn note(&mut self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(2);
        let exponent = micros.ilog2();
        // The bit behind the leading one.
        let half = (micros >> (exponent - 1)) & 1;
        let step = usize::try_from(u64::from(exponent) * 2 + half).unwrap_or(usize::MAX).min(Self::STEPS - 1);
        if let Some(step) = self.steps.get_mut(step) {
            *step = step.saturating_add(1);
        }
    }

    /// What so many percent of the answers did not exceed; `None` while there are none.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<Duration> {
        let all: u64 = self.steps.iter().map(|n| u64::from(*n)).sum();
        let mut left = (all * percent).div_ceil(100);
        let step = self.steps.iter().position(|n| {
            left = left.saturating_sub(u64::from(*n));
            left == 0
        })?;
        let (exponent, half) = (step / 2, step % 2);
        let end = (2 + half as u64 + 1) << exponent >> 1;
        (all > 0).then_some(Duration::from_micros(end))
    }
}

/// Why messages cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The disk is full.
    Full,
    /// The archive is damaged; what can be read of it is being saved.
    Damaged,
    /// The archive fails, or is too slow.
    Failing,
}

/// A handshake or a refused call, as the request log keeps it. It holds no body and no query string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The caller's address.
    pub remote: String,
    /// `GET`, `POST`, …, at most [`Call::METHOD_LIMIT`] bytes of it; `-` where nobody could read it.
    pub method: String,
    /// The path without the query, at most [`Call::PATH_LIMIT`] bytes of it.
    pub path: String,
    /// The HTTP status it was answered with.
    pub status: u16,
    /// Why.
    pub reason: Reason,
}

impl Call {
    /// Longer paths are cut: foreign text must not fill the disk.
    pub const PATH_LIMIT: usize = 256;
    /// So are longer methods. The longest that is registered has 17 characters.
    pub const METHOD_LIMIT: usize = 32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_little_more_than_what_it_says() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentile(50), None);
        for millis in 1..=100 {
            latency.note(Duration::from_millis(millis));
        }
        for percent in [1, 50, 99, 100] {
            let (told, real) = (latency.percentile(percent).unwrap(), Duration::from_millis(percent));
            assert!(told >= real && told <= real * 3 / 2, "{percent}: {told:?}");
        }
        latency.note(Duration::ZERO);
        latency.note(Duration::MAX);
    }
}
