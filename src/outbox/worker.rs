//! The replies of an account, one after the other. What cannot go now waits in the archive, which says why.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
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

/// The pause after the archive could not be read or written.
const TROUBLE: Duration = Duration::from_secs(1);
/// The pauses after the first, second, … failure in a row that can pass; the last one is kept to.
const BACKOFF: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(5),
];
/// Between two looks while messages come: a flood is not slowed down by looking for replies.
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

/// Whether replies can go.
enum Gate {
    /// With this token.
    Open(ReplyCaller),
    /// Not before the token or the switch changes.
    Shut(Reason),
}

/// What a sender is at.
struct SenderRound {
    sender: Sender,
    reader: KeptReader,
    gate: Gate,
    /// Nothing goes before, and why.
    pause: Option<(Instant, Reason)>,
    /// How many failures there were in a row.
    n_failures: usize,
}

impl Sender {
    /// Works until `stop`, or until the archive closes; what is being sent then comes to its end first. Only who has the lock
    /// may, and so knows at the beginning that nothing is being sent any more.
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
    /// Sends with the newest token from here on.
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

    /// Sends what waits and may go, and says of what may not why.
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
            // What became of it must not be lost while weibox runs: after a kill nobody knows.
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

    /// What an answer makes of a reply, and of those behind it.
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
        let until = (now + TimeDelta::from_std(pause).unwrap_or_default()).to_rfc3339_opts(SecondsFormat::Secs, true);
        let reason = answers::ANSWER_LATER.with(until).with(reason);
        self.pause = Some((Instant::now() + pause, reason.clone()));
        (SendState::Waiting, Some(reason))
    }

    /// Writes down why what waits does, unless it is there already.
    async fn explain(&self, reason: Reason) -> Result<(), Error> {
        let (whose, json) = (self.sender.whose.clone(), reason.to_json());
        if self.reader.read(move |reader| reader.waits_unexplained(&whose, &json)).await? {
            self.sender.archive.explain_waiting(self.sender.whose.clone(), reason).await?;
        }
        Ok(())
    }

    /// Waits for a reason to look, or to stop.
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
