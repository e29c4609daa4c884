//! Messages of the archive once more to a bot, and side by side to another one: signed anew and marked, each once, in order for
//! each sender. Nothing is tried again, and nothing is written down.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::call::{AppSecrets, Attempt, CallOutcome, CallResult, TargetCaller};
use super::comparing::{self, said};
use super::lanes::{Lanes, Parcel};
use super::target::Target;
use crate::reason::{Reason, forward};
use crate::record::{Record, Seq};

pub use super::comparing::{BotSaid, differences, line_of};

/// So many messages are in memory; with more they are not taken.
const PENDING: usize = 1_024;

/// What became of a message that was sent once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The message.
    pub seq: Seq,
    /// What the bot answered; `None` when it did not.
    pub status: Option<u16>,
    /// How long that took.
    pub took: Duration,
    /// Why it does not count as answered.
    pub failure: Option<Reason>,
    /// What it said.
    pub said: BotSaid,
    /// How its answer differs from that of the bot it is compared with: the status, or the places in the JSON.
    pub differences: Vec<String>,
}

/// An answer that was recorded, a line of JSON. The names are fixed: files have them.
#[derive(Debug, Serialize, Deserialize)]
pub struct AnswerLine {
    /// The message.
    pub seq: Seq,
    /// The status of the answer; `None` for no answer.
    pub status: Option<u16>,
    /// Its body as JSON, with `data` unpacked.
    pub answer: Value,
}

/// Messages on their way.
pub struct ReplayOutlet {
    sender: Sender,
    concurrency: usize,
    lanes: Lanes,
    running: FuturesUnordered<BoxFuture<'static, (Parcel, Replayed)>>,
}

#[derive(Clone)]
struct Sender {
    caller: TargetCaller,
    target: Arc<Target>,
    compared: Option<Arc<Target>>,
}

impl ReplayOutlet {
    /// To a target, and to another one whose answers its are compared with.
    ///
    /// # Errors
    ///
    /// When no HTTP client can be made.
    pub fn new(
        target: Target,
        compared: Option<Target>,
        secrets: AppSecrets,
        now: fn() -> DateTime<Utc>,
    ) -> Result<Self, Reason> {
        let (caller, concurrency) = (TargetCaller::new(secrets, now)?, target.concurrency);
        let sender = Sender { caller, target: Arc::new(target), compared: compared.map(Arc::new) };
        Ok(Self { sender, concurrency, lanes: Lanes::default(), running: FuturesUnordered::new() })
    }

    /// Whether another message may be taken now.
    pub fn has_room(&self) -> bool {
        self.lanes.len() < PENDING
    }

    /// Takes a message; it goes when those of its sender before it have gone.
    pub fn take(&mut self, record: Arc<Record>) {
        let _is_held = self.lanes.push(Parcel::new(record, 0), DateTime::UNIX_EPOCH);
        self.dispatch();
    }

    /// The next message that has gone; `None` when none is under way.
    pub async fn next(&mut self) -> Option<Replayed> {
        let (parcel, replayed) = self.running.next().await?;
        self.lanes.settle(&parcel, DateTime::UNIX_EPOCH);
        self.dispatch();
        Some(replayed)
    }

    fn dispatch(&mut self) {
        while self.running.len() < self.concurrency
            && let Some(parcel) = self.lanes.next(DateTime::UNIX_EPOCH)
        {
            self.running.push(self.sender.clone().send(parcel).boxed());
        }
    }
}

impl Sender {
    async fn send(self, parcel: Parcel) -> (Parcel, Replayed) {
        let record = &*parcel.record;
        let outcome = self.call(&self.target, record).await;
        let said = said(&outcome);
        let differences = match &self.compared {
            None => Vec::new(),
            Some(compared) => {
                let found = comparing::three_way(&self.caller, compared, record, (None, &said)).await;
                // Whoever compares wants to know that there was nothing to compare with.
                let silence = BotSaid { status: None, answer: Value::Null };
                found.unwrap_or_else(|| differences(&silence, &said))
            }
        };
        let failure = match outcome.result {
            CallResult::Taken(Ok(_)) => None,
            CallResult::Taken(Err(reason))
            | CallResult::Refused(reason)
            | CallResult::Gone(reason)
            | CallResult::Failed(reason, _) => Some(reason),
        };
        let replayed =
            Replayed { seq: record.seq, status: outcome.status, took: outcome.took, failure, said, differences };
        (parcel, replayed)
    }

    async fn call(&self, target: &Target, record: &Record) -> CallOutcome {
        self.caller.call(target, Attempt { record, number: 1, origin: None, is_replay: true, is_derived: false }).await
    }
}

/// The target that is meant: one of these by its name, or any other by its address.
///
/// # Errors
///
/// What is wrong with the address.
pub fn meant(text: &str, targets: &[Target]) -> Result<Target, Reason> {
    if let Some(target) = targets.iter().find(|target| target.name == text) {
        return Ok(target.clone());
    }
    let url = url::Url::parse(text).ok().filter(url::Url::has_host);
    let url = url.ok_or_else(|| forward::NO_TARGET.with(super::target::printable(text)))?;
    if !super::target::is_address(&url) {
        return Err(forward::TARGET_NO_URL.with(super::target::printable(text)));
    }
    if url.scheme() != "https" && !super::target::is_private(&url) {
        return Err(forward::TARGET_UNENCRYPTED.with(super::target::place(&url)));
    }
    Ok(Target::new("", url))
}
