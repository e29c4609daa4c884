//! Limits the requests with one signed address. An attacker who has seen one can send it again and again, with
//! any body (protocol §1.4).
//!
//! Weibo signs each request anew and sends one at most four times. So the requests with one signature from one
//! caller share a number of places and a rate for bodies longer than Weibo's. Requests with other signatures have
//! to wait for no more than those before them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::web::seats::network;

/// The maximum number of requests with one signature that are handled at once: as many as the archive writes in
/// one batch.
const PLACES: usize = 256;
/// The maximum length of a short body in bytes. Weibo's bodies have a few hundred.
const SHORT: usize = 4 << 10;
/// The bytes per second of longer bodies that are read for one signature.
const BYTES_PER_SECOND: u64 = 1 << 20;
/// The time by which long bodies may be ahead of that rate.
const BURST: Duration = Duration::from_secs(4);
/// The maximum wait for that rate or for room. The caller is then told to retry, and not before this time has
/// passed.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// The number of signatures from which unused ones are dropped.
const KEPT: usize = 4096;

/// The signatures that are in use or were recently.
#[derive(Default)]
pub(super) struct Replays(Mutex<HashMap<Key, Arc<Share>>>);

/// The caller's address or network, and the signature.
type Key = (IpAddr, String);

/// The limits that requests with one signature share.
pub(super) struct Share {
    places: Semaphore,
    /// The time at which the long bodies so far are within the rate.
    paid_at: Mutex<Instant>,
}

impl Replays {
    /// Returns the share of a request's signature.
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

    /// Waits until a body of this length may be read. Returns false if the wait would be too long.
    pub(super) async fn admit(&self, length: usize) -> bool {
        if length <= SHORT {
            return true;
        }
        let now = Instant::now();
        let begins_at = self.pay(length, now);
        // The unread bytes stay in the kernel, which slows the caller down.
        tokio::time::sleep(begins_at.map_or(PATIENCE, |begins_at| begins_at - now)).await;
        begins_at.is_some()
    }

    /// Waits for a place, after the body was read. Never returns `None`, because nothing closes the semaphore.
    pub(super) async fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.acquire().await.ok()
    }

    /// Returns when a long body that arrives now may be handled, or `None` if that is too late; the body is then
    /// not counted.
    pub(super) fn pay(&self, length: usize, now: Instant) -> Option<Instant> {
        let mut paid_at = self.paid_at();
        let begins_at = (*paid_at).max(now);
        let wait = begins_at.duration_since(now).saturating_sub(BURST);
        if wait > PATIENCE {
            return None;
        }
        // Cannot overflow: a body has at most 16 MB.
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
        // A burst of 4 s and a patience of 1 s, at 15 ms per body.
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
