//! Looks at the cluster from outside: the servers, the stream, and the nodes that are heard. Joins nothing
//! and changes nothing.

use chrono::{DateTime, TimeDelta, Utc};

use super::ClusterSettings;
use super::link::connect;
use super::presence::{APART, hear};
use super::stream::{StreamFacts, facts_of};
use crate::reason::Fault;

pub use monitor::{ServerSync, sync};

mod monitor;

/// The result of a survey.
#[derive(Debug)]
pub struct Survey {
    /// Version of the nats-server that accepted the connection.
    pub server_version: String,
    /// The maximum size of an event that it accepts, in bytes.
    pub max_payload: usize,
    /// The stream, or why this node cannot use one.
    pub stream: Result<StreamFacts, Fault>,
    /// The nodes that were heard, by name.
    pub nodes: Vec<HeardNode>,
}

/// A node that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardNode {
    /// Name of the node.
    pub name: String,
    /// Difference between its clock and ours.
    pub apart: TimeDelta,
}

impl HeardNode {
    /// Returns whether one of the clocks is wrong.
    pub fn is_apart(&self) -> bool {
        self.apart > APART
    }
}

/// Surveys the servers and the stream, and listens to the nodes, which takes some seconds.
///
/// # Errors
///
/// When no server accepted the connection.
pub async fn survey(settings: &ClusterSettings, now: fn() -> DateTime<Utc>) -> Result<Survey, Fault> {
    let link = connect(settings).await?;
    let stream = facts_of(&link, settings).await;
    let heard = hear(&link, &settings.stream, now).await;
    let nodes = heard.into_iter().map(|((name, _), apart)| HeardNode { name, apart }).collect();
    let server_version = link.client.server_info().version;
    Ok(Survey { server_version, max_payload: link.client.max_payload(), stream, nodes })
}
