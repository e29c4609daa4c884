//! Reads when the servers sync what they store, which only their monitoring endpoint says.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::cluster::ClusterSettings;

/// The timeout of a request to a server.
const PATIENCE: Duration = Duration::from_secs(3);

/// The fields of interest of a server's `varz`.
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

/// When a server syncs to its disk. `Display` and JSON render it in words: `n1 (2.9.10): after 120 s`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSync {
    /// Name of the server.
    pub name: String,
    /// Version of its nats-server.
    pub version: String,
    /// The delay after its answer; `None` when it syncs before it answers.
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

/// Asks each server when it syncs to its disk; `None` where no monitoring address is set.
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
        // An older server does not report it, and syncs every two minutes.
        let after = (!sync_always).then(|| Duration::from_nanos(sync_interval.unwrap_or(120_000_000_000)));
        told.push(ServerSync { name: server_name, version, after });
    }
    Some(told)
}
