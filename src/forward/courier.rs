//! What brings a target its messages: what it needs for that, and one call.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, mpsc, watch};

use super::call::{Attempt, CallOutcome, CallResult, TargetCaller};
use super::comparing;
use super::lanes::Parcel;
use super::orders::TargetCommand;
use super::origin::{BotAnswer, BotDoor};
use super::tally::TargetBoard;
use super::target::Target;
use crate::archive::Archive;
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::people::SenderClaim;
use crate::record::target::TargetMode;
use crate::weibo::reply;

/// An answer that takes so many times as long as the other, and so much more, is a difference.
const SLOWER: u32 = 2;
const SLACK: Duration = Duration::from_millis(50);

/// What brings a target its messages.
pub(super) struct Courier {
    pub(super) target: Arc<Target>,
    pub(super) archive: Archive,
    pub(super) caller: TargetCaller,
    pub(super) door: Arc<BotDoor>,
    /// The target that its answers are compared with.
    pub(super) compared: Option<Arc<Target>>,
    /// The message behind which a new target begins: the last one before anybody could call.
    pub(super) begin: Seq,
    /// Where it is told how it goes, and in which place.
    pub(super) board: (TargetBoard, usize),
    /// What is to be done with the target.
    pub(super) commands: Mutex<mpsc::Receiver<TargetCommand>>,
    /// Who answers whom.
    pub(super) claims: watch::Receiver<Vec<SenderClaim>>,
    pub(super) now: fn() -> DateTime<Utc>,
}

/// A call that has ended.
pub(super) struct Ended {
    pub(super) parcel: Parcel,
    pub(super) began_at: DateTime<Utc>,
    pub(super) outcome: CallOutcome,
    /// What the bot said that Weibo can take, or what was wrong with it.
    pub(super) answer: Result<Option<String>, Reason>,
    /// How it differs from that of the target that it is compared with.
    pub(super) differences: Vec<String>,
}

impl Courier {
    /// One call, and what of its answer is for Weibo.
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
        let differences = self.compare(&parcel, &outcome).await;
        Ended { parcel, began_at, outcome, answer, differences }
    }

    /// How an answer differs from that of the target that it is compared with; what is tried again is compared then.
    async fn compare(&self, parcel: &Parcel, outcome: &CallOutcome) -> Vec<String> {
        let is_final = matches!(outcome.result, CallResult::Taken(_) | CallResult::Refused(_));
        let Some(compared) = self.compared.as_ref().filter(|_| is_final) else { return Vec::new() };
        let new = comparing::said(outcome);
        // Boxed, or every call that is compared with none would have the room for two more.
        let asked = Box::pin(comparing::three_way(&self.caller, compared, &parcel.record, &new));
        let (mut found, took) = asked.await;
        if outcome.took > took * SLOWER + SLACK {
            found.push(format!("{} ms, {} ms", took.as_millis(), outcome.took.as_millis()));
        }
        found
    }
}
