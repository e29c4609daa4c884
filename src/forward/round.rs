//! The main loop of a courier: it holds messages, starts calls and handles their results.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;
use futures_util::stream::StreamExt as _;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::call::CallResult;
use super::courier::{Courier, Ended, Running};
use super::lanes::{Lanes, Parcel};
use super::ledger::{KnownOutcomes, Ledger};
use super::orders::{CourierOrder, Moving, TargetCommand};
use super::origin::CallbackOrigin;
use super::retrying::Retrying;
use super::schedule::{self, Breaker};
use super::tally::{TargetProgress, TargetTally};
use crate::archive::{Error, RETRIED_AT_ONCE, RecordBatch};
use crate::reason::Reason;
use crate::record::forwarded::{ForwardState, Forwarded};
use crate::record::people::SenderClaim;
use crate::record::target::{TargetError, TargetMode, TargetPause, TargetState};
use crate::record::{Record, Seq};

/// The maximum number of a target's messages in memory; its feed waits while there are more.
pub const PENDING: usize = 4_096;
/// The maximum time between two readings of the clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// A clock that jumps back by more than this was set back. Smaller steps are corrections by clock
/// synchronization, which delay nothing for long.
const SET_BACK: TimeDelta = TimeDelta::seconds(1);
/// The maximum time that calls in flight have to finish after shutdown begins.
const LAST_CALLS: Duration = Duration::from_secs(2);

/// The work of a courier from one position of the bookmark until it stops or the user moves the bookmark.
pub(super) struct Round {
    courier: Arc<Courier>,
    /// The claims in force.
    claims: watch::Receiver<Vec<SenderClaim>>,
    lanes: Lanes,
    breaker: Breaker,
    /// The pause of the target; `None` while it is not paused.
    pause: Option<TargetPause>,
    /// Results from before the start for messages after the bookmark.
    known: KnownOutcomes,
    /// Seq of the last message that the feed returned.
    position: Seq,
    ledger: Ledger,
    /// The last reading of the clock.
    seen_at: DateTime<Utc>,
    running: Running,
    retrying: Retrying,
    tally: TargetTally,
}

impl Round {
    /// Begins at the bookmark, with the messages up to it that are still to be sent.
    pub(super) fn begin(courier: Arc<Courier>, bookmark: Seq) -> Result<Self, Error> {
        let reader = courier.archive.reader()?;
        let name = courier.target.name.clone();
        let memory = reader.target_memory(&name)?;
        let (open, n_aside) = (reader.forwarded_open(&name, bookmark)?, reader.n_aside(&name)?);
        let (board, index) = &courier.board;
        let tally = TargetTally::new(board, *index, n_aside, (courier.now)());
        let mut round = Self {
            seen_at: (courier.now)(),
            lanes: Lanes::default(),
            breaker: Breaker::default(),
            pause: memory.pause,
            known: KnownOutcomes::new(&courier, courier.archive.reader()?, memory.moved_at),
            position: bookmark,
            ledger: Ledger::new(courier.archive.clone(), &courier.target, bookmark),
            running: Running::default(),
            retrying: Retrying::default(),
            tally,
            claims: courier.claims.clone(),
            courier,
        };
        for row in open {
            if let Some(record) = reader.record(row.seq)? {
                let origin = round.courier.door.origins_of(std::iter::once(&record), None).pop().flatten();
                round.take(Arc::new(record), Some(&row), origin);
            }
        }
        Ok(round)
    }

    /// Works until `stop`, or until the user moves the bookmark.
    ///
    /// # Errors
    ///
    /// When the archive cannot be read.
    pub(super) async fn go(
        &mut self,
        mut batches: mpsc::Receiver<RecordBatch>,
        commands: &mut mpsc::Receiver<TargetCommand>,
        stop: &CancellationToken,
    ) -> Result<Option<Moving>, Error> {
        let mut is_followed = true;
        loop {
            self.dispatch();
            self.ledger.write(&self.lanes, self.position);
            if self.lanes.len() + RETRIED_AT_ONCE <= PENDING {
                self.retrying.go_on(&self.courier);
            }
            let has_room = is_followed && self.lanes.len() < PENDING;
            let wake = [self.wake(), self.tell()].into_iter().flatten().min();
            tokio::select! {
                () = stop.cancelled() => return Ok(None),
                Some(ended) = self.running.calls.next() => self.settle_all(ended),
                Some(compared) = self.running.comparisons.next() => compared.into_iter().for_each(|row| self.learn(row)),
                batch = batches.recv(), if has_room => match batch {
                    Some(batch) => self.take_batch(&batch)?,
                    None => is_followed = false,
                },
                Some(command) = commands.recv() => {
                    if let Some(moving) = self.obey(command).await {
                        return Ok(Some(moving));
                    }
                }
                taken = self.retrying.taken() => self.take_back(taken),
                () = self.ledger.written() => {}
                Ok(()) = self.claims.changed() => {}
                () = tokio::time::sleep(wake.unwrap_or_default()), if wake.is_some() => {}
            }
        }
    }

    /// Waits for the calls in flight, and until their results are written.
    pub(super) async fn end(mut self) {
        let last_calls = async {
            while let Some(ended) = self.running.calls.next().await {
                self.settle(ended);
            }
        };
        // A message whose call does not finish is sent again after the next start.
        let _is_late = tokio::time::timeout(LAST_CALLS, last_calls).await;
        // A disk that accepts no writes must not delay the shutdown either.
        let _unwritten = tokio::time::timeout(LAST_CALLS, self.ledger.end(&self.lanes, self.position)).await;
        self.tell();
    }

    fn now(&self) -> DateTime<Utc> {
        (self.courier.now)()
    }

    /// Returns the time until the next call is due; `None` when none is.
    fn wake(&self) -> Option<Duration> {
        let now = self.now();
        let due = self.next_try_at(now)?;
        // The clock may be set during the sleep.
        Some((due - now).to_std().unwrap_or_default().min(LONGEST_SLEEP))
    }

    /// Returns the time at which the next message is due; `None` when none is waiting or none may be sent.
    fn next_try_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let has_place = self.running.calls.len() < self.courier.target.concurrency && self.pause.is_none();
        let due = self.lanes.next_due().filter(|_| has_place && !self.breaker.is_probing())?;
        Some(self.breaker.rests_until(now).map_or(due, |until| due.max(until)))
    }

    /// Counts the messages that are set aside; another process may have sent some of them.
    fn count_aside(&mut self) -> Result<u64, Error> {
        let counted = self.known.n_aside()?;
        self.tally.count_aside(counted);
        Ok(counted)
    }

    /// Publishes the status of the target. Returns the time after which it may have changed again.
    fn tell(&mut self) -> Option<Duration> {
        let now = self.now();
        let is_settled = self.ledger.is_written() && !self.retrying.is_taking();
        if is_settled && self.tally.wants_count(Instant::now()) {
            // If the count fails, the next one may succeed.
            let _counted = self.count_aside();
        }
        let state = match &self.pause {
            Some(TargetPause { at, reason: Some(_) }) => TargetState::Gone(*at),
            Some(TargetPause { at, reason: None }) => TargetState::Paused(*at),
            None => self.breaker.down(now).map_or(TargetState::Working, TargetState::Down),
        };
        let unread = self.courier.archive.committed().borrow().seq.saturating_sub(self.position);
        let progress = TargetProgress {
            state,
            bookmark: self.ledger.bookmark(),
            lag: unread + self.lanes.len() as u64,
            waits_since: self.lanes.waits_since(),
            next_try_at: self.next_try_at(now).filter(|at| *at > now && self.running.calls.is_empty()),
        };
        self.tally.tell(progress, now, Instant::now())
    }

    /// Starts as many calls as are allowed now.
    fn dispatch(&mut self) {
        let now = self.now();
        if now + SET_BACK < std::mem::replace(&mut self.seen_at, now) {
            // Retries scheduled by the old clock would be late.
            self.lanes.hurry(now);
        }
        self.respect_claims(now);
        let target = &self.courier.target;
        while self.running.calls.len() < target.concurrency
            && self.pause.is_none()
            && self.lanes.next_due().is_some_and(|due| due <= now)
            && self.breaker.admits(now)
            && let Some(parcel) = self.lanes.next(now)
        {
            self.running.calls.push(Arc::clone(&self.courier).call(parcel, now).boxed());
        }
    }

    /// Holds back the messages of claimed senders, and lets no callback wait for the bot's answer to them.
    /// They are sent in order when the claim ends.
    fn respect_claims(&mut self, now: DateTime<Utc>) {
        if !self.courier.target.respects_claims {
            return;
        }
        let claims = self.claims.borrow_and_update();
        self.lanes.hold(&claims, now).for_each(Parcel::give_up);
    }

    /// Carries out an order. Returns the move of the bookmark if it is one, which ends the round.
    async fn obey(&mut self, TargetCommand { order, done_tx }: TargetCommand) -> Option<Moving> {
        let now = self.now();
        let done = match order {
            CourierOrder::MoveTo(seq) => return Some(Moving { seq, done_tx }),
            CourierOrder::Retry => {
                self.retrying.begin(now);
                self.count_aside().map_err(|error| error.reason())
            }
            CourierOrder::Pause => {
                let pause = self.pause.clone().unwrap_or(TargetPause { at: now, reason: None });
                self.set_pause(Some(pause)).await
            }
            CourierOrder::GoOn => {
                // The user says that the target works again.
                self.breaker = Breaker::default();
                self.lanes.hurry(now);
                self.set_pause(None).await
            }
        };
        // The caller may have dropped its receiver.
        drop(done_tx.send(done));
        None
    }

    /// Sets or ends the pause. It is on disk when this returns, so that it survives a restart.
    async fn set_pause(&mut self, pause: Option<TargetPause>) -> Result<u64, Reason> {
        let written = self.courier.archive.pause_target(&self.courier.target.name, pause.clone()).await;
        written.map_err(|error| error.reason())?;
        self.pause = pause;
        if self.pause.is_some() && self.courier.target.mode == TargetMode::Answer {
            self.lanes.parcels().for_each(Parcel::give_up);
        }
        Ok(0)
    }

    /// Queues messages that were set aside, each behind the waiting messages of its sender.
    fn take_back(&mut self, parcels: Vec<Parcel>) {
        let now = self.now();
        self.tally.took_back(parcels.len() as u64);
        for parcel in parcels {
            self.lanes.push(parcel, now);
        }
    }

    fn take_batch(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let account = self.courier.target.account.clone();
        let is_wanted = |record: &&Arc<Record>| account.as_ref().is_none_or(|account| *account == record.account);
        let wanted: Vec<&Arc<Record>> = batch.records.iter().filter(is_wanted).collect();
        let known = self.known.between(self.position, batch.last)?;
        self.position = batch.last;
        let seen = (self.courier.target.mode == TargetMode::Answer).then_some(batch.last);
        let origins = self.courier.door.origins_of(wanted.iter().map(|record| &***record), seen);
        for (record, origin) in wanted.into_iter().zip(origins) {
            self.take(Arc::clone(record), known.get(&record.seq), origin);
        }
        Ok(())
    }

    /// Queues a message, unless it was settled before.
    fn take(&mut self, record: Arc<Record>, known: Option<&Forwarded>, origin: Option<Arc<CallbackOrigin>>) {
        let now = self.now();
        self.tally.recall(known);
        let (attempts, due, is_replay) = match known {
            Some(Forwarded { state: ForwardState::Waits(at), attempts, .. }) => (*attempts, self.lanes.due(*at), false),
            Some(row) if self.known.is_past(row) => (0, now, row.state == ForwardState::Done),
            Some(_) => return,
            None => (0, now, false),
        };
        let parcel = Parcel { record, attempts, origin: origin.clone(), is_replay };
        let is_held = self.lanes.push(parcel, due) || self.pause.is_some() || self.breaker.is_open(now);
        if let Some(origin) = origin.filter(|_| is_held && self.courier.target.mode == TargetMode::Answer) {
            origin.give_up();
        }
    }

    /// Settles a message, and all others whose calls have ended by now.
    fn settle_all(&mut self, first: Ended) {
        self.settle(first);
        while let Some(Some(ended)) = self.running.calls.next().now_or_never() {
            self.settle(ended);
        }
    }

    /// Records the result of a call and decides what happens to its message.
    fn settle(&mut self, Ended { parcel, began_at, outcome, answer, said }: Ended) {
        let (now, attempts) = (self.now(), parcel.attempts.saturating_add(1));
        let is_working = !matches!(outcome.result, CallResult::Failed(..));
        if is_working && self.breaker.succeed() {
            tracing::info!(target = %self.courier.target.name, "the target works again");
            self.lanes.hurry(now);
        }
        let (state, reason) = match outcome.result {
            CallResult::Taken(_) => (ForwardState::Done, answer.as_ref().err().cloned()),
            // A message to a shadow is done once its answer is compared; a refusal is an answer.
            CallResult::Refused(reason) if self.courier.target.mode == TargetMode::Shadow => {
                (ForwardState::Done, Some(reason))
            }
            CallResult::Refused(reason) if attempts >= schedule::REFUSALS => (ForwardState::Aside, Some(reason)),
            CallResult::Refused(reason) => {
                (ForwardState::Waits(schedule::next_try_at(now, attempts, None)), Some(reason))
            }
            CallResult::Gone(reason) => {
                let pause = TargetPause { at: now, reason: Some(reason.clone()) };
                self.ledger.note_pause(pause.clone());
                self.pause = Some(pause);
                (ForwardState::Waits(now), Some(reason))
            }
            CallResult::Failed(reason, retry_after) => {
                let due = schedule::next_try_at(now, attempts, retry_after);
                self.breaker.fail(now, retry_after.map(|_| due));
                (ForwardState::Waits(due), Some(reason))
            }
        };
        let seq = parcel.record.seq;
        self.count(seq, state, outcome.took, reason.as_ref());
        let row = Forwarded {
            seq,
            state,
            attempts,
            tried_at: began_at,
            took: outcome.took,
            status: outcome.status,
            answer: answer.ok().flatten(),
            reason,
            differences: None,
        };
        self.running.compare(&self.courier, &parcel.record, &row, said);
        self.ledger.note(row);
        match state {
            ForwardState::Done | ForwardState::Aside => self.lanes.settle(&parcel, now),
            ForwardState::Waits(due) => {
                self.lanes.again(Parcel { attempts, ..parcel.clone() }, due);
                self.release(&parcel, now);
            }
        }
    }

    /// Records how the answer to a message differs from the answer of the other target.
    fn learn(&mut self, row: Forwarded) {
        self.tally.compared(row.differences.is_some());
        if row.differences.is_some() {
            self.ledger.note(row);
        }
    }

    /// Counts the result of a call, and logs what went wrong.
    fn count(&mut self, seq: Seq, state: ForwardState, took: Duration, reason: Option<&Reason>) {
        let now = self.now();
        match state {
            ForwardState::Done => self.tally.took(took, now),
            ForwardState::Aside => {
                self.tally.failed();
                self.tally.put_aside(1);
            }
            ForwardState::Waits(_) => self.tally.failed(),
        }
        let Some(reason) = reason else { return };
        let name = &self.courier.target.name;
        tracing::warn!(target = %name, seq, ?state, %reason, "a target did not take a message as it should");
        self.tally.went_wrong(TargetError { at: now, seq, reason: reason.clone() });
    }

    /// After a failed call, lets no callback wait for answers to messages that cannot be sent now.
    fn release(&self, failed: &Parcel, now: DateTime<Utc>) {
        if self.courier.target.mode != TargetMode::Answer {
            return;
        }
        if self.pause.is_some() || self.breaker.is_open(now) {
            self.lanes.parcels().for_each(Parcel::give_up);
        } else {
            self.lanes.beside(failed).for_each(Parcel::give_up);
        }
    }
}
