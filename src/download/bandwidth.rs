//! Limits the bandwidth of all downloads together: a token bucket that holds a tenth of a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The capacity of the bucket: enough that chunks do not wait for each other needlessly, too little to be
/// seen in the rate of a second.
const SAVED_UP: Duration = Duration::from_millis(100);

/// The bucket that all workers share.
#[derive(Debug)]
pub(super) struct Bandwidth {
    /// Bytes a second; `None` for no limit.
    limit: Option<u64>,
    /// Time at which everything taken is paid for.
    paid_at: Mutex<Instant>,
}

impl Bandwidth {
    /// Creates a bucket that is full.
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self { limit, paid_at: Mutex::new(Instant::now()) }
    }

    /// Takes bytes that have arrived, and waits while they are ahead of the limit. The first caller waits
    /// first, so that all get their share.
    pub(super) async fn take(&self, bytes: usize) {
        let wait = self.owe(bytes, Instant::now());
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }

    fn owe(&self, bytes: usize, now: Instant) -> Duration {
        let Some(limit) = self.limit else { return Duration::ZERO };
        // Chunks are short and limits at least a kilobyte, so this neither overflows nor rounds much away.
        let nanos = bytes as u128 * 1_000_000_000 / u128::from(limit.max(1));
        let cost = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let mut paid_at = self.paid_at.lock().unwrap_or_else(PoisonError::into_inner);
        let earliest = now.checked_sub(SAVED_UP).unwrap_or(now);
        *paid_at = (*paid_at).max(earliest) + cost;
        paid_at.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_over_time_is_the_limit_however_it_is_cut() {
        for chunk in [100, 1_000, 16_384, 150_000] {
            let bandwidth = Bandwidth::new(Some(1_000_000));
            let start = Instant::now();
            let (mut now, mut taken) = (start, 0);
            while now < start + Duration::from_secs(20) {
                now += bandwidth.owe(chunk, now);
                taken += chunk as u64;
            }
            let percent = taken * 100 / 20_000_000;
            assert!((99..=101).contains(&percent), "{chunk}: {percent} %");
        }
    }

    #[test]
    fn a_pause_saves_up_a_tenth_of_a_second_and_no_more() {
        let bandwidth = Bandwidth::new(Some(1_000));
        let later = Instant::now() + Duration::from_mins(10);
        assert_eq!(bandwidth.owe(100, later), Duration::ZERO);
        assert_eq!(bandwidth.owe(500, later), Duration::from_millis(500));
        assert_eq!(bandwidth.owe(500, later), Duration::from_secs(1), "each waits behind those before it");
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let now = Instant::now();
        assert_eq!(Bandwidth::new(None).owe(usize::MAX, now), Duration::ZERO);
    }
}
