//! Follows the archive for one alert and one of its ways, and rings.
//!
//! Two bookmarks make it durable: the last message that was notified of, and the last one of the notification
//! that is under way. Both are on disk before a call begins, so that after a kill the same notification is
//! repeated with the same id, which the recipient can recognise. Messages that wait for a pause or for the end
//! of quiet hours are behind the first bookmark, and are read again.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::delivery::AlertWay;
use super::gather::{Gather, Gathered};
use super::notice::Occasion;
use super::retry::Retry;
use crate::archive::{Archive, Error, RecordBatch};
use crate::feed::{self, Feed};
use crate::query::Query;
use crate::record::{Record, Seq};

/// The minimum time between two writes of a bookmark that nothing waits for.
const MOVE: TimeDelta = TimeDelta::seconds(5);
/// The longest sleep between two looks at the clock, which may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Rings for one alert in one way.
#[derive(Clone)]
pub(super) struct Ringer {
    pub(super) to: AlertWay,
    pub(super) query: Query,
    pub(super) archive: Archive,
    /// The message behind which a new alert begins.
    pub(super) begin: Seq,
}

/// A notification that is under way.
struct UnderWay {
    gathered: Gathered,
    /// Its last message.
    up_to: Seq,
    id: String,
    retry: Retry,
}

/// State of a running ringer.
struct RingRound {
    ringer: Ringer,
    gather: Gather,
    under_way: Option<UnderWay>,
    /// The notification that was under way when weibox ended, up to this message; it is being read again.
    resumed: Option<(Gathered, Seq)>,
    /// The last message that the feed gave.
    position: Seq,
    /// The bookmark as it is on disk.
    bookmark: Seq,
    moved_at: DateTime<Utc>,
}

impl Ringer {
    /// Runs until `stop`.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read or written at the start.
    pub(super) async fn run(self, stop: CancellationToken) -> Result<(), Error> {
        let (name, under_way) = (self.to.bookmark(), self.to.alert.under_way(&self.to.way));
        self.archive.begin_bookmark(&name, self.begin).await?;
        let begun = self.archive.begin_bookmark(&under_way, 0).await?;
        let feed = Feed::open(&self.archive, Some(name), self.query.clone(), self.to.now, stop.clone()).await?;
        let bookmark = feed.position();
        let mut round = RingRound {
            gather: Gather::new(self.to.alert.pace),
            under_way: None,
            resumed: (begun > bookmark).then(|| (Gathered::default(), begun)),
            position: bookmark,
            bookmark,
            moved_at: (self.to.now)(),
            ringer: self,
        };
        round.go(feed::ahead(feed), &stop).await;
        Ok(())
    }
}

impl RingRound {
    async fn go(&mut self, mut batches: mpsc::Receiver<RecordBatch>, stop: &CancellationToken) {
        let mut is_followed = true;
        loop {
            let wake = self.wake();
            tokio::select! {
                () = stop.cancelled() => break,
                batch = batches.recv(), if is_followed => match batch {
                    Some(batch) => self.take_batch(&batch).await,
                    None => is_followed = false,
                },
                () = tokio::time::sleep(wake.unwrap_or_default()), if wake.is_some() => {}
            }
            // The notification that was under way when weibox ended comes first.
            if self.resumed.is_none() && stop.run_until_cancelled(self.ring()).await.is_none() {
                break;
            }
        }
        if self.is_idle() {
            self.move_bookmark().await;
        }
    }

    fn now(&self) -> DateTime<Utc> {
        (self.ringer.to.now)()
    }

    /// Returns whether there is nothing to notify of.
    fn is_idle(&self) -> bool {
        self.under_way.is_none() && self.resumed.is_none() && self.gather.is_empty()
    }

    /// Returns the time until the next action, unless messages come before; `None` if there is nothing to wait
    /// for.
    fn wake(&mut self) -> Option<Duration> {
        let now = self.now();
        let due_at = match &self.under_way {
            Some(under_way) => Some(self.gather.pace.after_quiet(under_way.retry.next_at)),
            None if self.is_idle() && self.position > self.bookmark => Some(self.moved_at + MOVE),
            None => self.gather.due_at(now),
        };
        due_at.map(|due_at| (due_at - now).to_std().unwrap_or_default().min(LONGEST_SLEEP))
    }

    async fn take_batch(&mut self, batch: &RecordBatch) {
        let records = self.filled(&batch.records).await;
        let (now, pace) = (self.now(), self.gather.pace);
        self.position = batch.last;
        for record in records.iter().filter(|record| !record.sender.is_muted) {
            // The user's own name for the sender stays here.
            let told = super::told(record, record.sender.public_name());
            match &mut self.resumed {
                Some((gathered, up_to)) if record.seq <= *up_to => {
                    gathered.add(told, record.received_at, &pace, now);
                }
                _ => self.gather.take(told, record.received_at, now),
            }
        }
        let is_read = self.resumed.as_ref().is_some_and(|(_, up_to)| batch.last >= *up_to);
        if let Some((gathered, up_to)) = self.resumed.take_if(|_| is_read)
            && !gathered.is_empty()
        {
            self.begin(gathered, up_to, Retry::again(now));
        }
    }

    /// Returns the messages with what is known of their senders. If that cannot be read, nobody counts as
    /// muted.
    async fn filled(&self, records: &[Arc<Record>]) -> Vec<Arc<Record>> {
        if records.is_empty() {
            return Vec::new();
        }
        let found = records.to_vec();
        self.ringer.archive.read(move |reader| reader.filled(&found)).await.unwrap_or_else(|error| {
            tracing::error!(%error, "an alert cannot tell who is muted");
            records.to_vec()
        })
    }

    fn begin(&mut self, gathered: Gathered, up_to: Seq, retry: Retry) {
        let id = self.ringer.to.id(&format!("{}\n{up_to}", self.bookmark));
        self.under_way = Some(UnderWay { gathered, up_to, id, retry });
    }

    /// Notifies of what is due now.
    async fn ring(&mut self) {
        let now = self.now();
        if self.under_way.is_none()
            && let Some(gathered) = self.gather.ring(now)
        {
            self.begin(gathered, self.position, Retry::first(now));
        }
        if self.is_idle() && self.position > self.bookmark && now - self.moved_at >= MOVE {
            self.move_bookmark().await;
        }
        let pace = self.gather.pace;
        let Some(under_way) = self.under_way.as_mut() else { return };
        if pace.after_quiet(under_way.retry.next_at.max(now)) > now {
            return;
        }
        let Ringer { to, archive, .. } = &self.ringer;
        let AlertWay { alert, way, .. } = to;
        if let Err(error) = archive.move_bookmark(&alert.under_way(way), under_way.up_to).await {
            tracing::error!(%error, alert = %alert.name, "an alert waits for the archive");
            under_way.retry.fail(now, None);
            return;
        }
        let occasion = Occasion::Messages(under_way.gathered.count(&pace, now));
        let notice = to.notice(under_way.id.clone(), occasion);
        match to.tell(&notice, under_way.retry.attempts).await {
            Ok(()) => self.settle().await,
            Err(pause) => under_way.retry.fail((to.now)(), pause),
        }
    }

    /// Ends the notification that was under way, and moves the bookmark behind it.
    async fn settle(&mut self) {
        let Some(under_way) = self.under_way.take() else { return };
        let Ringer { to, archive, .. } = &self.ringer;
        self.bookmark = under_way.up_to;
        self.moved_at = (to.now)();
        if let Err(error) = archive.move_bookmark(&to.bookmark(), under_way.up_to).await {
            tracing::error!(%error, alert = %to.alert.name, "the bookmark could not be moved: it rings once more after the next start");
        }
    }

    /// Moves the bookmark behind messages that need no notification.
    async fn move_bookmark(&mut self) {
        let Ringer { to, archive, .. } = &self.ringer;
        if self.position <= self.bookmark {
            return;
        }
        self.moved_at = (to.now)();
        match archive.move_bookmark(&to.bookmark(), self.position).await {
            Ok(()) => self.bookmark = self.position,
            Err(error) => tracing::error!(%error, alert = %to.alert.name, "the bookmark could not be moved"),
        }
    }
}
