//! What one signed address may ask for. Who has seen one can send it again and again, with any body (protocol §1.4).
//!
//! Weibo signs each call anew and sends one four times at most. So the calls with one signature from one caller have places of
//! their own, and a rate for what is longer than Weibo's bodies; calls with other signatures find no more than those before
//! them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::seats::network;

/// The most calls with one signature that are worked on at once: what the archive writes in one turn.
const PLACES: usize = 256;
/// Up to here a body is short, in bytes. Weibo's have a few hundred.
const SHORT: usize = 4 << 10;
/// The bytes of longer bodies a second that are taken with one signature.
const BYTES_PER_SECOND: u64 = 1 << 20;
/// How much earlier they may come.
const BURST: Duration = Duration::from_secs(4);
/// For longer nobody waits for that, or for room: he is told to come again, and not sooner than after this.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// From this many signatures on, those that nobody uses are forgotten.
const KEPT: usize = 4096;

/// The signatures that are in use, or were until a moment ago.
#[derive(Default)]
pub(super) struct Replays(Mutex<HashMap<Key, Arc<Share>>>);

/// The caller's address or network, and the signature.
type Key = (IpAddr, String);

/// What the calls with one signature share.
pub(super) struct Share {
    places: Semaphore,
    /// When all long bodies so far are paid for.
    paid_at: Mutex<Instant>,
}

impl Replays {
    /// What a call shares with others of its signature.
    pub(super) fn share(&self, client: IpAddr, signature: String) -> Arc<Share> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() >= KEPT {
            let now = Instant::now();
            shares.retain(|_, share| Arc::strong_count(share) > 1 || *share.paid_at() > now);
        }
        Arc::clone(shares.entry((network(client), signature)).or_insert_with(|| Arc::new(Share::new())))
    }
}

impl Share {
    fn new() -> Self {
        Self { places: Semaphore::new(PLACES), paid_at: Mutex::new(Instant::now()) }
    }

    /// Waits until a body of this length may be read; returns whether it may be. It may not when that would take too long.
    pub(super) async fn admit(&self, length: usize) -> bool {
        if length <= SHORT {
            return true;
        }
        let now = Instant::now();
        let begins_at = self.pay(length, now);
        // What is not read waits in the kernel, and so does who sends it.
        tokio::time::sleep(begins_at.map_or(PATIENCE, |begins_at| begins_at - now)).await;
        begins_at.is_some()
    }

    /// Waits for a place among those whose bodies are there. `None` does not come: nobody closes the places.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// When a long body that comes now may be worked on; `None` when that is too late, and then it is not counted.
    pub(super) fn pay(&self, length: usize, now: Instant) -> Option<Instant> {
        let mut paid_at = self.paid_at();
        let begins_at = (*paid_at).max(now);
        let wait = begins_at.duration_since(now).saturating_sub(BURST);
        if wait > PATIENCE {
            return None;
        }
        // A body of at most 16 MB: 53 bits are enough.
        *paid_at = begins_at + Duration::from_millis(length as u64 * 1000 / BYTES_PER_SECOND);
        Some(now + wait)
    }

    fn paid_at(&self) -> MutexGuard<'_, Instant> {
        self.paid_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_util::FutureExt as _;

    use super::*;

    const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn long_bodies_pass_at_a_rate_after_a_burst_and_those_that_would_wait_too_long_are_not_counted() {
        let (share, now) = (Share::new(), Instant::now());
        let waits: Vec<_> = (0..2000).map_while(|_| share.pay(16 << 10, now)).map(|at| at - now).collect();
        // A burst of four seconds and the patience of one, at fifteen milliseconds each.
        let n_passed = waits.len();
        assert!((330..=337).contains(&n_passed), "{n_passed}");
        assert!(waits.iter().take(260).all(Duration::is_zero) && waits.iter().all(|wait| *wait <= PATIENCE));
        assert_eq!(share.pay(1, now + Duration::from_secs(9)), Some(now + Duration::from_secs(9)));
    }

    #[test]
    fn calls_with_one_signature_share_places_and_others_do_not_wait_for_them() {
        let replays = Replays::default();
        let share = replays.share(CALLER, "a".to_owned());
        let mut places: Vec<_> = (0..PLACES).map(|_| share.place().now_or_never().unwrap()).collect();
        let is_free = |client, signature: &str| {
            let share = replays.share(client, signature.to_owned());
            share.place().now_or_never().is_some()
        };
        assert!(!is_free(CALLER, "a"));
        assert!(is_free(CALLER, "b") && is_free(Ipv4Addr::BROADCAST.into(), "a"));
        drop(places.pop());
        assert!(is_free(CALLER, "a"));
    }

    #[test]
    fn signatures_that_nobody_uses_are_forgotten() {
        let replays = Replays::default();
        let _used = replays.share(CALLER, "used".to_owned());
        for number in 0..2 * KEPT {
            drop(replays.share(CALLER, number.to_string()));
        }
        let shares = replays.0.lock().unwrap();
        assert!(shares.len() <= KEPT && shares.contains_key(&(CALLER, "used".to_owned())), "{}", shares.len());
    }
}
