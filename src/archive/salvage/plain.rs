//! Reads the archive's files without SQLite, which also calls an archive damaged when its disk cannot be
//! read.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::super::connection::{self, FILES, FileIdentity};

/// Number of bytes of one read when the whole file is read; SQLite reads as many.
const PIECE: usize = 4096;

/// The archive's file, open for reading. Closing a file releases all locks that this process has on it
/// (POSIX), including SQLite's: therefore the file stays open until another one takes its place.
#[derive(Default)]
pub(in crate::archive) struct PlainFile(Option<(FileIdentity, File)>);

impl PlainFile {
    /// Opens the archive's file that is now in its place, and its log; either may be missing.
    pub(super) fn with_log(&mut self, data_dir: &Path) -> io::Result<(Option<&File>, Option<File>)> {
        let found = connection::file_of(data_dir);
        if self.0.as_ref().map(|(identity, _)| *identity) != found {
            self.0 = found.zip(open(&data_dir.join(connection::FILE))?);
        }
        Ok((self.0.as_ref().map(|(_, file)| file), open(&data_dir.join(FILES[1]))?))
    }

    /// Reads every byte of both files once.
    ///
    /// # Errors
    ///
    /// The first error of reading.
    pub(super) fn read_all(&mut self, data_dir: &Path) -> io::Result<()> {
        let (file, log) = self.with_log(data_dir)?;
        let mut piece = [0; PIECE];
        for file in file.into_iter().chain(log.as_ref()) {
            let mut at = 0;
            while fill(file, &mut piece, at)? {
                at += PIECE as u64;
            }
        }
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Fills a buffer from an offset of a file. Returns whether the file has that many bytes there.
pub(super) fn fill(file: &File, buffer: &mut [u8], at: u64) -> io::Result<bool> {
    match file.read_exact_at(buffer, at) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the length of a file; a missing one has no bytes.
pub(super) fn length(file: Option<&File>) -> io::Result<u64> {
    file.map_or(Ok(0), |file| Ok(file.metadata()?.len()))
}
