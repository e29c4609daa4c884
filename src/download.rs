//! The downloads: workers for the media that the archive has queued.
//!
//! The queue is the archive's; what is kept here is only what moves. So a restart continues, and several processes may
//! work on one archive: who holds the lock of a part file fetches it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::{Archive, Due, Error, Reader};
use crate::record::media::{Board, Queue, Stage};
use crate::weibo::FileId;
use crate::weibo::api::Remedy;

mod file;
mod source;
mod worker;

use source::Source;
use worker::{Outcome, Worker};

/// How it fetches.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The endpoint, without its query.
    pub url: Url,
    /// Without it everything waits.
    pub token: Option<SecretString>,
    /// So many files at once, at least 1.
    pub concurrency: usize,
    /// Larger files are given up, in bytes.
    pub max_bytes: u64,
    /// How long after the first, second, … failure the next try comes; after the last, the file is given up.
    pub pauses: &'static [Duration],
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

/// Five tries over a minute and a half: what has not passed by then needs a person.
pub const PAUSES: &[Duration] =
    &[Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15), Duration::from_mins(1)];
/// So long until we look again at what another process holds, or write again to an archive that failed.
const BUSY_PAUSE: Duration = Duration::from_secs(1);

/// The downloads while they run.
#[derive(Debug)]
pub struct Downloads {
    board: watch::Receiver<Board>,
    task: JoinHandle<()>,
}

impl Downloads {
    /// Starts the workers. `stop` ends them; what they were fetching stays queued.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub fn start(archive: Archive, settings: Settings, stop: CancellationToken) -> Result<Self, Error> {
        let reader = Arc::new(Mutex::new(archive.reader()?));
        let (board, watched) = watch::channel(Board::default());
        let source = settings.token.clone().map(|token| Source::new(settings.url.clone(), token).map(Arc::new));
        let manager = Manager { archive, settings, reader, board, running: JoinSet::new(), fetching: HashSet::new() };
        let task = tokio::spawn(manager.run(source, stop));
        Ok(Self { board: watched, task })
    }

    /// What they are doing.
    #[must_use]
    pub fn board(&self) -> watch::Receiver<Board> {
        self.board.clone()
    }

    /// Waits until they have ended, which they do after `stop`.
    pub async fn join(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the downloads ended badly");
        }
    }
}

struct Manager {
    archive: Archive,
    settings: Settings,
    reader: Arc<Mutex<Reader>>,
    board: watch::Sender<Board>,
    running: JoinSet<(Due, Outcome)>,
    fetching: HashSet<FileId>,
}

impl Manager {
    async fn run(mut self, source: Option<Result<Arc<Source>, source::Failure>>, stop: CancellationToken) {
        let source = match source {
            Some(Ok(source)) => Some(source),
            Some(Err(failure)) => {
                self.set_queue(Queue::TokenRefused(failure.reason));
                None
            }
            None => {
                self.set_queue(Queue::NoToken);
                None
            }
        };
        let mut bell = self.archive.committed();
        let mut seen = None;
        let mut look_at = None;
        loop {
            let media = bell.borrow_and_update().media;
            let is_due = look_at.is_some_and(|at| (self.settings.now)() >= at);
            if seen != Some(media) || is_due {
                seen = Some(media);
                match self.refill(source.as_ref()).await {
                    Ok(at) => look_at = at,
                    Err(error) => tracing::error!(%error, "the download queue could not be read"),
                }
            }
            let pause = look_at.map(|at| (at - (self.settings.now)()).to_std().unwrap_or_default());
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = self.running.join_next() => {
                    match ended {
                        Ok((due, outcome)) => {
                            look_at = self.settle(due, outcome).await.or(look_at);
                        }
                        Err(error) => tracing::error!(%error, "a download ended badly"),
                    }
                    seen = None;
                }
                changed = bell.changed() => if changed.is_err() { break },
                () = sleep(pause) => {}
            }
        }
        self.running.shutdown().await;
    }

    /// Gives free workers something to do. Returns when to look again though nothing changed.
    async fn refill(&mut self, source: Option<&Arc<Source>>) -> Result<Option<DateTime<Utc>>, Error> {
        let now = (self.settings.now)();
        let limit = self.settings.concurrency + self.fetching.len();
        let (tally, due, next_due) =
            self.read(move |reader| Ok((reader.tally()?, reader.due(now, limit)?, reader.next_due(now)?))).await?;
        let mut paused_until = None;
        self.board.send_modify(|board| {
            (board.queued, board.done, board.failed) = (tally.queued, tally.done, tally.failed);
            match board.queue {
                Queue::Paused { until, .. } if until <= now => board.queue = Queue::Open,
                Queue::Paused { until, .. } => paused_until = Some(until),
                Queue::Open | Queue::NoToken | Queue::TokenRefused(_) => {}
            }
        });
        let is_open = self.board.borrow().queue == Queue::Open;
        let Some(source) = source.filter(|_| is_open) else { return Ok(paused_until) };
        let free = self.settings.concurrency.saturating_sub(self.fetching.len());
        let wanted: Vec<Due> = due.into_iter().filter(|due| !self.fetching.contains(&due.fid)).take(free).collect();
        for due in wanted {
            self.fetching.insert(due.fid);
            let worker = Worker {
                source: Arc::clone(source),
                directory: self.archive.media_dir().to_owned(),
                reader: Arc::clone(&self.reader),
                archive: self.archive.clone(),
                board: self.board.clone(),
                max_bytes: self.settings.max_bytes,
            };
            self.running.spawn(async move { (due, worker.fetch(due.fid).await) });
        }
        Ok(next_due)
    }

    /// Records what a try came to. Returns when to look again if nothing that is recorded says so.
    async fn settle(&mut self, due: Due, outcome: Outcome) -> Option<DateTime<Utc>> {
        let now = (self.settings.now)();
        self.fetching.remove(&due.fid);
        self.board.send_modify(|board| board.running.retain(|progress| progress.fid != due.fid));
        let failure = match outcome {
            Outcome::Done | Outcome::Busy => return None,
            Outcome::Failed(failure) => failure,
        };
        tracing::info!(fid = %due.fid, reason = failure.reason, "a download failed");
        let attempts = due.attempts + 1;
        let pause = self.settings.pauses.get(due.attempts as usize);
        let stage = match (failure.remedy, pause) {
            (Remedy::Token, _) => {
                self.set_queue(Queue::TokenRefused(failure.reason));
                return None;
            }
            (Remedy::Pause, _) => {
                let hour = TimeDelta::hours(1);
                let until = now.duration_trunc(hour).unwrap_or(now) + hour;
                self.set_queue(Queue::Paused { reason: failure.reason, until });
                return Some(until);
            }
            (Remedy::Retry, Some(pause)) => {
                Stage::Queued { attempts, next_try_at: now + *pause, reason: Some(failure.reason) }
            }
            (Remedy::Retry, None) => Stage::Failed { reason: format!("{} ({attempts} tries)", failure.reason) },
            (Remedy::GiveUp, _) => Stage::Failed { reason: failure.reason },
        };
        if let Err(error) = self.archive.settle(due.fid, stage).await {
            tracing::error!(%error, "the end of a download could not be recorded");
            tokio::time::sleep(BUSY_PAUSE).await;
        }
        None
    }

    fn set_queue(&self, queue: Queue) {
        self.board.send_modify(|board| board.queue = queue);
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        read(&self.reader, query).await
    }
}

/// Reads the archive on a thread that may block.
async fn read<T: Send + 'static>(
    reader: &Arc<Mutex<Reader>>,
    query: impl FnOnce(&Reader) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let reader = Arc::clone(reader);
    let task = tokio::task::spawn_blocking(move || query(&reader.lock().unwrap_or_else(PoisonError::into_inner)));
    task.await.unwrap_or(Err(Error::Closed))
}

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
