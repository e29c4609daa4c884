//! How the servers keep what they have, which only their monitoring tells.

use std::time::Duration;

use serde::Deserialize;

use super::ClusterSettings;

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

/// When each server writes to its disk, in words of its own: `n1 (2.9.10): after 120 s`; `None` where nobody is to be asked.
pub async fn sync(settings: &ClusterSettings) -> Option<Vec<String>> {
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
        let seconds = Duration::from_nanos(sync_interval.unwrap_or(120_000_000_000)).as_secs();
        let when = if sync_always { "always".to_owned() } else { format!("after {seconds} s") };
        told.push(format!("{server_name} ({version}): {when}"));
    }
    Some(told)
}
