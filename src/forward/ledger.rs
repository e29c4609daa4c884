//! Results of calls: writes new ones together with the bookmark, one batch after the other, and looks up
//! those that were written before the start.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::courier::Courier;
use super::lanes::Lanes;
use super::target::Target;
use crate::archive::{Archive, Error, ForwardedBatch, Reader};
use crate::record::Seq;
use crate::record::forwarded::Forwarded;
use crate::record::target::TargetPause;

/// The minimum time between two writes. Without it, a bot that answers at once would cause a write for every
/// few messages, each of which waits for the disk.
const PACE: Duration = Duration::from_millis(10);
/// The pause after a write that failed.
const WRITE_AGAIN: Duration = Duration::from_secs(1);

/// Results that are not written yet, and the write in progress.
pub(super) struct Ledger {
    archive: Archive,
    /// Names of the target and of its bookmark.
    target: String,
    bookmark_name: String,
    /// The bookmark on disk, and the bookmark that is being written.
    bookmark: Seq,
    next_bookmark: Seq,
    rows: Vec<Forwarded>,
    pause: Option<TargetPause>,
    writing: Option<BoxFuture<'static, ()>>,
}

impl Ledger {
    pub(super) fn new(archive: Archive, target: &Target, bookmark: Seq) -> Self {
        let (target, bookmark_name) = (target.name.clone(), target.bookmark());
        let (next_bookmark, rows) = (bookmark, Vec::new());
        Self { archive, target, bookmark_name, bookmark, next_bookmark, rows, pause: None, writing: None }
    }

    /// Returns the bookmark on disk: the target has every message up to it, except those that have a row that
    /// is not settled.
    pub(super) const fn bookmark(&self) -> Seq {
        self.bookmark
    }

    /// Queues the result for a message.
    pub(super) fn note(&mut self, row: Forwarded) {
        self.rows.push(row);
    }

    /// Whether all results are on disk.
    pub(super) const fn is_written(&self) -> bool {
        self.rows.is_empty() && self.writing.is_none()
    }

    /// Queues a pause that the target caused.
    pub(super) fn note_pause(&mut self, pause: TargetPause) {
        self.pause = Some(pause);
    }

    /// Starts to write the new results for messages up to `position`, unless a write is in progress.
    pub(super) fn write(&mut self, lanes: &Lanes, position: Seq) {
        let settled = lanes.settled_up_to(self.next_bookmark, position);
        let is_news = !self.rows.is_empty() || self.pause.is_some() || settled > self.next_bookmark;
        if self.writing.is_some() || !is_news {
            return;
        }
        self.next_bookmark = settled;
        let archive = self.archive.clone();
        let batch = ForwardedBatch {
            target: self.target.clone(),
            bookmark: Some((self.bookmark_name.clone(), settled)),
            rows: std::mem::take(&mut self.rows),
            pause: self.pause.take(),
        };
        let write = async move {
            while let Err(error) = archive.record_forwarded(batch.clone()).await {
                if matches!(error, Error::Closed) {
                    return;
                }
                tracing::error!(%error, target = %batch.target, "what a target has could not be written; it is tried again");
                tokio::time::sleep(WRITE_AGAIN).await;
            }
            tokio::time::sleep(PACE).await;
        };
        self.writing = Some(write.boxed());
    }

    /// Waits for the write in progress; never returns while there is none.
    pub(super) async fn written(&mut self) {
        match &mut self.writing {
            Some(writing) => writing.await,
            None => std::future::pending().await,
        }
        (self.bookmark, self.writing) = (self.next_bookmark, None);
    }

    /// Writes everything that is left.
    pub(super) async fn end(&mut self, lanes: &Lanes, position: Seq) {
        loop {
            self.write(lanes, position);
            if self.writing.is_none() {
                return;
            }
            self.written().await;
        }
    }
}

/// Results that were written before the start. Each batch looks up its own, because a target that was down
/// for days can have millions.
pub(super) struct KnownOutcomes {
    reader: Reader,
    target: String,
    /// Results from before this time do not count: the user moved the bookmark after them.
    moved_at: DateTime<Utc>,
    /// Seq of the last message that arrived before the start.
    until: Seq,
}

impl KnownOutcomes {
    pub(super) fn new(courier: &Courier, reader: Reader, moved_at: DateTime<Utc>) -> Self {
        let (target, until) = (courier.target.name.clone(), courier.archive.committed().borrow().seq);
        Self { reader, target, moved_at, until }
    }

    /// Returns the number of messages that are set aside, including those set aside by other processes.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub(super) fn n_aside(&mut self) -> Result<u64, Error> {
        self.reader.refresh();
        self.reader.n_aside(&self.target)
    }

    /// Whether a result is from before the user moved the bookmark, so that its message is sent again.
    pub(super) fn is_past(&self, row: &Forwarded) -> bool {
        row.tried_at < self.moved_at
    }

    /// Returns the results for messages after `after` and up to `last`, by seq.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub(super) fn between(&self, after: Seq, last: Seq) -> Result<HashMap<Seq, Forwarded>, Error> {
        if after >= self.until {
            return Ok(HashMap::new());
        }
        let rows = self.reader.forwarded_between(&self.target, after, last.min(self.until))?;
        Ok(rows.into_iter().map(|row| (row.seq, row)).collect())
    }
}
