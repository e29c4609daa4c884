//! System limits of this process: no core dumps, which would contain secrets and messages; enough open files;
//! a limit of file sizes that does not end the process; and a lower priority for attached dashboards.

use rustix::process::{Pid, Resource, Rlimit, Signal, getpriority_process, getrlimit, setpriority_process, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::listener;
use crate::reason::{self, Reason};

/// Files open for other purposes: archive and readers, downloads, log, terminal, and some to spare.
const OTHER_FILES: usize = 200;

/// A connection that is being closed holds its file a little longer, while the next one has its own.
const FILES_PER_CONNECTION: usize = 2;

/// The nice value added for attached dashboards: the listener gets three times as much of a processor that
/// both want.
const NICE: i32 = 5;

/// Returns how many files may have to be open.
pub(super) const fn most_files() -> usize {
    FILES_PER_CONNECTION * listener::CONNECTIONS + OTHER_FILES
}

/// Forbids core dumps, and allows as many open files as [`listener::CONNECTIONS`] need. Does what the system
/// permits; a refusal is no reason not to run.
pub(super) fn set() {
    let _refused = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let files = getrlimit(Resource::Nofile);
    let wanted = most_files() as u64;
    let allowed = files.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    if files.current.is_some_and(|current| current < allowed) {
        let _refused = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), ..files });
    }
}

/// Makes a write beyond the limit of file sizes an error, as on a full disk: its signal would end the process.
/// Needs the runtime, whose handler of the signal stays and does nothing.
pub(super) fn outlive_file_size() {
    let _refused = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
}

/// Lowers the priority below the listener's, because twenty dashboards together want more of the processor
/// than the listener does. Ignores a refusal.
pub(super) fn step_back() {
    // A priority belongs to a thread; later threads inherit it.
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let ids = threads.filter_map(|thread| thread.file_name().to_str()?.parse().ok());
    for id in ids.filter_map(Pid::from_raw) {
        let _refused = getpriority_process(Some(id)).and_then(|usual| setpriority_process(Some(id), usual + NICE));
    }
}

/// Returns the warning and its hint if callers have fewer connections than [`listener::CONNECTIONS`].
pub(super) fn warning() -> Option<(Reason, Reason)> {
    let connections = connections();
    let files = getrlimit(Resource::Nofile).current.filter(|_| connections < listener::CONNECTIONS)?;
    let few = reason::start::FEW_FILES.with(files).with(connections).with(listener::CONNECTIONS);
    Some((few, more_files()))
}

/// Returns whether fewer files may be open than weibox needs without any caller.
pub(super) fn are_files_few() -> bool {
    getrlimit(Resource::Nofile).current.is_some_and(|files| files < OTHER_FILES as u64)
}

/// Returns the hint how to allow enough open files.
pub(super) fn more_files() -> Reason {
    reason::hints::ALLOW_FILES.with(most_files()).with(most_files())
}

/// Returns how many connections the limit of open files allows, at least one.
pub(super) fn connections() -> usize {
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok());
    let connections =
        files.map_or(listener::CONNECTIONS, |files| files.saturating_sub(OTHER_FILES) / FILES_PER_CONNECTION);
    connections.clamp(1, listener::CONNECTIONS)
}
