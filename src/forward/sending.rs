//! Sends one message to a bot at once, on the user's order: signed anew, marked as a replay and, if the user
//! changed it, as derived. No failure is retried, and nothing is stored.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::call::{AppSecrets, Attempt, CallResult, TargetCaller};
use super::replay::meant;
use super::target::Target;
use crate::archive::Archive;
use crate::reason::{Reason, forward};
use crate::record::target::{SendOrder, SentAnswer};
use crate::record::{Record, Seq};
use crate::weibo::reply;

/// The maximum number of characters of an answer that are returned.
const TOLD: usize = 2_000;

/// The sender of such messages. Cloning it is cheap.
#[derive(Debug, Clone)]
pub(super) struct AtOnce {
    archive: Archive,
    targets: Arc<Vec<Target>>,
    secrets: AppSecrets,
    now: fn() -> DateTime<Utc>,
    /// Created when it is first needed.
    caller: Arc<OnceCell<TargetCaller>>,
}

impl AtOnce {
    pub(super) fn new(archive: &Archive, targets: &[Target], secrets: &AppSecrets, now: fn() -> DateTime<Utc>) -> Self {
        let (targets, secrets) = (Arc::new(targets.to_vec()), secrets.clone());
        Self { archive: archive.clone(), targets, secrets, now, caller: Arc::default() }
    }

    /// Sends a message to a target by its name, or to a URL.
    pub(super) async fn send(&self, SendOrder { to, seq, body }: SendOrder) -> Result<SentAnswer, Reason> {
        let target = meant(&to, &self.targets)?;
        let caller =
            self.caller.get_or_try_init(|| async { TargetCaller::new(self.secrets.clone(), self.now) }).await?;
        let is_derived = body.is_some();
        let record = self.record(seq).await?.ok_or_else(|| forward::NO_SUCH_MESSAGE.with(seq))?;
        let record = match body {
            Some(body) => {
                let derived = Record::decoded(seq, record.received_at, body.into_bytes(), None);
                Record { account: record.account, ..derived }
            }
            None => record,
        };
        let attempt = Attempt { record: &record, number: 1, origin: None, is_replay: true, is_derived };
        let outcome = caller.call(&target, attempt).await;
        let (said, reason) = match outcome.result {
            CallResult::Taken(Ok(body)) => match reply::check_answer(&body, &record.message) {
                Ok(answer) => (answer.map(|answer| reply::describe(&answer).unwrap_or(answer)), None),
                Err(reason) => (Some(String::from_utf8_lossy(&body).into_owned()), Some(reason)),
            },
            CallResult::Taken(Err(reason))
            | CallResult::Refused(reason)
            | CallResult::Gone(reason)
            | CallResult::Failed(reason, _) => (None, Some(reason)),
        };
        let said = said.unwrap_or_default().chars().take(TOLD).collect();
        Ok(SentAnswer { seq, status: outcome.status, took: outcome.took, said, reason })
    }

    async fn record(&self, seq: Seq) -> Result<Option<Record>, Reason> {
        self.archive.read(move |reader| reader.record(seq)).await.map_err(|error| error.reason())
    }
}
