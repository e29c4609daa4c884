//! Notifies of faults of weibox itself. They matter now: a notice that could not be delivered within the hour
//! is dropped.

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::delivery::AlertWay;
use super::gather::LATE;
use super::notice::Occasion;
use crate::reason::{Reason, alerts};

/// The maximum number of beginnings and ends of faults that wait while another one is being delivered.
const WAITING: usize = 64;

/// Notifies of faults in one way.
#[derive(Clone)]
pub(super) struct Watcher {
    pub(super) to: AlertWay,
    /// Faults of weibox itself as they begin and end.
    pub(super) told: watch::Receiver<Option<Reason>>,
}

impl Watcher {
    /// Runs until `stop`, or until the channel closes. A fault that begins or ends while another is being
    /// delivered waits, so that neither is missed.
    pub(super) async fn run(self, stop: CancellationToken) {
        let (waiting_tx, mut waiting) = mpsc::channel(WAITING);
        let mut told = self.told.clone();
        let collect = async {
            while told.changed().await.is_ok() {
                let reason = told.borrow_and_update().clone();
                let Some(reason) = reason.filter(|reason| !self.is_about_this(reason)) else { continue };
                if waiting_tx.try_send((reason, (self.to.now)())).is_err() {
                    tracing::error!(alert = %self.to.alert.name, "too much is wrong to be told");
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

    /// Returns whether the fault is that this very channel takes no alerts, which it need not be told.
    fn is_about_this(&self, reason: &Reason) -> bool {
        [alerts::CHANNEL_SILENT, alerts::CHANNEL_WORKS].contains(&reason.code)
            && reason.text(1) == Some(self.to.way.name())
    }

    /// Delivers a notice, and retries until it is taken or late.
    async fn tell(&self, reason: Reason, begun_at: DateTime<Utc>) {
        let id = self.to.id(&format!("{}\n{begun_at}", reason.code.name()));
        let notice = self.to.notice(id, Occasion::Trouble(reason));
        self.to.insist(&notice, begun_at, begun_at + LATE).await;
    }
}
