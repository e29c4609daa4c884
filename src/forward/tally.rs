//! Counts what happens to the messages of a target, and publishes its status at a pace that people can
//! follow.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::record::Seq;
use crate::record::forwarded::Forwarded;
use crate::record::target::{TargetError, TargetState, TargetStatus};

/// The minimum time between two updates.
const PACE: Duration = Duration::from_millis(250);
/// The time between updates for values that change with time alone.
const TICK: Duration = Duration::from_secs(1);
/// The time between counts of the messages that are set aside, if there are any: another process may send
/// them.
const RECOUNT: Duration = Duration::from_secs(5);
/// The resolution of the counter for the last minute, and the number of its slots.
const GRAIN: TimeDelta = TimeDelta::seconds(6);
const GRAINS: usize = 10;

/// Status of all targets, in the order of the config.
pub(super) type TargetBoard = Arc<watch::Sender<Vec<TargetStatus>>>;

/// The counters of one target, and its entry on the board.
pub(super) struct TargetTally {
    board: TargetBoard,
    index: usize,
    status: TargetStatus,
    /// Number of messages that were taken, by slot, the newest first, and the time at which the newest slot
    /// began.
    grains: [u64; GRAINS],
    grain_at: DateTime<Utc>,
    told_at: Option<Instant>,
    is_news: bool,
    /// Time of the last count of the messages that are set aside.
    counted_at: Instant,
}

/// The part of the status that the courier knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct TargetProgress {
    pub(super) state: TargetState,
    pub(super) bookmark: Seq,
    pub(super) lag: u64,
    pub(super) waits_since: Option<DateTime<Utc>>,
    pub(super) next_try_at: Option<DateTime<Utc>>,
}

impl TargetTally {
    /// Continues from the status on the board, with `n_aside` messages set aside.
    pub(super) fn new(board: &TargetBoard, index: usize, n_aside: u64, now: DateTime<Utc>) -> Self {
        let mut status = board.borrow().get(index).cloned().unwrap_or_default();
        status.counts.aside = n_aside;
        Self {
            board: Arc::clone(board),
            index,
            status,
            grains: [0; GRAINS],
            grain_at: now,
            told_at: None,
            is_news: true,
            counted_at: Instant::now(),
        }
    }

    /// Whether the messages that are set aside must be counted again. Returning `true` restarts the interval.
    pub(super) fn wants_count(&mut self, at: Instant) -> bool {
        let is_time = self.status.counts.aside > 0 && at - self.counted_at >= RECOUNT;
        if is_time {
            self.counted_at = at;
        }
        is_time
    }

    /// Sets the number of messages that are set aside.
    pub(super) const fn count_aside(&mut self, n: u64) {
        self.is_news |= self.status.counts.aside != n;
        self.status.counts.aside = n;
    }

    /// Counts a message that the target took.
    pub(super) fn took(&mut self, took: Duration, now: DateTime<Utc>) {
        self.advance(now);
        self.status.counts.delivered += 1;
        self.status.latency.note(took);
        let [newest, ..] = &mut self.grains;
        *newest += 1;
        self.is_news = true;
    }

    /// Counts a call that failed.
    pub(super) const fn failed(&mut self) {
        self.status.counts.failed += 1;
        self.is_news = true;
    }

    /// Records the last error, which may be only a fault in the answer.
    pub(super) fn went_wrong(&mut self, error: TargetError) {
        self.status.last_error = Some(error);
        self.is_news = true;
    }

    /// Records the error of a call from before the start, unless there was none or there is a later one.
    pub(super) fn recall(&mut self, row: Option<&Forwarded>) {
        let Some(&Forwarded { seq, tried_at, reason: Some(ref reason), .. }) = row else { return };
        if self.status.last_error.as_ref().is_none_or(|error| error.at < tried_at) {
            self.went_wrong(TargetError { at: tried_at, seq, reason: reason.clone() });
        }
    }

    /// Counts a comparison with the answer of another target.
    pub(super) fn compared(&mut self, is_different: bool) {
        self.status.counts.compared += 1;
        self.status.counts.different += u64::from(is_different);
        self.is_news = true;
    }

    /// Counts messages that were set aside.
    pub(super) fn put_aside(&mut self, n: u64) {
        self.status.counts.aside += n;
        self.is_news = true;
    }

    /// Counts messages that were set aside and wait again.
    pub(super) fn took_back(&mut self, n: u64) {
        self.status.counts.aside = self.status.counts.aside.saturating_sub(n);
        self.is_news = true;
    }

    /// Publishes the status if it changed, unless it did so just now. Returns the time after which it may
    /// have changed again; `None` when only an event can change it.
    pub(super) fn tell(&mut self, progress: TargetProgress, now: DateTime<Utc>, at: Instant) -> Option<Duration> {
        self.advance(now);
        let status = &mut self.status;
        let TargetProgress { state, bookmark, lag, waits_since, next_try_at } = progress;
        let before = (status.state, status.bookmark, status.lag, status.waits_since, status.next_try_at);
        let after = (state, bookmark, lag, waits_since, next_try_at);
        (status.state, status.bookmark, status.lag, status.waits_since, status.next_try_at) = after;
        let last_minute = self.grains.iter().sum();
        self.is_news |= before != after || status.counts.last_minute != last_minute;
        status.counts.last_minute = last_minute;
        let by_time = (lag > 0 || last_minute > 0).then_some(TICK);
        let next = by_time.or_else(|| (status.counts.aside > 0).then_some(RECOUNT));
        if !self.is_news {
            return next;
        }
        if let Some(left) =
            self.told_at.and_then(|told_at| PACE.checked_sub(at - told_at).filter(|left| !left.is_zero()))
        {
            return Some(left);
        }
        (self.told_at, self.is_news) = (Some(at), false);
        self.board.send_modify(|board| {
            if let Some(told) = board.get_mut(self.index) {
                told.clone_from(&self.status);
            }
        });
        next
    }

    /// Shifts the slots of the last minute to `now`. A clock that is set back changes nothing.
    fn advance(&mut self, now: DateTime<Utc>) {
        let passed = (now - self.grain_at).num_seconds() / GRAIN.num_seconds();
        let Ok(passed @ 1..) = usize::try_from(passed) else { return };
        let shifted = passed.min(GRAINS);
        self.grains.rotate_right(shifted);
        self.grains.iter_mut().take(shifted).for_each(|grain| *grain = 0);
        self.grain_at += GRAIN * i32::try_from(passed).unwrap_or(i32::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn what_is_new_is_told_at_once_and_then_at_a_pace() {
        let board: TargetBoard = Arc::new(watch::channel(vec![TargetStatus::default()]).0);
        let mut tally = TargetTally::new(&board, 0, 3, at(0));
        let (idle, begun_at) = (
            TargetProgress { state: TargetState::Working, bookmark: 0, lag: 0, waits_since: None, next_try_at: None },
            Instant::now(),
        );
        assert_eq!(tally.tell(idle, at(0), begun_at), Some(RECOUNT));
        assert_eq!(board.borrow()[0].counts.aside, 3);
        tally.took(Duration::from_millis(5), at(1));
        assert_eq!(tally.tell(idle, at(1), begun_at + PACE / 2), Some(PACE / 2));
        assert_eq!(board.borrow()[0].counts.delivered, 0, "not yet");
        assert_eq!(tally.tell(idle, at(1), begun_at + PACE), Some(TICK));
        assert_eq!((board.borrow()[0].counts.delivered, board.borrow()[0].counts.last_minute), (1, 1));
        assert!(tally.wants_count(begun_at + 2 * RECOUNT) && !tally.wants_count(begun_at + 2 * RECOUNT));
        tally.count_aside(0);
        assert_eq!(tally.tell(idle, at(70), begun_at + 2 * PACE), None);
        assert_eq!(board.borrow()[0].counts.last_minute, 0);
    }
}
