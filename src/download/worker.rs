//! One try at one file.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use tokio::sync::watch;

use crate::archive::{Archive, Reader};
use crate::record::media::{Board, Progress, Stage};
use crate::weibo::FileId;
use crate::weibo::api::Remedy;

use super::file::Part;
use super::source::{Failure, HEAD, Source};

/// Progress is told so often at the most; a screen shows no more.
const PROGRESS_PAUSE: Duration = Duration::from_millis(100);

/// What a try came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The file is in place and recorded, by us or by another process.
    Done,
    /// Another process fetches it.
    Busy,
    /// It is not there.
    Failed(Failure),
}

/// What a try needs.
pub(super) struct Worker {
    pub(super) source: Arc<Source>,
    pub(super) directory: PathBuf,
    pub(super) reader: Arc<Mutex<Reader>>,
    pub(super) archive: Archive,
    pub(super) board: watch::Sender<Board>,
    pub(super) max_bytes: u64,
}

impl Worker {
    /// Fetches a file and records it.
    pub(super) async fn fetch(&self, fid: FileId) -> Outcome {
        let part = match Part::lock(&self.directory, fid) {
            Ok(Some(part)) => part,
            Ok(None) => {
                // The slot is kept meanwhile, or we would look again at once.
                tokio::time::sleep(super::BUSY_PAUSE).await;
                return Outcome::Busy;
            }
            Err(error) => return Outcome::Failed(unwritable(&error)),
        };
        // Between being queued and being locked it may have been fetched by another process.
        let stage = super::read(&self.reader, move |reader| reader.stage(fid)).await;
        if matches!(stage, Ok(Some(Stage::Done { .. }))) {
            part.discard().await;
            return Outcome::Done;
        }
        self.board.send_modify(|board| board.running.push(Progress { fid, received: 0, total: None }));
        match self.receive(fid, part).await {
            Ok(()) => Outcome::Done,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    async fn receive(&self, fid: FileId, mut part: Part) -> Result<(), Failure> {
        let received = self.stream(fid, &mut part).await;
        let (extension, bytes) = match received {
            Ok(received) => received,
            Err(failure) => {
                part.discard().await;
                return Err(failure);
            }
        };
        let (file, lock) = part.finish(extension).await.map_err(|error| unwritable(&error))?;
        let recorded = self.archive.settle(fid, Stage::Done { file, bytes }).await;
        drop(lock);
        recorded.map_err(|error| Failure::new(Remedy::Retry, error.to_string()))
    }

    /// Writes the body to the part file. Returns the extension that its bytes ask for, and its length.
    async fn stream(&self, fid: FileId, part: &mut Part) -> Result<(&'static str, u64), Failure> {
        part.restart().await.map_err(|error| unwritable(&error))?;
        let mut response = self.source.fetch(fid).await?;
        let total = response.content_length();
        let too_large =
            || Failure::new(Remedy::GiveUp, format!("the file is larger than the limit of {} bytes", self.max_bytes));
        if total.is_some_and(|total| total > self.max_bytes) {
            return Err(too_large());
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
        let mut head = Vec::new();
        let mut received: u64 = 0;
        let mut told_at = None;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.source.broken(error))? {
            received += chunk.len() as u64;
            if received > self.max_bytes {
                return Err(too_large());
            }
            let missing = HEAD.saturating_sub(head.len()).min(chunk.len());
            head.extend_from_slice(chunk.get(..missing).unwrap_or_default());
            part.write(&chunk).await.map_err(|error| unwritable(&error))?;
            if told_at.is_none_or(|at: Instant| at.elapsed() >= PROGRESS_PAUSE) {
                told_at = Some(Instant::now());
                self.tell(&Progress { fid, received, total });
            }
        }
        if total.is_some_and(|total| total != received) {
            return Err(Failure::new(Remedy::Retry, "the connection ended before the file did"));
        }
        Ok((self.source.check(&head, &content_type)?, received))
    }

    fn tell(&self, news: &Progress) {
        self.board.send_modify(|board| {
            if let Some(progress) = board.running.iter_mut().find(|progress| progress.fid == news.fid) {
                progress.clone_from(news);
            }
        });
    }
}

fn unwritable(error: &std::io::Error) -> Failure {
    Failure::new(Remedy::Retry, format!("the file could not be written: {error}"))
}
