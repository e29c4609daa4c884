//! The clock of what decoders ask: whether a file may go on being decoded.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio_util::sync::CancellationToken;

use crate::media::budget::{Budget, MOST_MEMORY, MOST_TIME};

/// The memory of the process is asked for after this many questions about the budget.
const MEMORY_EVERY: u32 = 16;

/// What a decoder on this thread is told of its file, whose decoding begins now and ends when `stop` is cancelled.
///
/// The time is the thread's own, so that a busy machine takes nothing from it. The memory is the process's, which is all
/// that can be asked for: it stops a decoder whose library allocates what the header of the file does not tell.
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

/// The processor time of this thread.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The memory that this process has, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * rustix::param::page_size() as u64
}
