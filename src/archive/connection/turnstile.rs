//! Commands that write beside a listener take turns: one at a time, each followed by a pause as long as the turn,
//! in which the listener finds the archive free. So on a busy machine, where turns are long, pauses are long as
//! well. Turns are limited by time ([`TURN`]), because the time per row depends on disk and machine.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::archive::Lock;

/// The approximate length of a turn beside a listener; each turn does at least one thing.
pub(in crate::archive) const TURN: Duration = Duration::from_millis(40);

/// How long a turn waits for the lock of the database: imports and downloads get their turns in between, in no
/// particular order.
pub(in crate::archive) const PATIENCE: Duration = Duration::from_mins(1);

/// Name of the lock file in the data directory; the process that holds its lock has the turn.
const FILE: &str = "weibox.turn";
/// The minimum pause. The listener tries every two milliseconds.
const LEAST: Duration = Duration::from_millis(30);
/// The maximum pause.
const MOST: Duration = Duration::from_secs(1);
/// The length of a turn that delays answers; the pause after a longer one is doubled.
const LATE: Duration = Duration::from_millis(250);

/// The queue of commands that wait for each other.
pub(in crate::archive) struct Turnstile {
    /// `None` if the file cannot be opened; commands then only pause.
    file: Option<File>,
    data_dir: PathBuf,
}

/// The right to write, until it is dropped.
pub(in crate::archive) struct Pass {
    turnstile: Arc<Turnstile>,
    began: Instant,
}

impl Turnstile {
    pub(in crate::archive) fn open(data_dir: &Path) -> Arc<Self> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(data_dir.join(FILE)).ok();
        Arc::new(Self { file, data_dir: data_dir.to_owned() })
    }

    /// Waits until no other command has the turn.
    pub(in crate::archive) fn enter(self: &Arc<Self>) -> Pass {
        // Without the lock the pauses are enough for a single command.
        let _unlocked = self.file.as_ref().map(File::lock);
        Pass { turnstile: Arc::clone(self), began: Instant::now() }
    }
}

impl Pass {
    pub(in crate::archive) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let took = self.elapsed();
        let Turnstile { file, data_dir } = &*self.turnstile;
        // Without a listener no answers wait.
        if Lock::holder(data_dir).is_some() {
            thread::sleep(if took > LATE { took * 2 } else { took }.clamp(LEAST, MOST));
        }
        let _unlocked = file.as_ref().map(File::unlock);
    }
}
