//! The outbox: replies that were ordered are rows of the archive, and go to Weibo from here, in order for each account.
//!
//! What is on disk decides: a reply is taken before it is sent, and settled by Weibo's answer alone ([`call`]). So a kill
//! before that leaves one that waits, and a kill after it one of which nobody knows, which is never sent again by itself.
//! Of all processes that have the archive open one sends ([`SenderLock`]); [`worker`] is what it does.

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

/// What the outbox goes by.
#[derive(Debug)]
pub struct OutboxSettings {
    /// Where replies go.
    pub url: Url,
    /// Whether anything may be sent: the user has said so.
    pub is_on: watch::Receiver<bool>,
    /// The accounts with their tokens: the first has also what belongs to none.
    pub accounts: Vec<(AccountFilter, AccountToken)>,
}

/// The outbox at work. Dropping it leaves it running until its `stop`.
#[derive(Debug)]
pub struct Outbox {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Outbox {
    /// Sends what waits, and what will, until `stop`. What is under way then is waited for.
    pub fn start(
        archive: &Archive,
        settings: OutboxSettings,
        now: fn() -> DateTime<Utc>,
        stop: &CancellationToken,
    ) -> Self {
        let (archive, stop) = (archive.clone(), stop.child_token());
        Self { task: tokio::spawn(run(archive, settings, now, stop.clone())), stop }
    }

    /// Stops, and waits for what is under way.
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

/// The right to send, once nobody else has it; `None` at the end.
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
