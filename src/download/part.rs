//! The part of a file that has arrived: `<fid>.part`, and beside it the note `<fid>.part.json`, which says
//! how to request the rest.
//!
//! The note vouches for the part by a hash: whatever a crash left of either, a download resumes only from a
//! part with that hash. Both are removed once the file is whole or given up, and may be removed at any time.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;

use super::claim::private;
use super::place;
use crate::media::{self, FileFormat};
use crate::reason::{Reason, downloads};
use crate::record::media::Stage;
use crate::weibo::{self, FileId};

/// How often progress is noted while bytes arrive: a crash on a slow connection loses at most this much time,
/// and a fast one has nothing to write.
const NOTE_EVERY: Duration = Duration::from_secs(1);
/// Number of bytes before the rest that are requested again, to prove that the rest fits.
pub(super) const OVERLAP: usize = 64;
/// Number of bytes of a part that are read back at a time.
const CHUNK: usize = 64 << 10;

/// Identifies the server's version of the file, so that the rest can be requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// Length of the whole file, in bytes.
    pub(super) total: u64,
    /// A strong `ETag`, or a `Last-Modified` that serves as one (RFC 9110 §8.8).
    pub(super) validator: String,
}

/// The part of a file that exists, for a request for the rest.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) origin: Origin,
    /// Number of its bytes.
    pub(super) bytes: u64,
    /// Its last [`OVERLAP`] bytes.
    pub(super) end: [u8; OVERLAP],
}

/// The note beside a part.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    origin: Origin,
    /// Number of bytes that the hash covers.
    bytes: u64,
    sha256: String,
}

/// A file that is not whole yet.
#[derive(Debug)]
pub(super) struct PartialFile {
    directory: PathBuf,
    fid: FileId,
    file: tokio::fs::File,
    /// `None` when the server gives no way to request the rest.
    origin: Option<Origin>,
    /// The first bytes, which show the format.
    head: Vec<u8>,
    bytes: u64,
    hash: Sha256,
    noted_at: Instant,
}

impl PartialFile {
    /// Starts from the beginning, whatever is there. The caller holds the file's claim.
    pub(super) fn create(directory: &Path, fid: FileId, origin: Option<Origin>) -> io::Result<Self> {
        // Removed first: it would describe other bytes.
        remove(&note_path(directory, fid))?;
        let file = private().create(true).truncate(true).open(part_path(directory, fid))?;
        Ok(Self::new(directory, fid, file, origin))
    }

    /// Reopens what an earlier attempt left, if it matches its note and the rest can be requested. The caller
    /// holds the file's claim.
    pub(super) async fn reopen(directory: &Path, fid: FileId) -> Option<(Self, Beginning)> {
        let directory = directory.to_owned();
        let reopened = tokio::task::spawn_blocking(move || reopen(&directory, fid).ok());
        reopened.await.ok().flatten()
    }

    fn new(directory: &Path, fid: FileId, file: File, origin: Option<Origin>) -> Self {
        Self {
            directory: directory.to_owned(),
            fid,
            file: file.into(),
            origin,
            head: Vec::with_capacity(media::HEAD),
            bytes: 0,
            hash: Sha256::new(),
            noted_at: Instant::now(),
        }
    }

    /// Appends bytes.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes).await?;
        self.count(bytes);
        if self.noted_at.elapsed() >= NOTE_EVERY {
            self.note().await?;
        }
        Ok(())
    }

    fn count(&mut self, bytes: &[u8]) {
        let missing = media::HEAD.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(missing));
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// Returns the number of bytes so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the format, judged by the first bytes.
    pub(super) fn format(&self) -> FileFormat {
        media::sniff(&self.head).unwrap_or(media::UNKNOWN)
    }

    /// Writes the note, so that another attempt resumes from here.
    pub(super) async fn note(&mut self) -> io::Result<()> {
        self.file.flush().await?;
        self.noted_at = Instant::now();
        if let Some(origin) = self.origin.clone().filter(|origin| self.bytes > 0 && self.bytes < origin.total) {
            let note = Note { origin, bytes: self.bytes, sha256: hex(self.hash.clone()) };
            let path = note_path(&self.directory, self.fid);
            let json = serde_json::to_vec(&note).map_err(io::Error::other)?;
            let write = move || private().create(true).truncate(true).open(path)?.write_all(&json);
            tokio::task::spawn_blocking(write).await.map_err(io::Error::other)??;
        }
        Ok(())
    }

    /// Makes the file durable at a wanted place below the media directory; returns the stage for the archive.
    pub(super) async fn finish(mut self, wanted: String) -> io::Result<Stage> {
        self.file.flush().await?;
        let (file, directory, fid) = (self.file.into_std().await, self.directory, self.fid);
        let placed = tokio::task::spawn_blocking(move || {
            file.sync_all()?;
            remove(&note_path(&directory, fid))?;
            place::put(&directory, &part_path(&directory, fid), &wanted)
        });
        let file = placed.await.map_err(io::Error::other)??;
        Ok(Stage::Done { file, bytes: self.bytes, sha256: Some(hex(self.hash)) })
    }
}

/// Removes what is left of a file that is no longer fetched. Nothing of it is needed, so errors are ignored.
/// Blocks.
pub(super) fn discard(directory: &Path, fid: FileId) {
    drop(remove(&note_path(directory, fid)));
    drop(remove(&part_path(directory, fid)));
}

fn reopen(directory: &Path, fid: FileId) -> io::Result<(PartialFile, Beginning)> {
    let note: Note = serde_json::from_slice(&std::fs::read(note_path(directory, fid))?)?;
    let file = private().read(true).open(part_path(directory, fid))?;
    // Bytes that arrived after the note was written are fetched again.
    file.set_len(note.bytes)?;
    let mut end = [0; OVERLAP];
    // A shorter part is no loss.
    file.read_exact_at(&mut end, note.bytes.saturating_sub(OVERLAP as u64))?;
    let mut part = PartialFile::new(directory, fid, file.try_clone()?, Some(note.origin.clone()));
    let mut beginning = file.take(note.bytes);
    let mut chunk = vec![0; CHUNK];
    loop {
        let n = beginning.read(&mut chunk)?;
        match chunk.get(..n) {
            None | Some([]) => break,
            Some(read) => part.count(read),
        }
    }
    let is_whole = part.bytes == note.bytes && note.bytes < note.origin.total && hex(part.hash.clone()) == note.sha256;
    if !is_whole {
        return Err(io::Error::other(Reason::from(downloads::NOTE_DIFFERS)));
    }
    Ok((part, Beginning { origin: note.origin, bytes: note.bytes, end }))
}

fn hex(hash: Sha256) -> String {
    weibo::hex(&hash.finalize())
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn part_path(directory: &Path, fid: FileId) -> PathBuf {
    directory.join(format!("{fid}.part"))
}

fn note_path(directory: &Path, fid: FileId) -> PathBuf {
    directory.join(format!("{fid}.part.json"))
}
