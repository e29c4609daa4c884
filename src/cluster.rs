//! The cluster: a message that reaches one node is on the others within a moment, through a NATS stream
//! (`JetStream`) that keeps it on several servers.
//!
//! Every node is a complete weibox. It first stores a callback on its own disk; then it tells the stream
//! ([`Quorum`]), and answers once the stream has confirmed, or after [`quorum::PATIENCE`]. The [`teller`]
//! publishes again what the stream did not confirm. The [`follower`] applies the events of the stream to this
//! archive, in their order. So the stream replicates, each archive is a copy with its own search, and a node
//! that is cut off goes on. Without `[cluster]` in the settings nothing of this runs.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::archive::Archive;
use crate::record::cluster::ClusterStatus;
use crate::record::policy::Policy;

mod board;
mod envelope;
mod event;
mod follower;
mod gaps;
mod kept;
mod link;
mod node;
mod presence;
mod quorum;
mod stream;
mod survey;
mod teller;

pub use board::NodeClaims;
pub use quorum::{FirstAnswer, Publication, Quorum};
pub use stream::{StreamFacts, describe, init};
pub use survey::{HeardNode, ServerSync, Survey, survey, sync};

use board::NodeBoard;
use link::StreamLink;

named! {
    /// What the answer to Weibo waits for once the message is on this disk.
    pub enum AckMode {
        /// The stream has the message on more than half of its servers, or a second has passed.
        Quorum "quorum",
        /// Nothing.
        Local "local",
    }
}

/// Settings of a node.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// URLs of the servers; at least one.
    pub urls: Vec<Url>,
    /// Name of the stream.
    pub stream: String,
    /// Name of this node.
    pub node: String,
    /// What the answer to Weibo waits for.
    pub ack: AckMode,
    /// How long the stream keeps its events.
    pub keep: TimeDelta,
    /// User name for the servers.
    pub user: Option<String>,
    /// Password of that user.
    pub password: Option<SecretString>,
    /// File of the authorities that check the servers' certificates; `None` for those of the system.
    pub tls_ca: Option<PathBuf>,
    /// Files of the certificate that this node shows, and of its key.
    pub tls_identity: Option<(PathBuf, PathBuf)>,
    /// URLs at which the servers report how they keep the stream.
    pub monitor: Vec<Url>,
    /// The maximum age of messages here. Older ones are removed, and not requested from other nodes.
    pub max_age: Option<TimeDelta>,
    /// The maximum length of a message in bytes.
    pub body_limit: usize,
}

/// State that all parts of a node share.
struct Node {
    archive: Archive,
    settings: ClusterSettings,
    policy: Policy,
    now: fn() -> DateTime<Utc>,
    board: Arc<NodeBoard>,
    /// Gives the listener the connection to the stream.
    link: watch::Sender<Option<StreamLink>>,
}

/// A running node. Dropping this leaves the node running until its `stop`.
#[derive(Debug)]
pub struct ClusterNode {
    /// Has the stream confirm the listener's messages.
    pub quorum: Quorum,
    /// Status of the cluster.
    pub status: watch::Receiver<ClusterStatus>,
    /// The claims of each node: who answers which sender.
    pub claims: watch::Receiver<NodeClaims>,
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl ClusterNode {
    /// Joins the cluster, and follows its stream until `stop`. The `policy` decides which media of other nodes'
    /// messages are downloaded here.
    pub fn start(
        archive: &Archive,
        settings: ClusterSettings,
        policy: Policy,
        now: fn() -> DateTime<Utc>,
        stop: &CancellationToken,
    ) -> Self {
        archive.replicate_as(&settings.node);
        let stop = stop.child_token();
        let board = Arc::new(NodeBoard::new(&settings.node));
        let (link_tx, link) = watch::channel(None);
        let quorum = Quorum::new(settings.node.clone(), settings.ack, link, Arc::clone(&board));
        let (status, claims) = (board.status(), board.claims());
        let node = Node { archive: archive.clone(), settings, policy, now, board, link: link_tx };
        let node = Arc::new(node);
        let until = stop.clone();
        let task = tokio::spawn(async move {
            crate::worker::keep_running("the cluster", &until, || node.run(&until)).await;
        });
        Self { quorum, status, claims, task, stop }
    }

    /// Stops the node and waits until its work has ended.
    pub async fn end(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the cluster ended badly");
        }
    }
}
