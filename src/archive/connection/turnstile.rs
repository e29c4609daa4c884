//! Beside a listener, commands that write take turns: one at a time, and after each turn a pause as long as it was, in which
//! the listener finds the archive free. So a busy machine, which makes turns long, makes the pauses long as well. What a turn
//! does is bounded by time ([`TURN`]), because rows take as long as the disk and the machine let them.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::archive::Lock;

/// A turn beside a listener takes about so long, and does one thing at least.
pub(in crate::archive) const TURN: Duration = Duration::from_millis(40);

/// In the data directory; whoever has it locked is in its turn.
const FILE: &str = "weibox.turn";
/// A pause is at least so long. The listener looks every two milliseconds.
const LEAST: Duration = Duration::from_millis(30);
/// And at most so long.
const MOST: Duration = Duration::from_secs(1);
/// After a turn that took longer, answers are late, and the pause is twice as long.
const LATE: Duration = Duration::from_millis(250);

/// Where commands wait for each other.
pub(in crate::archive) struct Turnstile {
    /// `None` where it cannot be had: then they only pause.
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

    /// Waits until no other command is in its turn.
    pub(in crate::archive) fn enter(self: &Arc<Self>) -> Pass {
        // Without the lock the pause is enough for one.
        let _unlocked = self.file.as_ref().map(File::lock);
        Pass { turnstile: Arc::clone(self), began: Instant::now() }
    }
}

impl Pass {
    /// How long the turn has taken so far.
    pub(in crate::archive) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let took = self.elapsed();
        let Turnstile { file, data_dir } = &*self.turnstile;
        // Nobody waits for answers where nobody listens.
        if Lock::holder(data_dir).is_some() {
            thread::sleep(if took > LATE { took * 2 } else { took }.clamp(LEAST, MOST));
        }
        let _unlocked = file.as_ref().map(File::unlock);
    }
}
