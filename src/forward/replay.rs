//! Sends messages of the archive to a bot again, and optionally to a second one for comparison: signed anew
//! and marked, each once, in order for each sender. No failure is retried, and nothing is stored.

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

/// The maximum number of messages in memory; no more are taken while there are this many.
const PENDING: usize = 1_024;

/// The result for a message that was sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// Seq of the message.
    pub seq: Seq,
    /// HTTP status of the answer; `None` for no answer.
    pub status: Option<u16>,
    /// Duration of the call.
    pub took: Duration,
    /// Reason why the message does not count as answered.
    pub failure: Option<Reason>,
    /// The answer.
    pub said: BotSaid,
    /// Differences from the answer of the other bot: the status, or the places in the JSON.
    pub differences: Vec<String>,
}

/// A recorded answer, as a line of JSON. The names are fixed, because files contain them.
#[derive(Debug, Serialize, Deserialize)]
pub struct AnswerLine {
    /// Seq of the message.
    pub seq: Seq,
    /// HTTP status of the answer; `None` for no answer.
    pub status: Option<u16>,
    /// Body as JSON, with `data` unpacked.
    pub answer: Value,
}

/// The messages of a replay that are waiting or in flight.
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
    /// Creates an outlet to a target, whose answers are compared with those of `compared`, if given.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be created.
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

    /// Takes a message, which is sent after the earlier ones of its sender.
    pub fn take(&mut self, record: Arc<Record>) {
        let _is_held = self.lanes.push(Parcel::new(record, 0), DateTime::UNIX_EPOCH);
        self.dispatch();
    }

    /// Waits for the next result; `None` when no call is in flight.
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
                // The user must see that there was nothing to compare with.
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

/// Finds a target by its name, or creates one from a URL.
///
/// # Errors
///
/// When the URL is not valid for a target.
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
