//! A look at all of it from outside: the servers, the stream, and the nodes that are heard. It joins nothing and changes nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::link::connect;
use super::presence::{APART, hear};
use super::stream::{StreamFacts, facts_of};
use super::{ClusterSettings, Error};

pub use monitor::{ServerSync, sync};

mod monitor;

/// What was found.
#[derive(Debug)]
pub struct Survey {
    /// Which nats-server the one is that took the connection.
    pub server_version: String,
    /// The longest event that it takes, in bytes.
    pub max_payload: usize,
    /// The stream, or why there is none for us.
    pub stream: Result<StreamFacts, Error>,
    /// Each node that was heard, by its name.
    pub nodes: Vec<HeardNode>,
}

/// A node that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardNode {
    /// What it is called.
    pub name: String,
    /// How far its clock and ours are apart.
    pub apart: TimeDelta,
}

impl HeardNode {
    /// Whether one of the clocks is wrong.
    pub fn is_apart(&self) -> bool {
        self.apart > APART
    }
}

/// Looks at servers and stream, and listens to the nodes, which takes some seconds.
///
/// # Errors
///
/// [`Error`], when no server took the connection.
pub async fn survey(settings: &ClusterSettings, now: fn() -> DateTime<Utc>) -> Result<Survey, Error> {
    let link = connect(settings).await?;
    let stream = facts_of(&link, settings).await;
    let heard: BTreeMap<_, _> = hear(&link, &settings.stream, now).await;
    let nodes = heard.into_iter().map(|((name, _), apart)| HeardNode { name, apart }).collect();
    let server_version = link.client.server_info().version;
    Ok(Survey { server_version, max_payload: link.client.max_payload(), stream, nodes })
}
