//! One listener an archive: a lock that dies with its process, in a file that names it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::Error;

/// In the data directory.
const FILE: &str = "weibox.lock";

/// The right to listen for an archive; given back when dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a data directory and writes this process and its `command` into it.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`], which names the process that has it; [`Error::Lock`] when the file cannot be used.
    pub fn acquire(data_dir: &Path, command: &str) -> Result<Self, Error> {
        super::make_private(data_dir)?;
        let path = data_dir.join(FILE);
        let failed = |source: io::Error| Error::Lock { path: path.clone(), source };
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).map_err(failed)?;
                write!(file, "process {} ({command})", std::process::id()).map_err(failed)?;
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let holder = named(&mut file).map_err(failed)?;
                Err(Error::Locked { path: data_dir.to_owned(), holder })
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Who has the lock of a data directory: `process 1234 (weibox serve)`; `None` when nobody has it, or when that
    /// cannot be seen. Makes nothing.
    #[must_use]
    pub fn holder(data_dir: &Path) -> Option<String> {
        let mut file = File::open(data_dir.join(FILE)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => named(&mut file).ok(),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

/// What the holder has written about itself.
fn named(file: &mut File) -> io::Result<String> {
    let mut holder = String::new();
    file.read_to_string(&mut holder)?;
    Ok(if holder.is_empty() { "another process".to_owned() } else { holder })
}
