//! Sends the replies of an account one after another. A reply that cannot be sent now waits in the archive, with the
//! reason.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::call::ReplyCaller;
use crate::archive::{AccountFilter, Archive, Committed, Error, KeptReader};
use crate::reason::{Reason, answers, start};
use crate::record::outgoing::{Outgoing, SendState};
use crate::web::AccountToken;
use crate::weibo::active::SendVerdict;
use crate::weibo::api::{Remedy, until_next_hour};
use crate::weibo::assumptions::LIMITS_END_WITH_HOUR;
use crate::weibo::created_at::china;

/// The pause after the archive could not be read or written.
const TROUBLE: Duration = Duration::from_secs(1);
/// Pauses after the first, second, … consecutive temporary failure; the last one is repeated.
const BACKOFF: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(5),
];
/// Interval between two looks while messages arrive, so that looking for replies does not slow down a flood of
/// messages.
const PACE: Duration = Duration::from_millis(50);

/// Sends the replies of an account.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) archive: Archive,
    pub(super) whose: AccountFilter,
    pub(super) url: Arc<Url>,
    pub(super) token: AccountToken,
    pub(super) is_on: watch::Receiver<bool>,
    pub(super) now: fn() -> DateTime<Utc>,
}

/// Whether replies can be sent.
enum Gate {
    /// They are sent with this token.
    Open(ReplyCaller),
    /// They wait until the token or the switch changes.
    Shut(Reason),
}

/// State of a running sender.
struct SenderRound {
    sender: Sender,
    reader: KeptReader,
    gate: Gate,
    /// Time before which nothing is sent, and the reason.
    pause: Option<(Instant, Reason)>,
    /// Number of consecutive failures.
    n_failures: usize,
}

impl Sender {
    /// Works until `stop` or until the archive closes, after finishing the reply under way. The caller must hold the
    /// lock, so that no other process is sending at the start.
    pub(super) async fn run(self, stop: CancellationToken) {
        while let Err(error) = self.archive.doubt_interrupted(self.whose.clone(), (self.now)()).await {
            tracing::error!(%error, "the outbox cannot be used");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(TROUBLE) => {}
            }
        }
        let mut committed = self.archive.committed();
        let mut round = SenderRound {
            reader: KeptReader::new(&self.archive),
            sender: self,
            gate: Gate::Shut(answers::ANSWERS_OFF.into()),
            pause: None,
            n_failures: 0,
        };
        round.renew();
        loop {
            committed.mark_unchanged();
            let trouble = match round.look(&stop).await {
                Ok(()) => None,
                Err(error) => {
                    tracing::error!(%error, "a reply cannot be sent");
                    Some(Instant::now() + TROUBLE)
                }
            };
            if round.wait(trouble, &mut committed, &stop).await.is_break() {
                return;
            }
        }
    }
}

impl SenderRound {
    /// Takes the newest token and switch, and ends a pause.
    fn renew(&mut self) {
        let is_on = *self.sender.is_on.borrow_and_update();
        let token = self.sender.token.newest();
        self.gate = match token {
            _ if !is_on => Gate::Shut(answers::ANSWERS_OFF.into()),
            None => Gate::Shut(answers::ANSWER_WITHOUT_TOKEN.into()),
            Some(token) => match ReplyCaller::new(token) {
                Ok(caller) => Gate::Open(caller),
                Err(error) => Gate::Shut(start::NO_HTTP_CLIENT.with(error.without_url().to_string())),
            },
        };
        (self.pause, self.n_failures) = (None, 0);
    }

    /// Sends the replies that can be sent, and records for the others why they wait.
    async fn look(&mut self, stop: &CancellationToken) -> Result<(), Error> {
        while !stop.is_cancelled() {
            if self.pause.as_ref().is_some_and(|(until, _)| *until <= Instant::now()) {
                self.pause = None;
            }
            let caller = match (&self.gate, &self.pause) {
                (Gate::Shut(reason), _) | (_, Some((_, reason))) => return self.explain(reason.clone()).await,
                (Gate::Open(caller), None) => caller,
            };
            let whose = self.sender.whose.clone();
            let next = self.reader.read(move |reader| reader.next_outgoing(&whose)).await?;
            let Some(Outgoing { id, composed, .. }) = next else { return Ok(()) };
            let Sender { archive, url, now, .. } = &self.sender;
            if !archive.begin_sending(id, now()).await? {
                continue;
            }
            let verdict = caller.send(url, &composed).await;
            let (archive, now) = (archive.clone(), *now);
            let (state, reason) = self.settle(verdict);
            tracing::info!(id, state = state.name(), reason = reason.as_ref().map(ToString::to_string), "a reply");
            // Retried, because the outcome must not be lost while weibox runs; after a kill it is unknown.
            while let Err(error) = archive.settle_sending(id, state, reason.clone(), now()).await {
                tracing::error!(%error, id, state = state.name(), "the archive could not be told about a reply");
                if stop.is_cancelled() || matches!(error, Error::Closed) {
                    return Err(error);
                }
                tokio::time::sleep(TROUBLE).await;
            }
        }
        Ok(())
    }

    /// Returns the state of a reply after a verdict, and pauses or stops the replies behind it if necessary.
    fn settle(&mut self, verdict: SendVerdict) -> (SendState, Option<Reason>) {
        let (remedy, reason) = match verdict {
            SendVerdict::Sent => {
                self.n_failures = 0;
                return (SendState::Sent, None);
            }
            SendVerdict::Refused(reason) => return (SendState::Refused, Some(reason)),
            SendVerdict::Unknown(reason) => return (SendState::Unknown, Some(reason)),
            SendVerdict::Later(remedy, reason) => (remedy, reason),
        };
        if remedy == Remedy::Token {
            self.sender.token.refuse(&reason);
            let reason = answers::ANSWER_TOKEN_REFUSED.with(reason);
            self.gate = Gate::Shut(reason.clone());
            return (SendState::Waiting, Some(reason));
        }
        let now = (self.sender.now)();
        let backoff = BACKOFF.get(self.n_failures).or(BACKOFF.last()).copied().unwrap_or_default();
        let pause = if remedy == Remedy::Pause && LIMITS_END_WITH_HOUR { until_next_hour(now) } else { backoff };
        self.n_failures += 1;
        let until = now + TimeDelta::from_std(pause).unwrap_or_default();
        // As the screen shows times.
        let until = until.with_timezone(&china()).format("%m-%d %H:%M:%S").to_string();
        let reason = answers::ANSWER_LATER.with(until).with(reason);
        self.pause = Some((Instant::now() + pause, reason.clone()));
        (SendState::Waiting, Some(reason))
    }

    /// Records the reason why replies wait, unless it is recorded already.
    async fn explain(&self, reason: Reason) -> Result<(), Error> {
        let (whose, json) = (self.sender.whose.clone(), reason.to_json());
        if self.reader.read(move |reader| reader.waits_unexplained(&whose, &json)).await? {
            self.sender.archive.explain_waiting(self.sender.whose.clone(), reason).await?;
        }
        Ok(())
    }

    /// Waits for a reason to look again, or to stop.
    async fn wait(
        &mut self,
        trouble: Option<Instant>,
        committed: &mut watch::Receiver<Committed>,
        stop: &CancellationToken,
    ) -> ControlFlow<()> {
        let again_at = trouble.or_else(|| self.pause.as_ref().map(|(until, _)| *until));
        let next_look = Instant::now() + PACE;
        let sleep = sleep_until(again_at.unwrap_or(next_look));
        tokio::select! {
            biased;
            () = stop.cancelled() => return ControlFlow::Break(()),
            () = self.sender.token.changed() => self.renew(),
            Ok(()) = self.sender.is_on.changed() => self.renew(),
            () = sleep, if again_at.is_some() => {}
            rung = committed.changed() => {
                if rung.is_err() {
                    return ControlFlow::Break(());
                }
                tokio::select! {
                    () = stop.cancelled() => return ControlFlow::Break(()),
                    () = sleep_until(next_look) => {}
                }
            }
        }
        ControlFlow::Continue(())
    }
}
