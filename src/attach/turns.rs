//! Schedules when dashboards are told of news. A dashboard that is told reads a page and draws it, which must
//! not slow the listener down: in a flood this bounds the work of all dashboards together, whatever their
//! number.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Watches;

/// The time between two turns.
const TURN: Duration = Duration::from_millis(4);
/// The time that each attached dashboard adds to a turn in a flood: the more there are, the less they do
/// together.
const FLOOD_TURN: Duration = Duration::from_micros(2_500);
/// The maximum length of a turn: twenty dashboards are told once a second each, which takes them together a
/// few hundredths of two processors.
const LONGEST_TURN: Duration = Duration::from_millis(50);

/// The turns of all dashboards.
#[derive(Debug)]
pub(super) struct Turns {
    /// The end of the turns that are taken.
    taken_until: Instant,
}

impl Turns {
    pub(super) const fn new(now: Instant) -> Self {
        Self { taken_until: now }
    }

    /// Takes the next turn and returns its time. Dashboards are told of calls one after the other. Of
    /// everything else, such as a mark, all are told at once, unless there was much to tell just before.
    fn take(&mut self, now: Instant, n_attached: u32, is_call: bool) -> Instant {
        let early = if is_call { Duration::ZERO } else { TURN * 2 * n_attached };
        let next = self.taken_until.max(now);
        self.taken_until = next + TURN;
        next.checked_sub(early).map_or(now, |at| at.max(now))
    }

    /// Accounts for a turn that told of `n_calls` calls. Each call takes as long as another turn, up to the
    /// length of a turn in a flood.
    fn told(&mut self, n_attached: u32, n_calls: u64) {
        let most = (FLOOD_TURN * n_attached).min(LONGEST_TURN).saturating_sub(TURN);
        let n_calls = u32::try_from(n_calls).unwrap_or(u32::MAX);
        self.taken_until += most.min(TURN.saturating_mul(n_calls.saturating_add(1)));
    }
}

/// The turns of one dashboard.
#[derive(Debug)]
pub(super) struct OwnTurns {
    all: Arc<Mutex<Turns>>,
    attached: watch::Receiver<usize>,
    /// Time of the turn that it waits for.
    next: Option<Instant>,
    /// Number of calls that it was told of.
    n_told: u64,
}

impl OwnTurns {
    /// Creates the turns of a dashboard that is first told everything, and at once: it has nothing to draw
    /// before.
    pub(super) fn new(all: Arc<Mutex<Turns>>, attached: watch::Receiver<usize>, watches: &Watches) -> Self {
        Self { all, attached, next: Some(Instant::now()), n_told: n_calls(watches) }
    }

    /// Waits for news, and then for the turn of this dashboard.
    pub(super) async fn come(&mut self, watches: &mut Watches) {
        watches.changed().await;
        let at = self.next.unwrap_or_else(|| {
            let is_call = n_calls(watches) > self.n_told;
            self.all().take(Instant::now(), self.n_attached(), is_call)
        });
        self.next = Some(at);
        sleep_until(at).await;
    }

    /// Records that the dashboard is told now.
    pub(super) fn tell(&mut self, watches: &Watches) {
        let n_calls = n_calls(watches);
        let n_new = n_calls.saturating_sub(self.n_told);
        self.all().told(self.n_attached(), n_new);
        (self.next, self.n_told) = (None, n_calls);
    }

    fn n_attached(&self) -> u32 {
        u32::try_from(*self.attached.borrow()).unwrap_or(u32::MAX)
    }

    fn all(&self) -> MutexGuard<'_, Turns> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the number of calls and messages so far: messages of other nodes had no call here, and not every
/// call is a message.
fn n_calls(watches: &Watches) -> u64 {
    let traffic = watches.traffic.borrow();
    watches.committed.borrow().seq + traffic.repeated + traffic.refused + traffic.busy
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::attach::newest::Newest;

    /// Returns how often each of `n_attached` dashboards is told in ten seconds of `per_second` calls a
    /// second.
    fn n_told(n_attached: u32, per_second: u64) -> Vec<u32> {
        let began_at = Instant::now();
        let mut turns = Turns::new(began_at);
        let calls = |at: Instant| u64::try_from((at - began_at).as_millis()).unwrap() * per_second / 1_000;
        // For each: the time of its turn, what it was told, and how often.
        let mut each: Vec<(Instant, u64, u32)> =
            (0..n_attached).map(|_| (turns.take(began_at, n_attached, true), 0, 0)).collect();
        loop {
            let (at, n_known, n_told) = each.iter_mut().min().unwrap();
            if *at > began_at + Duration::from_secs(10) {
                return each.into_iter().map(|(.., n_told)| n_told).collect();
            }
            let n_new = calls(*at) - *n_known;
            turns.told(n_attached, n_new);
            (*n_known, *n_told) = (calls(*at), *n_told + 1);
            // The dashboard waits for the next call, and then for its turn.
            let next_call = began_at + Duration::from_millis((*n_known + 1) * 1_000 / per_second + 1);
            *at = turns.take(next_call.max(*at), n_attached, true);
        }
    }

    #[test]
    fn in_a_flood_many_are_told_less_often_all_together_and_one_alone_as_often_as_it_draws() {
        for (n_attached, each) in [(1, 2_500), (2, 1_000), (5, 160), (20, 10), (64, 3)] {
            let told = n_told(n_attached, 1_000);
            // The first turns come sooner, before it is a flood.
            assert!(told.iter().all(|n| (each..=each + each / 4 + 3).contains(n)), "{n_attached}: {told:?}");
        }
    }

    #[test]
    fn a_few_calls_a_second_are_told_at_once_to_each_of_twenty() {
        assert!(n_told(20, 2).iter().all(|n| *n == 20));
    }

    #[test]
    fn a_mark_in_a_pause_is_told_to_all_at_once() {
        let now = Instant::now();
        let mut turns = Turns::new(now);
        let later = now + Duration::from_secs(2);
        for _ in 0..20 {
            assert_eq!(turns.take(later, 20, false), later);
            turns.told(20, 0);
        }
    }

    #[tokio::test]
    async fn whoever_attaches_is_told_everything_before_others_have_had_their_turns() {
        let taken_until = Instant::now() + Duration::from_hours(1);
        let (_newest, mut watches) = Newest::new(true);
        watches.told.mark_changed();
        let mut turns = OwnTurns::new(Arc::new(Mutex::new(Turns { taken_until })), watch::channel(20).1, &watches);
        timeout(Duration::from_mins(1), turns.come(&mut watches)).await.unwrap();
        turns.tell(&watches);
        assert_eq!(turns.next, None);
    }
}
