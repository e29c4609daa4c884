//! Tells of what is wrong with weibox itself. It matters now: what could not be told within the hour is dropped.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::alert::{Alert, Way};
use super::delivery::AlertSender;
use super::gather::LATE;
use super::notice::{Notice, Occasion};
use super::retry::Retry;
use crate::reason::{Reason, alerts};

/// What tells of trouble in one way.
#[derive(Clone)]
pub(super) struct Watcher {
    pub(super) alert: Arc<Alert>,
    pub(super) way: Way,
    pub(super) delivery: AlertSender,
    /// What is wrong, or not any more; the newest replaces the one before.
    pub(super) told: watch::Receiver<Option<Reason>>,
    pub(super) now: fn() -> DateTime<Utc>,
}

impl Watcher {
    /// Works until `stop`, or until nothing can come any more.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        loop {
            match stop.run_until_cancelled(self.told.changed()).await {
                Some(Ok(())) => {}
                Some(Err(_)) | None => return,
            }
            let Some(reason) = self.told.borrow_and_update().clone() else { continue };
            if stop.run_until_cancelled(self.tell(reason)).await.is_none() {
                return;
            }
        }
    }

    /// Tells, again and again until it is taken, replaced or late.
    async fn tell(&mut self, reason: Reason) {
        let begun_at = (self.now)();
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
            let pause = (retry.next_at - now).to_std().unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // Marked as not seen, so that the loop above takes it.
                changed = self.told.changed() => {
                    if changed.is_ok() {
                        self.told.mark_changed();
                    }
                    return;
                }
            }
        }
    }
}
