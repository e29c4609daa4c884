//! Following the archive: whoever prints, forwards or replicates messages pulls them in order at its own pace.
//!
//! A [`Feed`] wakes with the archive's bell and sleeps when it has caught up. With a name it keeps a bookmark in the archive,
//! from which it goes on at the next start, also after it was killed: every message is delivered at least once and in the
//! order of [`Seq`]. Without a name it begins behind the last message. What a follower does with messages is its own matter.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::archive::{Archive, Committed, Error, Follower, Reader, RecordBatch};
use crate::query::Query;
use crate::record::{Record, Seq};

/// At most this many messages are looked at for one batch.
const BATCH: usize = 500;
/// The pause after messages could not be read.
const READ_AGAIN: Duration = Duration::from_secs(1);

/// One follower of the archive.
pub struct Feed {
    /// What its bookmark is called; `None` keeps none.
    name: Option<String>,
    query: Query,
    /// The last message that was delivered, or that the query did not find.
    position: Seq,
    /// The turn of the archive at which nothing was left; `u64::MAX` before the first look.
    caught_up_at: u64,
    archive: Archive,
    reader: Reader,
    follower: Follower,
    bell: watch::Receiver<Committed>,
    stop: CancellationToken,
    runtime: Handle,
    now: fn() -> DateTime<Utc>,
}

impl Feed {
    /// Opens a feed of the messages that a query finds, whose times count from `now`. With a bookmark it goes on where the
    /// one of that name ended; a new one begins behind the last message. After `stop` it ends with what there is.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read, or the bookmark not be written.
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
            name: bookmark,
            position,
            caught_up_at: u64::MAX,
            reader: archive.reader()?,
            follower: archive.follow(&query),
            query,
            archive: archive.clone(),
            bell,
            stop,
            runtime: Handle::current(),
            now,
        })
    }

    /// How many messages it has not looked at yet.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub fn lag(&self) -> Result<u64, Error> {
        self.reader.n_after(self.position)
    }

    /// The next messages, at most `limit` of those that the query finds; blocks until there are some. `None` once it was
    /// stopped or the archive closed, and everything was delivered. What cannot be read meanwhile is tried again.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read and the feed has to end.
    pub fn next_batch(&mut self, limit: usize) -> Result<Option<RecordBatch>, Error> {
        loop {
            let is_open = self.wait();
            let changes = self.bell.borrow().changes;
            match self.look(limit) {
                Ok(Some(batch)) => return Ok(Some(batch)),
                Ok(None) if is_open => self.caught_up_at = changes,
                Ok(None) => return Ok(None),
                Err(error) if !is_open => return Err(error),
                // It may pass, and the messages are late then, as for a slow follower.
                Err(error) => {
                    tracing::error!(%error, "the next messages could not be read; they are tried again");
                    if error.is_damaged() {
                        self.archive.distrust();
                    }
                    std::thread::sleep(READ_AGAIN);
                }
            }
        }
    }

    /// The last message that was delivered or taken over; at first where the bookmark is.
    pub const fn position(&self) -> Seq {
        self.position
    }

    /// Says that a batch was taken over by somebody who moves the bookmark himself, once it is delivered.
    pub const fn taken_over(&mut self, batch: &RecordBatch) {
        self.position = batch.last;
    }

    /// Says that a batch was delivered: the bookmark moves behind it. Should that fail, the batch is delivered once more after
    /// the next start.
    pub fn delivered(&mut self, batch: &RecordBatch) {
        self.position = batch.last;
        let Some(name) = &self.name else { return };
        if let Err(error) = self.runtime.block_on(self.archive.move_bookmark(name, batch.last)) {
            tracing::error!(%error, name, "the bookmark could not be moved");
        }
    }

    /// The messages of a batch with what is known of their senders, and with their labels; as they were where that cannot be
    /// read.
    pub fn filled(&self, batch: &RecordBatch) -> Vec<Arc<Record>> {
        self.reader.filled(&batch.records).unwrap_or_else(|error| {
            tracing::error!(%error, "what is known of senders could not be read");
            batch.records.clone()
        })
    }

    /// Waits until there may be something new; returns whether more may come after that.
    fn wait(&mut self) -> bool {
        let (position, caught_up_at) = (self.position, self.caught_up_at);
        let is_news = |committed: &Committed| committed.seq > position && committed.changes != caught_up_at;
        let (bell, stop) = (&mut self.bell, &self.stop);
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                () = stop.cancelled() => false,
                rung = bell.wait_for(is_news) => rung.is_ok(),
            }
        })
    }

    /// The next messages, from memory if they are there; `None` when there are none.
    fn look(&mut self, limit: usize) -> Result<Option<RecordBatch>, Error> {
        let found = match self.follower.after(self.position, BATCH) {
            Some(found) => Some(found),
            None => self.read()?,
        };
        Ok(found.map(|mut batch| {
            let is_cut = batch.records.len() > limit;
            batch.records.truncate(limit);
            batch.last = batch.records.last().filter(|_| is_cut).map_or(batch.last, |record| record.seq);
            batch
        }))
    }

    /// The next messages from the archive's file.
    fn read(&mut self) -> Result<Option<RecordBatch>, Error> {
        self.reader.refresh();
        let Some(last) = self.reader.end_of_batch(self.position, BATCH)? else { return Ok(None) };
        let records = self.reader.find_between(&self.query, self.position, last, (self.now)())?;
        Ok(Some(RecordBatch { records: records.into_iter().map(Arc::new).collect(), last }))
    }
}

/// Has a thread follow the archive, a batch ahead of whoever moves the bookmark himself.
pub fn ahead(mut feed: Feed) -> mpsc::Receiver<RecordBatch> {
    let (batches_tx, batches_rx) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        loop {
            match feed.next_batch(BATCH) {
                Ok(Some(batch)) => {
                    feed.taken_over(&batch);
                    if batches_tx.blocking_send(batch).is_err() {
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
