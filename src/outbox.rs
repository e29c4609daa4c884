//! The outbox: takes replies from the rows of the archive and sends them to Weibo, in order for each account.
//!
//! The state on disk decides: a reply is recorded as being sent before its request, and settled only by Weibo's
//! response ([`call`]). A kill before that record leaves a reply that still waits; a kill after it leaves one with an
//! unknown outcome, which is never sent again automatically. Only one of the processes that have the archive open
//! sends replies ([`SenderLock`]); [`worker`] does the sending.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::{AccountFilter, Archive};
use crate::web::AccountToken;

mod call;
mod lock;
mod worker;

use lock::SenderLock;
use worker::Sender;

/// Settings of the outbox.
#[derive(Debug)]
pub struct OutboxSettings {
    /// URL to send replies to.
    pub url: Url,
    /// Whether replies may be sent, which the user decides.
    pub is_on: watch::Receiver<bool>,
    /// Accounts with their tokens; the first also sends the replies that belong to no account.
    pub accounts: Vec<(AccountFilter, AccountToken)>,
}

/// The running outbox. Dropping it leaves it running until its `stop`.
#[derive(Debug)]
pub struct Outbox {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Outbox {
    /// Starts to send waiting and future replies, until `stop`. Finishes a reply that is under way then.
    pub fn start(
        archive: &Archive,
        settings: OutboxSettings,
        now: fn() -> DateTime<Utc>,
        stop: &CancellationToken,
    ) -> Self {
        let (archive, stop) = (archive.clone(), stop.child_token());
        Self { task: tokio::spawn(run(archive, settings, now, stop.clone())), stop }
    }

    /// Stops after the reply that is under way.
    pub async fn end(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the outbox ended badly");
        }
    }
}

async fn run(archive: Archive, settings: OutboxSettings, now: fn() -> DateTime<Utc>, stop: CancellationToken) {
    let Some(_lock) = acquire(archive.data_dir(), &stop).await else { return };
    let OutboxSettings { url, is_on, accounts } = settings;
    let url = Arc::new(url);
    let senders = accounts.into_iter().map(|(whose, token)| {
        let sender =
            Sender { archive: archive.clone(), whose, url: Arc::clone(&url), token, is_on: is_on.clone(), now };
        let stop = stop.clone();
        async move {
            crate::worker::keep_running("sending of replies", &stop, || sender.clone().run(stop.clone())).await;
        }
    });
    futures_util::future::join_all(senders).await;
}

/// Waits for the lock of the outbox and returns it; `None` after `stop`.
async fn acquire(data_dir: &Path, stop: &CancellationToken) -> Option<SenderLock> {
    loop {
        if let Some(lock) = SenderLock::acquire(data_dir) {
            return Some(lock);
        }
        tokio::select! {
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(lock::LOOK) => {}
        }
    }
}
