//! How the process goes that holds the archive, as one JSON object: what `weibox status` asks it for over its socket.

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::attach::{Watches, Welcome};

/// What the status is made of.
pub(super) struct Facts {
    /// What dashboards see, too.
    pub(super) watches: Watches,
    /// What dashboards are told at first.
    pub(super) welcome: Welcome,
    /// How many dashboards are attached.
    pub(super) attached: watch::Receiver<usize>,
    /// The URL of each account.
    pub(super) urls: Vec<String>,
    /// When the process began to listen.
    pub(super) since: chrono::DateTime<chrono::Utc>,
}

/// The status. Scripts rely on the keys.
pub(super) fn value(facts: &Facts) -> Value {
    json!({
        "serving": true,
        "pid": facts.welcome.pid,
        "version": facts.welcome.version,
        "since": facts.since,
        "listen": facts.urls,
        "seq": facts.watches.committed.borrow().seq,
        "attached": *facts.attached.borrow(),
    })
}
