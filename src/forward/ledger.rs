//! What became of messages: what is to be written of it, in one write after the other, with the bookmark; and what was written before the
//! start.

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

/// Between two writes. A bot that answers at once would have one for every few messages otherwise, each of which waits for the disk.
const PACE: Duration = Duration::from_millis(10);
/// The pause after what became of messages could not be written.
const WRITE_AGAIN: Duration = Duration::from_secs(1);

/// What is new, and what is being written.
pub(super) struct Ledger {
    archive: Archive,
    /// The target, and the name of its bookmark.
    target: String,
    bookmark_name: String,
    /// The bookmark as it is on disk, and as it is being written.
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

    /// The message before which the target has all, or a row on disk says otherwise.
    pub(super) const fn bookmark(&self) -> Seq {
        self.bookmark
    }

    /// What became of a message.
    pub(super) fn note(&mut self, row: Forwarded) {
        self.rows.push(row);
    }

    /// Whether all of it is on disk.
    pub(super) const fn is_written(&self) -> bool {
        self.rows.is_empty() && self.writing.is_none()
    }

    /// The target wants no more.
    pub(super) fn note_pause(&mut self, pause: TargetPause) {
        self.pause = Some(pause);
    }

    /// Writes down what is new of the messages up to `position`, unless something is being written.
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

    /// The end of what is being written; never, when nothing is.
    pub(super) async fn written(&mut self) {
        match &mut self.writing {
            Some(writing) => writing.await,
            None => std::future::pending().await,
        }
        (self.bookmark, self.writing) = (self.next_bookmark, None);
    }

    /// Writes the last of it.
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

/// What was written of a target's messages before the start. It is looked up as they come once more, because behind one that has waited
/// for days there may be millions.
pub(super) struct KnownOutcomes {
    reader: Reader,
    target: String,
    /// What was done before is done once more.
    moved_at: DateTime<Utc>,
    /// The last message that came before the start.
    until: Seq,
}

impl KnownOutcomes {
    pub(super) fn new(courier: &Courier, reader: Reader, moved_at: DateTime<Utc>) -> Self {
        let (target, until) = (courier.target.name.clone(), courier.archive.committed().borrow().seq);
        Self { reader, target, moved_at, until }
    }

    /// How many messages are set aside, also by other processes.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub(super) fn n_aside(&mut self) -> Result<u64, Error> {
        self.reader.refresh();
        self.reader.n_aside(&self.target)
    }

    /// Whether that was before the bookmark was moved by hand, so that it is done once more.
    pub(super) fn is_past(&self, row: &Forwarded) -> bool {
        row.tried_at < self.moved_at
    }

    /// What became of the messages after a seq and up to another, by their numbers.
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
