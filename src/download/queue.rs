//! Decides which file is fetched when. The queue itself is in the archive; this loop reads it, starts workers
//! and waits for a reason to read it again. It never polls: when there is nothing to do, nothing wakes it.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use tokio::task::{self, AbortHandle, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::archive::{self, Committed, KeptReader, Reader, Tally};
use crate::reason::Reason;
use crate::record::media::{Board, Progress, Queue, Stage};
use crate::web::AccountToken;
use crate::weibo::FileId;
use crate::weibo::api::until_next_hour;
use crate::worker;

use super::DownloadSettings;
use super::source::MediaServer;
use super::worker::{Meter, QueuePlan, WorkOutcome, WorkerShared, longest_wait, work};

/// The time between two updates of the board while bytes arrive, and between two looks at the queue while
/// messages arrive: ten a second look like motion, and counting media does not slow down a flood of messages.
const FRAME: Duration = Duration::from_millis(100);
/// The number of files in progress for each concurrent download: while one arrives, another is synced and
/// recorded, which takes a disk as long as a fast server needs to send the bytes.
const UNDER_WAY: usize = 2;
/// The time until the next look when another process has a file, when one of our own downloads hides the file
/// that is due next, or when the archive could not be read.
const RECHECK: Duration = Duration::from_secs(1);
/// The time for which a file is left alone after its result could not be written to the archive.
const TROUBLE: Duration = Duration::from_mins(1);

/// The state of the loop.
struct Dispatcher {
    shared: Arc<WorkerShared>,
    token: AccountToken,
    /// The reason why Weibo refused the token to another task that uses it.
    refused: watch::Receiver<Option<Reason>>,
    /// `None` without a token.
    source: Option<Arc<MediaServer>>,
    queue: Queue,
    /// End of a pause by the monotonic clock, which nobody can set.
    paused_until: Instant,
    workers: JoinSet<WorkOutcome>,
    /// The files that the workers fetch, oldest first.
    running: Vec<Fetch>,
    /// Files that must not be tried before a certain time, although they are due by the archive.
    held: HashMap<FileId, Instant>,
    /// Time of the next look if no event comes before.
    look_at: Option<Instant>,
    has_looked: bool,
    board: watch::Sender<Board>,
}

/// A file that is being fetched.
struct Fetch {
    worker: AbortHandle,
    meter: Arc<Meter>,
    source: Arc<MediaServer>,
}

/// Runs until `stop`, or until the archive closes. After a panic, which ends the workers, it starts again.
pub(super) async fn keep_running(
    plan: QueuePlan,
    board: watch::Sender<Board>,
    stop: CancellationToken,
) -> Result<(), archive::Error> {
    worker::keep_running("a queue of downloads", &stop, || run(plan.clone(), board.clone(), stop.clone())).await
}

/// Runs until `stop`, or until the archive closes. Workers are dropped then; their files stay queued.
async fn run(plan: QueuePlan, board: watch::Sender<Board>, stop: CancellationToken) -> Result<(), archive::Error> {
    let mut committed = plan.archive.committed();
    let (token, reader) = (plan.token.clone(), KeptReader::new(&plan.archive));
    let mut dispatcher = Dispatcher {
        shared: Arc::new(WorkerShared { plan, reader, came: Notify::new() }),
        refused: token.refusals(),
        token,
        source: None,
        queue: Queue::NoToken,
        paused_until: Instant::now(),
        workers: JoinSet::new(),
        running: Vec::new(),
        held: HashMap::new(),
        look_at: None,
        has_looked: false,
        board,
    };
    dispatcher.renew();
    loop {
        match dispatcher.look().await {
            Ok(()) => {}
            // A failure to read at the start is reported to the caller; a later one may pass.
            Err(error) if !dispatcher.has_looked => return Err(error),
            Err(error) => {
                tracing::error!(%error, "the downloads cannot see what is queued");
                dispatcher.look_at = Some(Instant::now() + RECHECK);
            }
        }
        if dispatcher.wait(&mut committed, &stop).await.is_break() {
            dispatcher.workers.shutdown().await;
            return Ok(());
        }
    }
}

impl Dispatcher {
    /// Uses the newest token from here on, and ends the wait for one.
    fn renew(&mut self) {
        let DownloadSettings { media_url, max_bytes, .. } = &self.shared.plan.settings;
        let newest = self.token.newest();
        self.source = newest.map(|token| Arc::new(MediaServer::new(media_url.clone(), token, *max_bytes)));
        self.queue = if self.source.is_some() { Queue::Open } else { Queue::NoToken };
    }

    /// Starts the downloads that are due, updates the board, and decides when to look again.
    async fn look(&mut self) -> Result<(), archive::Error> {
        let QueuePlan { settings, whose, now, .. } = &self.shared.plan;
        let (now, instant) = (now(), Instant::now());
        if matches!(&self.queue, Queue::Paused { until, .. } if *until <= now || self.paused_until <= instant) {
            self.queue = Queue::Open;
        }
        self.held.retain(|_, until| *until > instant);
        // The files that are running or held may be among the first that are due.
        let limit = settings.concurrency.max(1) + self.running.len() + self.held.len();
        let whose = whose.clone();
        let running: Vec<FileId> = self.running.iter().map(|fetch| fetch.meter.fid).collect();
        let latest = now + longest_wait(settings.backoff);
        let question = move |reader: &mut Reader| {
            let stages = running.iter().map(|fid| reader.stage(*fid)).collect::<Result<Vec<_>, _>>()?;
            let next_due = reader.next_due(&whose)?;
            // No pause is that long: the clock was set back since, so waiting files are due now.
            let is_back = next_due.is_some_and(|next| next > latest);
            let by = if is_back { DateTime::<Utc>::MAX_UTC } else { now };
            let next_due = if is_back { Some(now) } else { next_due };
            Ok((reader.due(&whose, by, limit)?, next_due, reader.tally(&whose)?, stages))
        };
        let (due, next_due, tally, stages) = self.shared.reader.read(question).await?;
        for (fetch, stage) in self.running.iter().zip(stages) {
            if matches!(stage, Some(Stage::Failed { .. })) {
                fetch.worker.abort();
            }
        }
        if self.queue == Queue::Open
            && let Some(source) = self.source.clone()
        {
            for fid in due.into_iter().map(|due| due.fid) {
                let is_taken = self.held.contains_key(&fid) || self.running.iter().any(|fetch| fetch.meter.fid == fid);
                if !is_taken && self.has_place() {
                    let meter = Arc::new(Meter::new(fid));
                    let source = Arc::clone(&source);
                    let worker = work(Arc::clone(&self.shared), Arc::clone(&source), Arc::clone(&meter));
                    self.running.push(Fetch { worker: self.workers.spawn(worker), meter, source });
                }
            }
        }
        let is_full = !self.has_place();
        self.look_at = match (&self.queue, next_due) {
            (Queue::Paused { until, .. }, _) => Some(self.paused_until.min(instant + span(now, *until))),
            (Queue::Open, Some(next)) if !is_full => Some(instant + if next > now { span(now, next) } else { RECHECK }),
            (Queue::Open | Queue::NoToken | Queue::TokenRefused(_), _) => None,
        };
        let Tally { queued, failed, done } = tally;
        let (queue, running, by_account) = (self.queue.clone(), self.progress(), Vec::new());
        let board = Board { queue, running, queued, failed, done, by_account };
        // The first board is news even if it is empty, because now that is known.
        let is_first = !std::mem::replace(&mut self.has_looked, true);
        self.board.send_if_modified(|shown| {
            let is_news = is_first || *shown != board;
            *shown = board;
            is_news
        });
        Ok(())
    }

    /// Waits for a reason to look at the queue again, or to stop.
    async fn wait(&mut self, committed: &mut watch::Receiver<Committed>, stop: &CancellationToken) -> ControlFlow<()> {
        let now = Instant::now();
        let look_at = self.look_at;
        let mut frames = interval(FRAME);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut has_news = false;
        loop {
            // Shutdown first, then events that make room for the next file; progress comes last.
            tokio::select! {
                biased;
                () = stop.cancelled() => return ControlFlow::Break(()),
                Some(ended) = self.workers.join_next_with_id() => {
                    self.ended(ended);
                    return ControlFlow::Continue(());
                }
                () = self.shared.came.notified(), if self.has_place() => return ControlFlow::Continue(()),
                () = self.token.changed() => {
                    self.renew();
                    return ControlFlow::Continue(());
                }
                Ok(()) = self.refused.changed() => {
                    self.heed_refusal();
                    return ControlFlow::Continue(());
                }
                () = sleep_until(look_at.unwrap_or(now)), if look_at.is_some() => return ControlFlow::Continue(()),
                () = sleep_until(now + FRAME), if has_news => return ControlFlow::Continue(()),
                rung = committed.changed(), if !has_news => match rung {
                    Ok(()) => has_news = true,
                    Err(_closed) => return ControlFlow::Break(()),
                },
                _ = frames.tick(), if !self.running.is_empty() => self.show_progress(),
            }
        }
    }

    /// Stops the queue if Weibo refused the token to another task, unless that was the previous token.
    fn heed_refusal(&mut self) {
        let reason = self.refused.borrow_and_update().clone();
        if let Some(reason) = reason.filter(|_| self.source.is_some() && !self.token.has_changed()) {
            self.queue = Queue::TokenRefused(reason);
        }
    }

    /// Handles the outcome of a worker.
    fn ended(&mut self, ended: Result<(task::Id, WorkOutcome), JoinError>) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, Some(outcome)),
            // Given up by the user.
            Err(error) if error.is_cancelled() => (error.id(), Some(WorkOutcome::Settled)),
            Err(error) => {
                tracing::error!(%error, "a download broke off");
                (error.id(), None)
            }
        };
        let Some(at) = self.running.iter().position(|fetch| fetch.worker.id() == id) else { return };
        let Fetch { meter, source, .. } = self.running.remove(at);
        match outcome {
            Some(WorkOutcome::Settled) => {}
            Some(WorkOutcome::Taken) => self.hold(meter.fid, RECHECK),
            Some(WorkOutcome::TokenRefused(reason)) => {
                // A refusal of the previous token no longer matters.
                if self.source.as_ref().is_some_and(|newest| Arc::ptr_eq(newest, &source)) {
                    self.queue = Queue::TokenRefused(reason);
                }
            }
            Some(WorkOutcome::Pause(reason, wait)) => {
                if self.queue == Queue::Open {
                    let now = (self.shared.plan.now)();
                    let wait = wait.unwrap_or_else(|| until_next_hour(now));
                    (self.paused_until, self.queue) =
                        (Instant::now() + wait, Queue::Paused { reason, until: now + wait });
                }
            }
            Some(WorkOutcome::Unsettled(error)) => {
                tracing::error!(%error, fid = %meter.fid, "the archive could not be told about a file");
                self.hold(meter.fid, TROUBLE);
            }
            None => self.hold(meter.fid, TROUBLE),
        }
    }

    /// Whether another file may be requested.
    fn has_place(&self) -> bool {
        let n_coming = self.running.iter().filter(|fetch| !fetch.meter.has_come()).count();
        let most = self.shared.plan.settings.concurrency.max(1);
        n_coming < most && self.running.len() < UNDER_WAY * most
    }

    fn hold(&mut self, fid: FileId, time: Duration) {
        self.held.insert(fid, Instant::now() + time);
    }

    fn progress(&self) -> Vec<Progress> {
        self.running.iter().map(|fetch| fetch.meter.progress()).collect()
    }

    fn show_progress(&self) {
        let running = self.progress();
        self.board.send_if_modified(|board| {
            let is_news = board.running != running;
            board.running = running;
            is_news
        });
    }
}

/// Returns the time from one moment to a later one; zero when that is past.
fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
    (to - from).to_std().unwrap_or_default()
}
