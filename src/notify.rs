//! Notifies people of the messages that matter: saved queries that ring through the terminal, the desktop, chat
//! robots, webhooks and programs.
//!
//! An alert follows the archive with a bookmark for each of its ways ([`ringer`]): no message is lost, and
//! after a kill at most one notification is repeated, with the same id. What to notify of and when is decided
//! without a clock ([`gather`], [`quiet`]).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::archive::Archive;
use crate::reason::Reason;
use crate::record::{Record, Seq};
use crate::text;
use crate::weibo::hex;
use crate::worker;

pub mod alert;
pub mod closing;
pub mod delivery;
pub mod gather;
pub mod notice;
mod program;
pub mod quiet;
mod retry;
mod ringer;
pub mod robot;
pub mod silence;
pub mod template;
mod trouble;
mod web;

use alert::{Alert, Way};
use closing::ClosingWatch;
use delivery::{AlertSender, AlertWay};
use gather::Told;
use ringer::Ringer;
use trouble::Watcher;

/// The maximum width of a message's text in a notification, in cells.
const WORDS: usize = 120;

/// The running alerts.
#[derive(Debug)]
pub struct Notifying {
    ringers: JoinSet<()>,
    /// Cancels the alerts when it is dropped, so that none goes on when weibox breaks off.
    stop: DropGuard,
}

impl Notifying {
    /// Starts the alerts. A new one begins behind the message `begin`; faults of weibox itself come through
    /// `told`.
    pub fn start(
        archive: &Archive,
        alerts: &[Alert],
        begin: Seq,
        delivery: &AlertSender,
        told: &watch::Receiver<Option<Reason>>,
        now: fn() -> DateTime<Utc>,
    ) -> Self {
        let (mut ringers, stop) = (JoinSet::new(), CancellationToken::new());
        for alert in alerts {
            let alert = Arc::new(alert.clone());
            for way in alert.by.iter().filter(|way| !matches!(way, Way::Terminal)) {
                let to = AlertWay { alert: Arc::clone(&alert), way: way.clone(), delivery: delivery.clone(), now };
                if alert.has_trouble {
                    let watcher = Watcher { to: to.clone(), told: told.clone() };
                    ringers.spawn(keep_watching(watcher, stop.clone()));
                }
                let Some(query) = alert.query.clone() else { continue };
                if let Some(quiet) = alert.pace.quiet {
                    let (to, query, archive) = (to.clone(), query.clone(), archive.clone());
                    ringers.spawn(keep_warning(ClosingWatch { to, query, quiet, archive }, stop.clone()));
                }
                let ringer = Ringer { to, query, archive: archive.clone(), begin };
                ringers.spawn(keep_ringing(ringer, stop.clone()));
            }
        }
        Self { ringers, stop: stop.drop_guard() }
    }

    /// Stops the alerts; a notification that is under way is repeated after the next start.
    pub async fn end(self) {
        let Self { mut ringers, stop } = self;
        drop(stop);
        while ringers.join_next().await.is_some() {}
    }
}

async fn keep_ringing(ringer: Ringer, stop: CancellationToken) {
    let of = ("an alert", ringer.to.alert.name.as_str());
    worker::keep_trying(of, &stop, || ringer.clone().run(stop.clone())).await;
}

async fn keep_warning(closing: ClosingWatch, stop: CancellationToken) {
    let of = ("an alert", closing.to.alert.name.as_str());
    worker::keep_trying(of, &stop, || closing.clone().run(stop.clone())).await;
}

async fn keep_watching(watcher: Watcher, stop: CancellationToken) {
    worker::keep_running("an alert", &stop, || watcher.clone().run(stop.clone())).await;
}

/// Returns the part of a message that a notification may contain, with this name of its sender.
pub fn told(record: &Record, name: Option<&str>) -> Told {
    let words = text::cut(&text::line(&record.message.text), WORDS).into_owned();
    let name = name.map(|name| text::line(name).into_owned());
    Told { seq: record.seq, sender: record.message.sender_id, name, words }
}

/// Returns a short id for a text, which is the same each time.
fn id(of: &str) -> String {
    use sha2::{Digest as _, Sha256};
    hex(Sha256::digest(of.as_bytes()).get(..12).unwrap_or_default())
}
