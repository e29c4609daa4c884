//! Tells of what is wrong with weibox itself. It matters now: what could not be told within the hour is dropped.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::alert::{Alert, Way};
use super::delivery::AlertSender;
use super::gather::LATE;
use super::notice::{Notice, Occasion};
use super::retry::Retry;
use crate::reason::{Reason, alerts};

/// The beginnings and ends that wait while another one is being told.
const WAITING: usize = 64;

/// What tells of trouble in one way.
#[derive(Clone)]
pub(super) struct Watcher {
    pub(super) alert: Arc<Alert>,
    pub(super) way: Way,
    pub(super) delivery: AlertSender,
    /// What is wrong, or not any more.
    pub(super) told: watch::Receiver<Option<Reason>>,
    pub(super) now: fn() -> DateTime<Utc>,
}

impl Watcher {
    /// Works until `stop`, or until nothing can come any more. What comes while something is being told waits for it, so that
    /// neither a beginning nor an end is missed.
    pub(super) async fn run(self, stop: CancellationToken) {
        let (waiting_tx, mut waiting) = mpsc::channel(WAITING);
        let mut told = self.told.clone();
        let collect = async {
            while told.changed().await.is_ok() {
                let Some(reason) = told.borrow_and_update().clone() else { continue };
                if waiting_tx.try_send((reason, (self.now)())).is_err() {
                    tracing::error!(alert = %self.alert.name, "too much is wrong to be told");
                }
            }
            drop(waiting_tx);
        };
        let tell = async {
            while let Some((reason, begun_at)) = waiting.recv().await {
                self.tell(reason, begun_at).await;
            }
        };
        let _stopped = stop.run_until_cancelled(async { tokio::join!(collect, tell) }).await;
    }

    /// Tells, again and again until it is taken or late.
    async fn tell(&self, reason: Reason, begun_at: DateTime<Utc>) {
        let id = super::id(&format!("{}\n{}\n{begun_at}", self.alert.bookmark(&self.way), reason.code.name()));
        let notice = Notice { id, alert: self.alert.name.clone(), occasion: Occasion::Trouble(reason) };
        let mut retry = Retry::first(begun_at);
        loop {
            let outcome = self.delivery.deliver(&self.alert, &self.way, &notice, retry.attempts + 1).await;
            let Err((reason, pause)) = outcome else { return };
            tracing::error!("{}", alerts::CHANNEL_SILENT.with(&self.alert.name).with(self.way.name()).with(reason));
            let now = (self.now)();
            retry.fail(now, pause);
            if retry.next_at - begun_at > LATE {
                return;
            }
            tokio::time::sleep((retry.next_at - now).to_std().unwrap_or_default()).await;
        }
    }
}
