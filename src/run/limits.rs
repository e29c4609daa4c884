//! What the system lets this process do: no core dumps, which hold secrets and messages, enough open files, and for those who only
//! look on what is left of the processor.

use rustix::process::{Pid, Resource, Rlimit, getpriority_process, getrlimit, setpriority_process, setrlimit};

use crate::listener;
use crate::reason::{self, Reason};

/// What else has files open: archive and readers, downloads, log, terminal, and some to spare.
const OTHER_FILES: usize = 200;

/// A connection that has to leave holds its file a little longer, while the next one has its own.
const FILES_PER_CONNECTION: usize = 2;

/// How much those who look on step back, as `nice` counts: whoever takes calls gets three times as much of a processor that both want.
const NICE: i32 = 5;

/// How many files may have to be open.
pub(super) const fn most_files() -> usize {
    FILES_PER_CONNECTION * listener::CONNECTIONS + OTHER_FILES
}

/// Forbids core dumps and allows as many open files as [`listener::CONNECTIONS`] need, as far as the system lets us: what
/// it does not is no reason not to run.
pub(super) fn set() {
    let _refused = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let files = getrlimit(Resource::Nofile);
    let wanted = most_files() as u64;
    let allowed = files.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if files.current.is_some_and(|current| current < allowed) {
        let _refused = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), ..files });
    }
}

/// Lets the listener go first, as twenty dashboards together want more of the processor than it does. Of what the system refuses
/// nothing is said.
pub(super) fn step_back() {
    // A priority is that of a thread. Those that begin later take it over.
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let ids = threads.filter_map(|thread| thread.file_name().to_str()?.parse().ok());
    for id in ids.filter_map(Pid::from_raw) {
        let _refused = getpriority_process(Some(id)).and_then(|usual| setpriority_process(Some(id), usual + NICE));
    }
}

/// What to say, with its hint, when callers have fewer connections than [`listener::CONNECTIONS`].
pub(super) fn warning() -> Option<(Reason, Reason)> {
    let connections = connections();
    let files = getrlimit(Resource::Nofile).current.filter(|_| connections < listener::CONNECTIONS)?;
    let wanted = most_files();
    let few = reason::start::FEW_FILES.with(files).with(connections).with(listener::CONNECTIONS);
    Some((few, reason::hints::ALLOW_FILES.with(wanted).with(wanted)))
}

/// How many connections the open files allow, at least one.
pub(super) fn connections() -> usize {
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    let connections =
        files.map_or(listener::CONNECTIONS, |files| files.saturating_sub(OTHER_FILES) / FILES_PER_CONNECTION);
    connections.clamp(1, listener::CONNECTIONS)
}
