//! Feeds: consumers that print, forward or replicate messages pull them from the archive in order, at their
//! own pace.
//!
//! A [`Feed`] wakes with the archive's bell and sleeps when it has caught up. A feed with a name keeps a
//! bookmark in the archive, from which it resumes at the next start, also after a kill: every message is
//! delivered at least once and in the order of [`Seq`]. A feed without a name begins after the last message.
//! The feed does not know what its consumer does with the messages.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::archive::{Archive, Committed, Error, Follower, KeptReader, Reader, RecordBatch};
use crate::query::Query;
use crate::record::{Record, Seq};

/// The maximum number of messages that are examined for one batch.
const BATCH: usize = 500;
/// The pause after a failed read.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// A reader that follows the archive.
pub struct Feed {
    /// Name of its bookmark; `None` for a feed without one.
    name: Option<String>,
    query: Query,
    /// The last message that was delivered, or that did not match the query.
    position: Seq,
    /// The turn of the archive at which the feed had caught up; `u64::MAX` before the first look.
    caught_up_at: u64,
    archive: Archive,
    reader: KeptReader,
    follower: Follower,
    bell: watch::Receiver<Committed>,
    stop: CancellationToken,
    now: fn() -> DateTime<Utc>,
}

impl Feed {
    /// Opens a feed of the messages that a query finds; relative times in it count from `now`. A named
    /// bookmark resumes where it ended; a new one begins after the last message. After `stop` the feed
    /// delivers what there is and ends.
    ///
    /// # Errors
    ///
    /// When the bookmark cannot be read or written.
    pub async fn open(
        archive: &Archive,
        bookmark: Option<String>,
        query: Query,
        now: fn() -> DateTime<Utc>,
        stop: CancellationToken,
    ) -> Result<Self, Error> {
        let bell = archive.committed();
        let position = match &bookmark {
            Some(name) => archive.open_bookmark(name).await?,
            None => bell.borrow().seq,
        };
        Ok(Self {
            follower: archive.follow(&query).with_bookmark(bookmark.clone()),
            name: bookmark,
            position,
            caught_up_at: u64::MAX,
            reader: KeptReader::new(archive),
            query,
            archive: archive.clone(),
            bell,
            stop,
            now,
        })
    }

    /// Returns how many messages the feed has not examined yet.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub async fn lag(&self) -> Result<u64, Error> {
        let position = self.position;
        self.reader.read(move |reader| reader.n_after(position)).await
    }

    /// Returns the next messages that the query finds, at most `limit`; waits until there are some. Returns
    /// `None` once the feed was stopped or the archive closed, and everything was delivered. Retries failed
    /// reads meanwhile.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read and the feed has to end.
    pub async fn next_batch(&mut self, limit: usize) -> Result<Option<RecordBatch>, Error> {
        loop {
            let is_open = self.wait().await;
            let changes = self.bell.borrow().changes;
            match self.look(limit).await {
                Ok(Some(batch)) => return Ok(Some(batch)),
                Ok(None) if is_open => self.caught_up_at = changes,
                Ok(None) => return Ok(None),
                Err(error) if !is_open => return Err(error),
                // The failure may be temporary; until then the messages are late, as for a slow consumer.
                Err(error) => {
                    tracing::error!(%error, "the next messages could not be read; they are tried again");
                    tokio::time::sleep(READ_AGAIN).await;
                }
            }
        }
    }

    /// Returns the last message that was delivered or taken over; initially the position of the bookmark.
    pub const fn position(&self) -> Seq {
        self.position
    }

    /// Records that a batch was taken over by a consumer that moves the bookmark itself once it has delivered
    /// the batch.
    pub const fn taken_over(&mut self, batch: &RecordBatch) {
        self.position = batch.last;
    }

    /// Records that a batch was delivered, and moves the bookmark past it. If that fails, the batch is
    /// delivered again after the next start.
    pub async fn delivered(&mut self, batch: &RecordBatch) {
        self.position = batch.last;
        let Some(name) = &self.name else { return };
        if let Err(error) = self.archive.move_bookmark(name, batch.last).await {
            tracing::error!(%error, name, "the bookmark could not be moved");
        }
    }

    /// Returns the messages of a batch with their labels and what is known of their senders; unchanged if
    /// that cannot be read.
    pub async fn filled(&self, batch: &RecordBatch) -> Vec<Arc<Record>> {
        let records = batch.records.clone();
        self.reader.read(move |reader| reader.filled(&records)).await.unwrap_or_else(|error| {
            tracing::error!(%error, "what is known of senders could not be read");
            batch.records.clone()
        })
    }

    /// Waits until there may be news; returns whether more may come after that.
    async fn wait(&mut self) -> bool {
        let (position, caught_up_at) = (self.position, self.caught_up_at);
        let is_news = |committed: &Committed| committed.seq > position && committed.changes != caught_up_at;
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            rung = self.bell.wait_for(is_news) => rung.is_ok(),
        }
    }

    /// Returns the next messages, from memory if possible; `None` when there are none.
    async fn look(&self, limit: usize) -> Result<Option<RecordBatch>, Error> {
        let found = match self.follower.after(self.position, BATCH) {
            Some(found) => Some(found),
            None => self.read().await?,
        };
        Ok(found.map(|mut batch| {
            let is_cut = batch.records.len() > limit;
            batch.records.truncate(limit);
            batch.last = batch.records.last().filter(|_| is_cut).map_or(batch.last, |record| record.seq);
            batch
        }))
    }

    /// Reads the next messages from the archive's file.
    async fn read(&self) -> Result<Option<RecordBatch>, Error> {
        let (query, position, now) = (self.query.clone(), self.position, self.now);
        let read = move |reader: &mut Reader| {
            let Some(last) = reader.end_of_batch(position, BATCH)? else { return Ok(None) };
            let records = reader.find_between(&query, position, last, now())?;
            Ok(Some(RecordBatch { records: records.into_iter().map(Arc::new).collect(), last }))
        };
        self.reader.read(read).await
    }
}

/// Follows the archive in a task, one batch ahead of a consumer that moves the bookmark itself.
pub fn ahead(mut feed: Feed) -> mpsc::Receiver<RecordBatch> {
    let (batches_tx, batches_rx) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            match feed.next_batch(BATCH).await {
                Ok(Some(batch)) => {
                    feed.taken_over(&batch);
                    if batches_tx.send(batch).await.is_err() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "a follower cannot read the messages any more");
                    return;
                }
            }
        }
    });
    batches_rx
}
