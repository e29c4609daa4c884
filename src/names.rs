//! The names of senders: those that somebody looked at are asked for at Weibo, once, and kept in the archive with their date.
//!
//! Nothing is asked while there is no token or while names are off. One call is under way at a time ([`worker`]); whoever
//! wants a name never waits for it: it is there with the next page.

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

/// The most senders that wait to be asked for; with more, the next are not, and are wanted again when somebody looks.
pub const WAITING: usize = 512;

/// Somebody whose name is wanted: the account that knows them, and who.
pub type WantedName = (String, UserId);

named! {
    /// Whose names are asked for.
    #[derive(Default)]
    pub enum NamePolicy {
        /// Nobody's.
        Off "off",
        /// Those of the senders that somebody looks at.
        #[default]
        Shown "shown",
        /// Those of everybody who writes.
        All "all",
    }
}

/// What names are asked for by.
#[derive(Debug)]
pub struct NameSettings {
    /// Whose.
    pub policy: NamePolicy,
    /// Where.
    pub url: Url,
    /// Those of the accounts; the first has also what belongs to none.
    pub tokens: Vec<AccountToken>,
}

/// Where names are wanted. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct NameDoor {
    /// `None` while names are off.
    wanted: Option<mpsc::Sender<WantedName>>,
}

impl NameDoor {
    /// Has names asked for, unless they are known; does not wait.
    pub fn want(&self, people: impl IntoIterator<Item = WantedName>) {
        let Some(wanted) = &self.wanted else { return };
        for person in people {
            // Those that there is no room for are wanted again when somebody looks.
            if wanted.try_send(person).is_err() {
                return;
            }
        }
    }
}

/// Starts asking for names that are wanted, until `stop`.
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
    // What it is at when it ends is asked for again.
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
