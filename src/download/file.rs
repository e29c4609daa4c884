//! A file in the making: locked, written beside its place, and put there whole or not at all.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt as _;

use crate::weibo::FileId;

/// `<fid>.part`, which one worker of one process holds. The lock dies with the process, so that nothing is left to clean
/// up after a crash.
#[derive(Debug)]
pub(super) struct Part {
    file: tokio::fs::File,
    directory: PathBuf,
    fid: FileId,
}

impl Part {
    /// Takes the part file of a medium; `None` while another worker, maybe of another process, has it.
    pub(super) fn lock(directory: &Path, fid: FileId) -> io::Result<Option<Self>> {
        let path = part_path(directory, fid);
        loop {
            let mut options = OpenOptions::new();
            let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, &path) => {
                    let file = tokio::fs::File::from_std(file);
                    return Ok(Some(Self { file, directory: directory.to_owned(), fid }));
                }
                // Who had it has just put it in place: this is the finished file now, not ours to write to.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Begins at the beginning.
    pub(super) async fn restart(&mut self) -> io::Result<()> {
        self.file.set_len(0).await
    }

    /// Appends bytes.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await
    }

    /// Puts the file in place as `<fid>.<extension>`, on disk with its directory entry. Returns its name and the lock,
    /// which is to be held until the archive knows.
    pub(super) async fn finish(mut self, extension: &str) -> io::Result<(String, tokio::fs::File)> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        let name = format!("{}.{extension}", self.fid);
        tokio::fs::rename(part_path(&self.directory, self.fid), self.directory.join(&name)).await?;
        tokio::fs::File::open(&self.directory).await?.sync_all().await?;
        Ok((name, self.file))
    }

    /// Throws it away.
    pub(super) async fn discard(self) {
        // What stays behind is overwritten by the next try.
        drop(tokio::fs::remove_file(part_path(&self.directory, self.fid)).await);
    }
}

fn part_path(directory: &Path, fid: FileId) -> PathBuf {
    directory.join(format!("{fid}.part"))
}

/// Whether the open file is the one at the path.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        (Ok(_) | Err(_), _) => false,
    }
}
