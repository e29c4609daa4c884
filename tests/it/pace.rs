//! Promises of time on a machine that others use as well.
//!
//! A promise holds for weibox with the processors to itself. Where others have most of them, as other tests and other builds
//! do, everything takes as many times longer as the share that is left is smaller; so does what is promised. On a machine
//! with nothing else to do that changes little, so that a weibox that has become slow is found all the same.

use std::fs;
use std::time::{Duration, Instant};

/// What is left is never reckoned to be less, so that nothing may take for ever.
const LEAST: f64 = 0.02;

/// What the processors have done, in ticks.
#[derive(Clone, Copy)]
struct Ticks {
    all: u64,
    idle: u64,
    own: u64,
}

impl Ticks {
    /// Those of the machine, and of one process; `None` where the system does not tell, as on macOS.
    fn now(process: u32) -> Option<Self> {
        let machine = fs::read_to_string("/proc/stat").ok()?;
        let line = machine.lines().next()?.strip_prefix("cpu ")?;
        // Guests are counted among the users before them.
        let fields: Vec<u64> = line.split_whitespace().take(8).map(|field| field.parse().unwrap()).collect();
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let after_name = stat.rsplit_once(") ")?.1;
        let own = after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Some(Self { all: fields.iter().sum(), idle: *fields.get(3)?, own })
    }
}

/// A moment, and what the machine had done by then.
pub(crate) struct Pace {
    process: u32,
    at: Instant,
    ticks: Option<Ticks>,
}

impl Pace {
    /// From now on, for what this process promises.
    pub(crate) fn of(process: u32) -> Self {
        Self { process, at: Instant::now(), ticks: Ticks::now(process) }
    }

    /// What this process promises itself.
    pub(crate) fn own() -> Self {
        Self::of(std::process::id())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.at.elapsed()
    }

    /// A promise, as it was to be kept since then.
    pub(crate) fn stretched(&self, promise: Duration) -> Duration {
        let Some((before, after)) = self.ticks.zip(Ticks::now(self.process)) else { return promise };
        let [all, idle, own] =
            [after.all - before.all, after.idle.saturating_sub(before.idle), after.own.saturating_sub(before.own)];
        // Ticks are too coarse for less; a promise that is no longer than that is kept or not.
        if all == 0 {
            return promise;
        }
        #[expect(clippy::cast_precision_loss, reason = "these are some thousands")]
        let left = (idle + own).min(all) as f64 / all as f64;
        promise.div_f64(left.max(LEAST))
    }

    /// Fails unless what began then has taken no longer than promised.
    #[track_caller]
    pub(crate) fn assert_within(&self, promise: Duration, what: &str) {
        self.assert_took(self.elapsed(), promise, what);
    }

    /// The same of what took so long at most since then.
    #[track_caller]
    pub(crate) fn assert_took(&self, took: Duration, promise: Duration, what: &str) {
        if took >= promise {
            let limit = self.stretched(promise);
            assert!(
                took < limit,
                "{what}: {took:?}, where {promise:?} is promised and the machine leaves time for {limit:?}"
            );
        }
    }
}
