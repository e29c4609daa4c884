//! One file on disk: claimed, written, made durable. Every name here is ours, made of the file id; what the whole file is
//! called in the end is [`place`]'s matter.
//!
//! A claim is a lock on `<fid>.lock`, which dies with its process. It outlives the rename, so that nobody fetches the
//! file again before the archive says that it is there. Content goes to `<fid>.part` until it is whole.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt as _;

use super::place;
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

/// A file that is not whole yet.
#[derive(Debug)]
pub(super) struct Part {
    directory: PathBuf,
    fid: FileId,
    file: tokio::fs::File,
    bytes: u64,
}

impl Part {
    /// Begins it anew, readable for the user only. The caller holds its [`Claim`].
    pub(super) async fn create(directory: &Path, fid: FileId) -> io::Result<Self> {
        let options = tokio::fs::OpenOptions::from(private().create(true).truncate(true).clone());
        let file = options.open(part_path(directory, fid)).await?;
        Ok(Self { directory: directory.to_owned(), fid, file, bytes: 0 })
    }

    /// Appends.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// How long it is, in bytes.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Makes it durable at a wanted place below the media directory; returns where it is then, and its length.
    pub(super) async fn finish(mut self, wanted: String) -> io::Result<(String, u64)> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let (media, part) = (self.directory.clone(), part_path(&self.directory, self.fid));
        let placed = tokio::task::spawn_blocking(move || place::put(&media, &part, &wanted)).await;
        Ok((placed.map_err(io::Error::other)??, self.bytes))
    }
}

/// Removes what is left of a file that was given up. Nothing of it is needed, so failing to is no failure.
pub(super) async fn discard(directory: &Path, fid: FileId) {
    drop(tokio::fs::remove_file(part_path(directory, fid)).await);
}

fn part_path(directory: &Path, fid: FileId) -> PathBuf {
    directory.join(format!("{fid}.part"))
}

fn private() -> OpenOptions {
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
