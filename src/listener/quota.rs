//! Limits how often something is logged, so that a caller who provokes it cannot fill the disk.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A token bucket.
#[derive(Debug)]
pub(super) struct Quota {
    burst: f64,
    per_second: f64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    left: f64,
    at: Instant,
    skipped: u64,
}

impl Quota {
    /// Creates a quota with this many entries in a burst and this many per second in the long run.
    pub(super) fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        let burst = f64::from(burst);
        let state = State { left: burst, at: now, skipped: 0 };
        Self { burst, per_second: f64::from(per_second), state: Mutex::new(state) }
    }

    /// Returns `None` if nothing may be logged now, else the number of entries skipped since the last one.
    pub(super) fn take(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let gained = now.saturating_duration_since(state.at).as_secs_f64() * self.per_second;
        state.left = (state.left + gained).min(self.burst);
        state.at = state.at.max(now);
        if state.left < 1.0 {
            state.skipped += 1;
            return None;
        }
        state.left -= 1.0;
        Some(std::mem::take(&mut state.skipped))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_and_then_so_many_a_second() {
        let start = Instant::now();
        let quota = Quota::new(3, 2, start);
        let taken = |after| (0..10).filter_map(|_| quota.take(start + Duration::from_secs(after))).collect::<Vec<_>>();
        assert_eq!(taken(0), [0, 0, 0]);
        assert_eq!(taken(1), [7, 0]);
        assert_eq!(taken(61).len(), 3, "what is not used does not add up");
    }
}
