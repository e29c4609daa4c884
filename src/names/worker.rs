//! Requests one name after another, slowly, and pauses when Weibo says so.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::call::NameCaller;
use super::{NamePolicy, NameSettings, WantedName};
use crate::archive::{Archive, Committed, Error};
use crate::record::Seq;
use crate::web::AccountToken;
use crate::weibo::UserId;
use crate::weibo::api::{Remedy, until_next_hour};
use crate::weibo::user_info::UserAnswer;

/// Pause between two calls.
const PACE: Duration = Duration::from_secs(1);
/// Age until which a name is not requested again.
const FRESH: TimeDelta = TimeDelta::days(7);
/// Age until which a missing name is not requested again.
const NAMELESS: TimeDelta = TimeDelta::days(1);
/// Pause after a temporary failure.
const REST: Duration = Duration::from_mins(5);
/// Messages that are read at a time for the names of all senders; senders on the screen come between the batches.
const BATCH: usize = 8;

/// An account and its standing with Weibo.
struct NameAccount {
    token: AccountToken,
    /// `None` without a token, or if Weibo refused it.
    caller: Option<NameCaller>,
    /// Time before which nothing is requested.
    rests_until: Option<Instant>,
}

/// The worker that requests names.
pub(super) struct NameWorker {
    archive: Archive,
    policy: NamePolicy,
    url: Url,
    accounts: Vec<NameAccount>,
    wanted: mpsc::Receiver<WantedName>,
    /// Signals new messages; `position` is the last one whose sender was looked at.
    committed: watch::Receiver<Committed>,
    position: Seq,
    now: fn() -> DateTime<Utc>,
}

impl NameWorker {
    /// Works until `stop`, and goes on from the last position.
    pub(super) async fn run(&mut self, stop: &CancellationToken) {
        let _stopped = stop.run_until_cancelled(self.work()).await;
    }

    async fn work(&mut self) {
        let is_all = self.policy == NamePolicy::All;
        loop {
            let wanted = tokio::select! {
                biased;
                Some(person) = self.wanted.recv() => vec![person],
                Ok(()) = self.committed.changed(), if is_all => {
                    let (senders, last) = self.senders_after(self.position).await;
                    if last.is_some() {
                        // Marked as changed, because there may be more messages.
                        self.committed.mark_changed();
                    }
                    self.position = last.unwrap_or(self.position);
                    senders
                }
                else => return,
            };
            for (account, fan) in wanted {
                match self.learn(&account, fan).await {
                    Ok(false) => {}
                    Ok(true) => sleep(PACE).await,
                    Err(error) => tracing::error!(%error, "a name could not be looked up"),
                }
            }
        }
    }

    pub(super) fn new(
        archive: Archive,
        settings: NameSettings,
        wanted: mpsc::Receiver<WantedName>,
        now: fn() -> DateTime<Utc>,
    ) -> Self {
        let account = |token| {
            let mut account = NameAccount { token, caller: None, rests_until: None };
            account.renew();
            account
        };
        let accounts = settings.tokens.into_iter().map(account).collect();
        let mut committed = archive.committed();
        let position = committed.borrow_and_update().seq;
        Self { archive, policy: settings.policy, url: settings.url, accounts, wanted, committed, position, now }
    }

    /// Returns the senders of the next few messages, and the sequence number of the last.
    async fn senders_after(&self, position: Seq) -> (Vec<WantedName>, Option<Seq>) {
        let read = self.archive.read(move |reader| reader.after(position, BATCH)).await;
        let records = read.unwrap_or_else(|error| {
            tracing::error!(%error, "the names of everybody cannot be asked for");
            Vec::new()
        });
        let from_people = records.iter().filter(|record| !record.message.is_sample());
        let senders = from_people.filter_map(|record| Some((record.account.clone(), record.message.sender_id?)));
        (senders.collect(), records.last().map(|record| record.seq))
    }

    /// Requests a name unless it is known and fresh or requests are paused; returns whether Weibo was called.
    async fn learn(&mut self, account: &str, fan: UserId) -> Result<bool, Error> {
        let index = self.accounts.iter().position(|known| known.token.account == account).unwrap_or_default();
        let Some(account) = self.accounts.get_mut(index) else { return Ok(false) };
        if account.token.has_changed() {
            account.renew();
        }
        if account.rests_until.is_some_and(|until| until > Instant::now()) {
            return Ok(false);
        }
        let Some(caller) = &account.caller else { return Ok(false) };
        let now = (self.now)();
        let known = self.archive.read(move |reader| reader.person(fan)).await?;
        let good_for = |name: &str| if name.is_empty() { NAMELESS } else { FRESH };
        if known.is_some_and(|known| now < known.asked_at + good_for(&known.nickname)) {
            return Ok(false);
        }
        match caller.ask(&self.url, fan).await {
            UserAnswer::Named(name) => self.archive.keep_nickname(fan, name, now).await?,
            UserAnswer::Nameless => self.archive.keep_nickname(fan, String::new(), now).await?,
            UserAnswer::Forbidden(reason) => {
                tracing::info!(%reason, "no names with this token");
                account.caller = None;
            }
            UserAnswer::Refused(remedy, reason) => {
                tracing::info!(%reason, "no names for a while");
                match remedy {
                    Remedy::Token => {
                        account.token.refuse(&reason);
                        account.caller = None;
                    }
                    Remedy::Pause => account.rests_until = Some(Instant::now() + until_next_hour(now)),
                    Remedy::Retry | Remedy::GiveUp => account.rests_until = Some(Instant::now() + REST),
                }
            }
        }
        Ok(true)
    }
}

impl NameAccount {
    /// Takes the newest token and ends a pause.
    fn renew(&mut self) {
        self.caller = self.token.newest().and_then(|token| NameCaller::new(token).ok());
        self.rests_until = None;
    }
}
