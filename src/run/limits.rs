//! What the system lets this process do: no core dumps, which hold secrets and messages, and enough open files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::listener;
use crate::reason::{self, Reason};

/// What else has files open: archive and readers, downloads, log, terminal, and some to spare.
const OTHER_FILES: usize = 200;

/// A connection that has to leave holds its file a little longer, while the next one has its own.
const FILES_PER_CONNECTION: usize = 2;

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
