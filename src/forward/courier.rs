//! Brings one target its messages: takes them from the feed, sends them, and writes down what became of them.
//!
//! What a target has is on disk a moment later, together with its bookmark: the last message before which it has all. So a
//! kill costs a repeat of what was under way, and nothing else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::call::{Attempt, CallOutcome, CallResult, TargetCaller};
use super::lanes::{Lanes, Parcel};
use super::origin::{BotAnswer, BotDoor};
use super::schedule::{self, Breaker};
use super::target::{Mode, Target};
use crate::archive::{Archive, Error, RecordBatch};
use crate::feed::{self, Feed};
use crate::reason::Reason;
use crate::record::forwarded::{ForwardState, Forwarded};
use crate::record::{Record, Seq};
use crate::weibo::reply;

/// So many messages of a target are in memory; with more its feed waits.
pub const PENDING: usize = 4_096;
/// The pause after what became of messages could not be written.
const WRITE_AGAIN: Duration = Duration::from_secs(1);
/// The longest sleep between two looks at the clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// How long calls may go on after the end was asked for.
const LAST_CALLS: Duration = Duration::from_secs(2);

/// What brings a target its messages.
#[derive(Clone)]
pub(super) struct Courier {
    pub(super) target: Arc<Target>,
    pub(super) archive: Archive,
    pub(super) caller: TargetCaller,
    pub(super) door: Arc<BotDoor>,
    /// The message behind which a new target begins: the last one before anybody could call.
    pub(super) begin: Seq,
    pub(super) now: fn() -> DateTime<Utc>,
}

/// A call that has ended.
struct Ended {
    parcel: Parcel,
    began_at: DateTime<Utc>,
    outcome: CallOutcome,
    /// What the bot said that Weibo can take, or what was wrong with it.
    answer: Result<Option<String>, Reason>,
}

/// What a courier is at.
struct Round {
    courier: Courier,
    lanes: Lanes,
    breaker: Breaker,
    /// Whether the target has said that it wants no more.
    is_paused: bool,
    /// What became of messages behind the bookmark before the start.
    known: HashMap<Seq, Forwarded>,
    /// The last message that the feed gave.
    position: Seq,
    /// The bookmark, as it is on disk or being written.
    bookmark: Seq,
    /// What is to be written.
    rows: Vec<Forwarded>,
    running: FuturesUnordered<BoxFuture<'static, Ended>>,
    writing: Option<BoxFuture<'static, ()>>,
}

impl Courier {
    /// Works until `stop`, and then until what is under way has ended, which takes 2 s at most.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub(super) async fn run(self, stop: CancellationToken) -> Result<(), Error> {
        let (name, query) = (self.target.bookmark(), self.target.query.clone());
        self.archive.begin_bookmark(&name, self.begin).await?;
        let feed = Feed::open(&self.archive, Some(name), query, self.now, stop.clone()).await?;
        let bookmark = feed.position();
        let reader = self.archive.reader()?;
        let known = reader.forwarded_after(&self.target.name, bookmark)?;
        let mut round = Round {
            lanes: Lanes::default(),
            breaker: Breaker::default(),
            is_paused: false,
            known: known.into_iter().map(|row| (row.seq, row)).collect(),
            position: bookmark,
            bookmark,
            rows: Vec::new(),
            running: FuturesUnordered::new(),
            writing: None,
            courier: self,
        };
        for row in reader.forwarded_open(&round.courier.target.name, bookmark)? {
            if let Some(record) = reader.record(row.seq)? {
                let seq = row.seq;
                round.known.insert(seq, row);
                round.take(Arc::new(record));
            }
        }
        drop(reader);
        round.go(feed::ahead(feed), &stop).await;
        round.end().await;
        Ok(())
    }

    /// One call, and what of its answer is for Weibo.
    async fn call(self, parcel: Parcel, began_at: DateTime<Utc>) -> Ended {
        let Parcel { record, attempts, origin } = &parcel;
        let number = attempts.saturating_add(1);
        let attempt = Attempt { record, number, origin: origin.as_deref(), is_replay: false };
        let outcome = self.caller.call(&self.target, attempt).await;
        let is_asked = self.target.mode == Mode::Answer;
        let answer = match &outcome.result {
            CallResult::Taken(Ok(body)) if is_asked => reply::check_answer(body, &record.message),
            CallResult::Taken(Err(reason)) if is_asked => Err(reason.clone()),
            CallResult::Taken(_) | CallResult::Refused(_) | CallResult::Gone(_) | CallResult::Failed(..) => Ok(None),
        };
        if let Some(origin) = origin.as_ref().filter(|_| is_asked) {
            match (&outcome.result, &answer) {
                (CallResult::Taken(_), Ok(Some(reply))) => drop(origin.answer(BotAnswer::Reply(reply.clone()))),
                (CallResult::Taken(_), Ok(None)) => drop(origin.answer(BotAnswer::Empty)),
                _ => origin.give_up(),
            }
        }
        Ended { parcel, began_at, outcome, answer }
    }
}

impl Round {
    async fn go(&mut self, mut batches: mpsc::Receiver<RecordBatch>, stop: &CancellationToken) {
        let mut is_followed = true;
        loop {
            self.dispatch();
            self.write();
            let has_room = is_followed && self.lanes.len() < PENDING;
            let wake = self.wake();
            tokio::select! {
                () = stop.cancelled() => return,
                Some(ended) = self.running.next() => self.settle(ended),
                batch = batches.recv(), if has_room => match batch {
                    Some(batch) => self.take_batch(&batch),
                    None => is_followed = false,
                },
                () = written(&mut self.writing) => self.writing = None,
                () = tokio::time::sleep(wake.unwrap_or_default()), if wake.is_some() => {}
            }
        }
    }

    /// Waits for what is under way, and for the last of it to be written.
    async fn end(mut self) {
        let last_calls = async {
            while let Some(ended) = self.running.next().await {
                self.settle(ended);
            }
        };
        // What does not end is sent once more after the next start.
        let _is_late = tokio::time::timeout(LAST_CALLS, last_calls).await;
        loop {
            self.write();
            if self.writing.is_none() {
                return;
            }
            written(&mut self.writing).await;
            self.writing = None;
        }
    }

    fn now(&self) -> DateTime<Utc> {
        (self.courier.now)()
    }

    /// How long nothing has to be done but what comes; `None` when there is nothing to wait for.
    fn wake(&self) -> Option<Duration> {
        let has_place = self.running.len() < self.courier.target.concurrency && !self.is_paused;
        let due = self.lanes.next_due().filter(|_| has_place && !self.breaker.is_probing())?;
        let due = self.breaker.opens_at().map_or(due, |opens_at| due.max(opens_at));
        // The clock may be set meanwhile.
        Some((due - self.now()).to_std().unwrap_or_default().min(LONGEST_SLEEP))
    }

    /// Begins as many calls as may begin.
    fn dispatch(&mut self) {
        let (now, target) = (self.now(), &self.courier.target);
        while self.running.len() < target.concurrency
            && !self.is_paused
            && self.lanes.next_due().is_some_and(|due| due <= now)
            && self.breaker.admits(now)
            && let Some(parcel) = self.lanes.next(now)
        {
            self.running.push(self.courier.clone().call(parcel, now).boxed());
        }
    }

    fn take_batch(&mut self, batch: &RecordBatch) {
        self.position = batch.last;
        let account = self.courier.target.account.clone();
        let is_wanted = |record: &&Arc<Record>| account.as_ref().is_none_or(|account| *account == record.account);
        if self.courier.target.mode == Mode::Answer {
            let wanted = batch.records.iter().filter(is_wanted).map(Arc::as_ref);
            self.courier.door.have_seen(wanted, batch.last);
        }
        batch.records.iter().filter(is_wanted).for_each(|record| self.take(Arc::clone(record)));
    }

    /// Takes a message, unless it was settled before.
    fn take(&mut self, record: Arc<Record>) {
        let now = self.now();
        let (attempts, due) = match self.known.remove(&record.seq) {
            Some(Forwarded { state: ForwardState::Done | ForwardState::Aside, .. }) => return,
            Some(Forwarded { state: ForwardState::Waits(at), attempts, .. }) => (attempts, at),
            None => (0, now),
        };
        let origin = self.courier.door.origin_of(&record);
        let parcel = Parcel { record, attempts, origin: origin.clone() };
        let is_held = self.lanes.push(parcel, due) || self.is_paused || self.breaker.is_open(now);
        if let Some(origin) = origin.filter(|_| is_held && self.courier.target.mode == Mode::Answer) {
            origin.give_up();
        }
    }

    /// Says what became of a message.
    fn settle(&mut self, Ended { parcel, began_at, outcome, answer }: Ended) {
        let (now, attempts) = (self.now(), parcel.attempts.saturating_add(1));
        let is_working = !matches!(outcome.result, CallResult::Failed(..));
        if is_working && self.breaker.succeed() {
            tracing::info!(target = %self.courier.target.name, "the target works again");
            self.lanes.hurry(now);
        }
        let (state, reason) = match outcome.result {
            CallResult::Taken(_) => (ForwardState::Done, answer.as_ref().err().cloned()),
            CallResult::Refused(reason) if attempts >= schedule::REFUSALS => (ForwardState::Aside, Some(reason)),
            CallResult::Refused(reason) => {
                (ForwardState::Waits(schedule::next_try_at(now, attempts, None)), Some(reason))
            }
            CallResult::Gone(reason) => {
                self.is_paused = true;
                (ForwardState::Waits(now), Some(reason))
            }
            CallResult::Failed(reason, retry_after) => {
                self.breaker.fail(now);
                (ForwardState::Waits(schedule::next_try_at(now, attempts, retry_after)), Some(reason))
            }
        };
        let (seq, name) = (parcel.record.seq, &self.courier.target.name);
        if let Some(reason) = &reason {
            tracing::warn!(target = %name, seq, attempts, ?state, %reason, "a target did not take a message as it should");
        }
        let answer = answer.ok().flatten();
        self.rows.push(Forwarded {
            seq,
            state,
            attempts,
            tried_at: began_at,
            took: outcome.took,
            status: outcome.status,
            answer,
            reason,
        });
        match state {
            ForwardState::Done | ForwardState::Aside => self.lanes.settle(&parcel, now),
            ForwardState::Waits(due) => {
                self.lanes.again(Parcel { attempts, ..parcel.clone() }, due);
                self.release(&parcel, now);
            }
        }
    }

    /// Nobody waits for the answer to what cannot be sent now.
    fn release(&self, failed: &Parcel, now: DateTime<Utc>) {
        if self.courier.target.mode != Mode::Answer {
            return;
        }
        let give_up = |parcel: &Parcel| parcel.origin.iter().for_each(|origin| origin.give_up());
        if self.is_paused || self.breaker.is_open(now) {
            self.lanes.parcels().for_each(give_up);
        } else {
            self.lanes.beside(failed).for_each(give_up);
        }
    }

    /// Writes down what is new, unless that is being done.
    fn write(&mut self) {
        let settled = self.lanes.settled_up_to(self.position);
        if self.writing.is_some() || (self.rows.is_empty() && settled <= self.bookmark) {
            return;
        }
        self.bookmark = self.bookmark.max(settled);
        let (archive, rows) = (self.courier.archive.clone(), std::mem::take(&mut self.rows));
        let (name, bookmark) = (self.courier.target.name.clone(), (self.courier.target.bookmark(), self.bookmark));
        let write = async move {
            while let Err(error) = archive.record_forwarded(name.clone(), Some(bookmark.clone()), rows.clone()).await {
                if matches!(error, Error::Closed) {
                    return;
                }
                tracing::error!(%error, target = %name, "what a target has could not be written; it is tried again");
                tokio::time::sleep(WRITE_AGAIN).await;
            }
        };
        self.writing = Some(write.boxed());
    }
}

/// The end of what is being written; never, when nothing is.
async fn written(writing: &mut Option<BoxFuture<'static, ()>>) {
    match writing {
        Some(writing) => writing.await,
        None => std::future::pending().await,
    }
}
