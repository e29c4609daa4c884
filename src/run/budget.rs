//! Limits for decoders: decides whether the decoding of a file may continue.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;

use crate::media::budget::{Budget, MOST_MEMORY, MOST_TIME};

/// The memory of the process is checked at every this many questions.
const MEMORY_EVERY: u32 = 16;

/// Returns the budget of a file that this thread decodes; it starts now, and ends when `stop` is cancelled.
///
/// Time is the thread's processor time, so that a busy machine does not use it up. Memory is that of the
/// process, the only one that can be queried: it stops a decoder whose library allocates more than the header
/// of the file declares.
pub fn of_this_thread(stop: &CancellationToken) -> impl Fn() -> Budget {
    let (began_at, began_with) = (thread_time(), resident());
    let asked = std::cell::Cell::new(0_u32);
    move || {
        asked.set(asked.get().wrapping_add(1));
        let is_heavy =
            || asked.get().is_multiple_of(MEMORY_EVERY) && resident().saturating_sub(began_with) > MOST_MEMORY;
        if stop.is_cancelled() {
            Budget::Cancelled
        } else if thread_time().saturating_sub(began_at) > MOST_TIME || is_heavy() {
            Budget::Spent
        } else {
            Budget::Left
        }
    }
}

/// Returns the processor time of this thread.
fn thread_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Returns the resident memory of this process, in bytes; 0 where the system does not report it.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * rustix::param::page_size() as u64
}
