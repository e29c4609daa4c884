//! How the servers keep what they have, which only their monitoring tells.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::cluster::ClusterSettings;

/// How long a server may take to tell.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a server tells; of it what is of interest.
#[derive(Debug, Deserialize)]
struct Vars {
    server_name: String,
    version: String,
    jetstream: Option<Streams>,
}

#[derive(Debug, Deserialize)]
struct Streams {
    config: Option<Store>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Store {
    /// Nanoseconds.
    sync_interval: Option<u64>,
    sync_always: bool,
}

/// When a server writes to its disk. `Display` and JSON say it in words of its own: `n1 (2.9.10): after 120 s`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSync {
    /// What it is called.
    pub name: String,
    /// Which nats-server it is.
    pub version: String,
    /// How long after it has answered; `None` when it writes before.
    pub after: Option<Duration>,
}

impl fmt::Display for ServerSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): ", self.name, self.version)?;
        match self.after {
            Some(after) => write!(f, "after {} s", after.as_secs()),
            None => f.write_str("always"),
        }
    }
}

impl Serialize for ServerSync {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// When each server writes to its disk; `None` where nobody is to be asked.
pub async fn sync(settings: &ClusterSettings) -> Option<Vec<ServerSync>> {
    if settings.monitor.is_empty() {
        return None;
    }
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().ok()?;
    let mut told = Vec::new();
    for url in &settings.monitor {
        let Ok(url) = url.join("varz") else { continue };
        let Ok(answer) = client.get(url).send().await else { continue };
        let Ok(bytes) = answer.bytes().await else { continue };
        let Ok(Vars { server_name, version, jetstream }) = serde_json::from_slice(&bytes) else { continue };
        let Store { sync_interval, sync_always } = jetstream.and_then(|streams| streams.config).unwrap_or_default();
        // An older one says nothing, and does so every two minutes.
        let after = (!sync_always).then(|| Duration::from_nanos(sync_interval.unwrap_or(120_000_000_000)));
        told.push(ServerSync { name: server_name, version, after });
    }
    Some(told)
}
