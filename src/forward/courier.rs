//! The courier of a target: its parts, one call, and the comparison of one answer.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Mutex, Semaphore, mpsc, watch};

use super::call::{Attempt, CallOutcome, CallResult, TargetCaller};
use super::comparing::{self, BotSaid};
use super::lanes::Parcel;
use super::orders::TargetCommand;
use super::origin::{BotAnswer, BotDoor};
use super::tally::TargetBoard;
use super::target::Target;
use crate::archive::Archive;
use crate::reason::Reason;
use crate::record::forwarded::{ForwardState, Forwarded};
use crate::record::people::SenderClaim;
use crate::record::target::{TargetMode, TargetState, TargetStatus};
use crate::record::{Record, Seq};
use crate::weibo::reply;

/// The maximum number of comparisons at a time; further answers are not compared.
pub const COMPARISONS: usize = 1_024;
/// The time that a shadow waits until the target that it is compared with has a message. The target's
/// bookmark may lag because another sender's message is retried again and again, so the answer is looked up
/// even when this time is over.
const PATIENCE: Duration = Duration::from_secs(30);
/// An answer counts as slower when it takes more than this factor of the other's time plus this slack.
const SLOWER: u32 = 2;
const SLACK: Duration = Duration::from_millis(50);

/// The parts with which a target is sent its messages.
pub(super) struct Courier {
    pub(super) target: Arc<Target>,
    pub(super) archive: Archive,
    pub(super) caller: TargetCaller,
    pub(super) door: Arc<BotDoor>,
    /// The target that its answers are compared with.
    pub(super) compared: Option<Arc<Target>>,
    /// Limits how many questions to the compared target run at a time.
    pub(super) asking: Semaphore,
    /// Seq after which a new target begins: that of the last message when forwarding started.
    pub(super) begin: Seq,
    /// The board for its status, and its index there.
    pub(super) board: (TargetBoard, usize),
    /// Orders for the target.
    pub(super) commands: Mutex<mpsc::Receiver<TargetCommand>>,
    /// The claims in force.
    pub(super) claims: watch::Receiver<Vec<SenderClaim>>,
    pub(super) now: fn() -> DateTime<Utc>,
}

/// A call that has ended.
pub(super) struct Ended {
    pub(super) parcel: Parcel,
    pub(super) began_at: DateTime<Utc>,
    pub(super) outcome: CallOutcome,
    /// The bot's reply for Weibo, if any, or the fault in it.
    pub(super) answer: Result<Option<String>, Reason>,
    /// The answer to compare with that of another target; `None` when there is nothing to compare.
    pub(super) said: Option<BotSaid>,
}

/// Calls and comparisons in flight.
#[derive(Default)]
pub(super) struct Running {
    pub(super) calls: FuturesUnordered<BoxFuture<'static, Ended>>,
    /// Comparisons run beside the calls, so that messages do not wait for the compared target.
    pub(super) comparisons: FuturesUnordered<BoxFuture<'static, Option<Forwarded>>>,
}

impl Running {
    /// Starts to compare an answer, unless too many comparisons are running.
    pub(super) fn compare(&mut self, by: &Arc<Courier>, record: &Arc<Record>, row: &Forwarded, said: Option<BotSaid>) {
        if let Some(said) = said.filter(|_| self.comparisons.len() < COMPARISONS) {
            self.comparisons.push(Arc::clone(by).compare(Arc::clone(record), row.clone(), said).boxed());
        }
    }
}

impl Courier {
    /// Sends a message, and passes the answer on to its callback.
    pub(super) async fn call(self: Arc<Self>, parcel: Parcel, began_at: DateTime<Utc>) -> Ended {
        let Parcel { record, attempts, origin, .. } = &parcel;
        let number = attempts.saturating_add(1);
        let is_replay = parcel.is_replay;
        let attempt = Attempt { record, number, origin: origin.as_deref(), is_replay, is_derived: false };
        let outcome = self.caller.call(&self.target, attempt).await;
        let is_asked = self.target.mode == TargetMode::Answer;
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
        let is_final = matches!(outcome.result, CallResult::Taken(_) | CallResult::Refused(_));
        let said = (is_final && self.compared.is_some()).then(|| comparing::said(&outcome));
        Ended { parcel, began_at, outcome, answer, said }
    }

    /// Compares an answer of a shadow with that of the other target. Returns the row for the message, with
    /// the differences; `None` when the other target has not answered the message, or does not work, in which
    /// case it is not asked. It is asked nothing before it has had the message.
    pub(super) async fn compare(
        self: Arc<Self>,
        record: Arc<Record>,
        row: Forwarded,
        new: BotSaid,
    ) -> Option<Forwarded> {
        let compared = self.compared.as_ref()?;
        self.settled(compared, row.seq).await;
        let _place = self.asking.acquire().await.ok()?;
        if !self.status_of(compared).is_some_and(|status| status.state == TargetState::Working) {
            return None;
        }
        let old = self.outcome_at(compared, row.seq).await?;
        let found = comparing::three_way(&self.caller, compared, &record, (comparing::kept(&old), &new)).await;
        let mut found = found?;
        if row.took > old.took * SLOWER + SLACK {
            found.push(format!("{} ms, {} ms", old.took.as_millis(), row.took.as_millis()));
        }
        let differences = (!found.is_empty()).then(|| found.join(", "));
        if let Some(differences) = &differences {
            tracing::warn!(target = %self.target.name, seq = row.seq, differences, "a target answered otherwise");
        }
        Some(Forwarded { differences, ..row })
    }

    /// Waits until a target has a message, or is not expected to have it soon.
    async fn settled(&self, target: &Target, seq: Seq) {
        let is_over = |board: &Vec<TargetStatus>| {
            let status = board.iter().find(|status| status.name == target.name);
            status.is_none_or(|status| status.state != TargetState::Working || status.bookmark >= seq)
        };
        let mut board = self.board.0.subscribe();
        // The result is looked up in any case.
        drop(tokio::time::timeout(PATIENCE, board.wait_for(is_over)).await);
    }

    fn status_of(&self, target: &Target) -> Option<TargetStatus> {
        self.board.0.borrow().iter().find(|status| status.name == target.name).cloned()
    }

    /// Returns the final result for a message at a target; `None` while there is none.
    async fn outcome_at(&self, target: &Target, seq: Seq) -> Option<Forwarded> {
        let outcomes = self.archive.read(move |reader| reader.forwarded_to(seq)).await;
        let outcomes = outcomes.inspect_err(|error| tracing::warn!(%error, seq, "an answer could not be compared"));
        let settled = |row: &Forwarded| !matches!(row.state, ForwardState::Waits(_));
        outcomes.ok()?.into_iter().find(|(name, _)| *name == target.name).map(|(_, row)| row).filter(settled)
    }
}
