//! Names of senders: those of senders on the screen are requested from Weibo once and stored in the archive with
//! their date.
//!
//! Nothing is requested while there is no token or while names are off. One call is under way at a time ([`worker`]).
//! Callers never wait for a name: it appears when the page is loaded again.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::Archive;
use crate::web::AccountToken;
use crate::weibo::UserId;

mod call;
mod worker;

use worker::NameWorker;

/// The maximum number of senders that wait for a call; further ones are dropped, and wanted again when they are on
/// the screen.
pub const WAITING: usize = 512;

/// A sender whose name is wanted: the account that received the message, and the user ID.
pub type WantedName = (String, UserId);

named! {
    /// The senders whose names are requested.
    #[derive(Default)]
    pub enum NamePolicy {
        /// No senders.
        Off "off",
        /// Senders on the screen.
        #[default]
        Shown "shown",
        /// All senders.
        All "all",
    }
}

/// Settings for requesting names.
#[derive(Debug)]
pub struct NameSettings {
    /// Senders whose names are requested.
    pub policy: NamePolicy,
    /// URL to call.
    pub url: Url,
    /// Tokens of the accounts; the first also serves messages that belong to no account.
    pub tokens: Vec<AccountToken>,
}

/// Queue for names to look up. Cheap to clone.
#[derive(Debug, Clone)]
pub struct NameDoor {
    /// `None` while names are off.
    wanted: Option<mpsc::Sender<WantedName>>,
}

impl NameDoor {
    /// Queues senders whose names are to be looked up, without waiting.
    pub fn want(&self, people: impl IntoIterator<Item = WantedName>) {
        let Some(wanted) = &self.wanted else { return };
        for person in people {
            // Senders that the queue has no room for are wanted again when they are on the screen.
            if wanted.try_send(person).is_err() {
                return;
            }
        }
    }
}

/// Spawns the task that requests names, until `stop`.
pub fn start(
    archive: &Archive,
    settings: NameSettings,
    now: fn() -> DateTime<Utc>,
    stop: &CancellationToken,
) -> NameDoor {
    if settings.policy == NamePolicy::Off {
        return NameDoor { wanted: None };
    }
    let (wanted_tx, wanted) = mpsc::channel(WAITING);
    let worker = NameWorker::new(archive.clone(), settings, wanted, now);
    // The task need not be joined: a call that it leaves unfinished is made again.
    drop(tokio::spawn(keep_asking(Arc::new(Mutex::new(worker)), stop.clone())));
    NameDoor { wanted: Some(wanted_tx) }
}

async fn keep_asking(worker: Arc<Mutex<NameWorker>>, stop: CancellationToken) {
    let run = || {
        let (worker, stop) = (Arc::clone(&worker), stop.clone());
        async move { worker.lock().await.run(&stop).await }
    };
    crate::worker::keep_running("asking for names", &stop, run).await;
}
