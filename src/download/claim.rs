//! The claim to fetch a file: a lock on `<fid>.lock`, which dies with its process. It is held beyond the
//! moment the file gets its name, so that nobody fetches the file again before the archive knows that it is
//! there.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::weibo::FileId;

/// The exclusive right among all processes to fetch a file; released when dropped.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    _lock: File,
}

impl Claim {
    /// Claims a file; `None` when another worker or process has it. Blocks while it opens a file.
    pub(super) fn take(directory: &Path, fid: FileId) -> io::Result<Option<Self>> {
        let path = directory.join(format!("{fid}.lock"));
        let lock = private().create(true).truncate(false).open(&path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The previous holder may have removed the file between our opening and locking it; then our lock is
        // worthless.
        let ours = lock.metadata()?;
        let there = path.metadata().ok().map(|there| (there.dev(), there.ino()));
        Ok((there == Some((ours.dev(), ours.ino()))).then_some(Self { path, _lock: lock }))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Before the lock is released, see `take`. A file that stays is taken over by the next claim.
        drop(std::fs::remove_file(&self.path));
    }
}

/// Returns options for writing a file that only the user can read.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_had_once_and_again_after_it_was_given_back() {
        let directory = tempfile::tempdir().unwrap();
        let claim = Claim::take(directory.path(), FileId(7)).unwrap();
        assert!(claim.is_some());
        assert!(Claim::take(directory.path(), FileId(7)).unwrap().is_none());
        assert!(Claim::take(directory.path(), FileId(8)).unwrap().is_some());
        drop(claim);
        assert!(Claim::take(directory.path(), FileId(7)).unwrap().is_some());
        assert_eq!(directory.path().read_dir().unwrap().count(), 0);
    }
}
