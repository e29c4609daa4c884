//! What is fetched when. The queue itself is in the archive; this loop looks at it, starts workers and waits for a
//! reason to look again. It never polls: with nothing to do nothing wakes it.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use tokio::task::{self, AbortHandle, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::{self, AccountFilter, Archive, Committed, KeptReader, Reader, Tally};
use crate::reason::Reason;
use crate::record::media::{Board, Progress, Queue, Stage};
use crate::record::template::Template;
use crate::web::AccountToken;
use crate::weibo::FileId;
use crate::weibo::api::until_next_hour;
use crate::worker;

use super::bandwidth::Bandwidth;
use super::source::MediaServer;
use super::worker::{Meter, WorkOutcome, WorkerShared, longest_wait, work};

/// Between two boards while bytes come, and between two looks while messages come: ten a second look like motion, and
/// a flood of messages is not slowed down by counting media.
const FRAME: Duration = Duration::from_millis(100);
/// The files that may be under way for each that may be coming: while one comes, another is synced and noted, which takes a
/// disk as long as a fast server needs for the bytes.
const UNDER_WAY: usize = 2;
/// When another process has a file, one of ours hides what comes due next, or the archive could not be read, so long until
/// the next look.
const RECHECK: Duration = Duration::from_secs(1);
/// A file that the archive could not be told about is left alone for so long.
const TROUBLE: Duration = Duration::from_mins(1);

/// What the loop goes by.
#[derive(Clone)]
pub(super) struct QueuePlan {
    pub(super) archive: Archive,
    /// Whose media are fetched.
    pub(super) whose: AccountFilter,
    pub(super) media_url: Url,
    pub(super) max_bytes: u64,
    pub(super) bandwidth: Arc<Bandwidth>,
    pub(super) template: Template,
    pub(super) token: AccountToken,
    pub(super) concurrency: usize,
    pub(super) backoff: &'static [Duration],
    pub(super) now: fn() -> DateTime<Utc>,
}

/// The loop's state.
struct Dispatcher {
    shared: Arc<WorkerShared>,
    whose: AccountFilter,
    media_url: Url,
    max_bytes: u64,
    token: AccountToken,
    /// Why Weibo refused it to others who call with it.
    refused: watch::Receiver<Option<Reason>>,
    /// `None` without a token.
    source: Option<Arc<MediaServer>>,
    concurrency: usize,
    queue: Queue,
    /// When a pause is over, whatever the clock says by then.
    paused_until: Instant,
    workers: JoinSet<WorkOutcome>,
    /// What the workers fetch, oldest first.
    running: Vec<Fetch>,
    /// What is not to be tried before a moment, though the archive says that it is due.
    held: HashMap<FileId, Instant>,
    /// When to look again without being told to.
    look_at: Option<Instant>,
    has_looked: bool,
    board: watch::Sender<Board>,
}

/// A file on its way.
struct Fetch {
    worker: AbortHandle,
    meter: Arc<Meter>,
    source: Arc<MediaServer>,
}

/// Runs until `stop`, or until the archive closes; a panic ends what runs, and it starts again.
pub(super) async fn keep_running(
    plan: QueuePlan,
    board: watch::Sender<Board>,
    stop: CancellationToken,
) -> Result<(), archive::Error> {
    worker::keep_running("a queue of downloads", &stop, || run(plan.clone(), board.clone(), stop.clone())).await
}

/// Runs until `stop`, or until the archive closes. Workers that are at it then are dropped; their files stay queued.
async fn run(plan: QueuePlan, board: watch::Sender<Board>, stop: CancellationToken) -> Result<(), archive::Error> {
    let QueuePlan { archive, whose, media_url, max_bytes, bandwidth, template, token, concurrency, backoff, now } =
        plan;
    let mut committed = archive.committed();
    let reader = KeptReader::new(&archive);
    let mut dispatcher = Dispatcher {
        queue: Queue::NoToken,
        shared: Arc::new(WorkerShared { archive, reader, bandwidth, template, backoff, now, came: Notify::new() }),
        whose,
        media_url,
        max_bytes,
        refused: token.refusals(),
        token,
        source: None,
        paused_until: Instant::now(),
        concurrency,
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
            // What cannot be read at the start is told to whoever started it; later it is a fault that may pass.
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
    /// Fetches with the newest token from here on; what waited for one waits no longer.
    fn renew(&mut self) {
        self.source =
            self.token.newest().map(|token| Arc::new(MediaServer::new(self.media_url.clone(), token, self.max_bytes)));
        self.queue = if self.source.is_some() { Queue::Open } else { Queue::NoToken };
    }

    /// Starts what is due and may run, says so on the board, and decides when to look again.
    async fn look(&mut self) -> Result<(), archive::Error> {
        let (now, instant) = ((self.shared.now)(), Instant::now());
        if matches!(&self.queue, Queue::Paused { until, .. } if *until <= now || self.paused_until <= instant) {
            self.queue = Queue::Open;
        }
        self.held.retain(|_, until| *until > instant);
        // Those running and held are among the first due ones.
        let limit = self.concurrency + self.running.len() + self.held.len();
        let whose = self.whose.clone();
        let running: Vec<FileId> = self.running.iter().map(|fetch| fetch.meter.fid).collect();
        let latest = now + longest_wait(self.shared.backoff);
        let question = move |reader: &mut Reader| {
            let stages = running.iter().map(|fid| reader.stage(*fid)).collect::<Result<Vec<_>, _>>()?;
            let next_due = reader.next_due(&whose)?;
            // Nothing is put off for so long: the clock was set back since, and what waits for it waits no longer.
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
        // The first is news even if it says that there is nothing: now that is known.
        let is_first = !std::mem::replace(&mut self.has_looked, true);
        self.board.send_if_modified(|shown| {
            let is_news = is_first || *shown != board;
            *shown = board;
            is_news
        });
        Ok(())
    }

    /// Waits for a reason to look, or to stop.
    async fn wait(&mut self, committed: &mut watch::Receiver<Committed>, stop: &CancellationToken) -> ControlFlow<()> {
        let now = Instant::now();
        let look_at = self.look_at;
        let mut frames = interval(FRAME);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut has_news = false;
        loop {
            // The end first, then what frees a place for the next file; progress is worth the least.
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

    /// Takes note of why Weibo refused the token to others, unless that was the one before.
    fn heed_refusal(&mut self) {
        let reason = self.refused.borrow_and_update().clone();
        if let Some(reason) = reason.filter(|_| self.source.is_some() && !self.token.has_changed()) {
            self.queue = Queue::TokenRefused(reason);
        }
    }

    /// Takes note of what a worker came to.
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
                // Of the one before nothing matters any more.
                if self.source.as_ref().is_some_and(|newest| Arc::ptr_eq(newest, &source)) {
                    self.queue = Queue::TokenRefused(reason);
                }
            }
            Some(WorkOutcome::Pause(reason, wait)) => {
                if self.queue == Queue::Open {
                    let now = (self.shared.now)();
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

    /// Whether another file may be asked for.
    fn has_place(&self) -> bool {
        let n_coming = self.running.iter().filter(|fetch| !fetch.meter.has_come()).count();
        n_coming < self.concurrency && self.running.len() < UNDER_WAY * self.concurrency
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

/// From one moment to a later one; nothing when it is past.
fn span(from: DateTime<Utc>, to: DateTime<Utc>) -> Duration {
    (to - from).to_std().unwrap_or_default()
}
