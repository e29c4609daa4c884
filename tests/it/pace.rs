//! Time limits on a shared machine.
//!
//! A limit applies to weibox with the processors to itself. If other processes, such as other tests and builds,
//! take most of the processor time, everything takes longer in inverse proportion to the share that is left, and
//! the limit is stretched by the same factor. On an idle machine that changes little, so a slow weibox is still
//! noticed.

use std::fs;
use std::time::{Duration, Instant};

/// The smallest share that is assumed, so that limits are not stretched forever.
const LEAST: f64 = 0.02;

/// Processor time in ticks.
#[derive(Clone, Copy)]
struct Ticks {
    all: u64,
    idle: u64,
    own: u64,
}

impl Ticks {
    /// Reads the ticks of the machine and of one process; returns `None` if the system does not report them, as
    /// on macOS.
    fn now(process: u32) -> Option<Self> {
        let machine = fs::read_to_string("/proc/stat").ok()?;
        let line = machine.lines().next()?.strip_prefix("cpu ")?;
        // Guest time is already included in user time.
        let fields: Vec<u64> = line.split_whitespace().take(8).map(|field| field.parse().unwrap()).collect();
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let after_name = stat.rsplit_once(") ")?.1;
        let own = after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Some(Self { all: fields.iter().sum(), idle: *fields.get(3)?, own })
    }
}

/// A point in time, and the ticks until then.
pub(crate) struct Pace {
    process: u32,
    at: Instant,
    ticks: Option<Ticks>,
}

impl Pace {
    /// Starts now, for the limits of this process.
    pub(crate) fn of(process: u32) -> Self {
        Self { process, at: Instant::now(), ticks: Ticks::now(process) }
    }

    /// Starts now, for the limits of the test process itself.
    pub(crate) fn own() -> Self {
        Self::of(std::process::id())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.at.elapsed()
    }

    /// Returns a limit, stretched for the load since the start.
    pub(crate) fn stretched(&self, promise: Duration) -> Duration {
        let Some((before, after)) = self.ticks.zip(Ticks::now(self.process)) else { return promise };
        let [all, idle, own] =
            [after.all - before.all, after.idle.saturating_sub(before.idle), after.own.saturating_sub(before.own)];
        // Ticks are too coarse for shorter times; such a limit is not stretched.
        if all == 0 {
            return promise;
        }
        #[expect(clippy::cast_precision_loss, reason = "these are some thousands")]
        let left = (idle + own).min(all) as f64 / all as f64;
        promise.div_f64(left.max(LEAST))
    }

    /// Fails unless the time since the start is within the limit.
    #[track_caller]
    pub(crate) fn assert_within(&self, promise: Duration, what: &str) {
        self.assert_took(self.elapsed(), promise, what);
    }

    /// Fails unless a duration since the start is within the limit.
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
