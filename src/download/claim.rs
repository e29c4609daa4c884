//! The right to fetch a file: a lock on `<fid>.lock`, which dies with its process. It outlives the moment the file gets its
//! name, so that nobody fetches it again before the archive says that it is there.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::weibo::FileId;

/// The right to fetch one file, among all processes; given back when dropped.
#[derive(Debug)]
pub(super) struct Claim {
    path: PathBuf,
    _lock: File,
}

impl Claim {
    /// Claims a file; `None` when somebody else has it. Blocks for as long as opening a file does.
    pub(super) fn take(directory: &Path, fid: FileId) -> io::Result<Option<Self>> {
        let path = directory.join(format!("{fid}.lock"));
        let lock = private().create(true).truncate(false).open(&path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had it may have removed the file between our opening and locking it; then our lock is worth nothing.
        let ours = lock.metadata()?;
        let there = path.metadata().ok().map(|there| (there.dev(), there.ino()));
        Ok((there == Some((ours.dev(), ours.ino()))).then_some(Self { path, _lock: lock }))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Before the lock goes, see `take`. If it stays, the next claim takes it over.
        drop(std::fs::remove_file(&self.path));
    }
}

/// For writing, readable for the user only.
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
