//! The cluster: what comes to one node is on the others within a moment, by a stream of NATS (`JetStream`) that keeps it on several
//! servers.
//!
//! Every node is a whole weibox. A callback is on this disk before anything else is done with it; then the stream is told
//! ([`Quorum`]), and only then is it answered, or after [`quorum::PATIENCE`]. What the stream did not confirm is told again by the
//! [`teller`]. The [`follower`] applies what the stream has, in its order, to this archive. So the stream replicates, each archive is
//! a copy with a search of its own, and a node that is cut off goes on. Without `[cluster]` in the settings nothing of this runs.

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
mod error;
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
pub use error::Error;
pub use quorum::{FirstAnswer, Publication, Quorum};
pub use stream::{StreamFacts, describe, init};
pub use survey::{HeardNode, ServerSync, Survey, survey, sync};

use board::NodeBoard;
use link::StreamLink;

named! {
    /// What the answer to Weibo waits for, once a message is on this disk.
    pub enum AckMode {
        /// The stream has it on more than half of its servers, or a second has passed.
        Quorum "quorum",
        /// Nothing.
        Local "local",
    }
}

/// What a node goes by.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// The servers; at least one.
    pub urls: Vec<Url>,
    /// What the stream is called.
    pub stream: String,
    /// What this node is called.
    pub node: String,
    /// What the answer to Weibo waits for.
    pub ack: AckMode,
    /// How long the stream keeps what it has.
    pub keep: TimeDelta,
    /// The servers' user.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<SecretString>,
    /// The authorities that the servers' certificates are checked with; those of the system without it.
    pub tls_ca: Option<PathBuf>,
    /// The certificate that this node shows, and its key.
    pub tls_identity: Option<(PathBuf, PathBuf)>,
    /// Where the servers tell how they keep what they have.
    pub monitor: Vec<Url>,
    /// Older messages are removed here, and so not asked for.
    pub max_age: Option<TimeDelta>,
    /// Messages may be so long, in bytes.
    pub body_limit: usize,
}

/// What all parts of a node share.
struct Node {
    archive: Archive,
    settings: ClusterSettings,
    policy: Policy,
    now: fn() -> DateTime<Utc>,
    board: Arc<NodeBoard>,
    /// Where the listener finds the way to the stream.
    link: watch::Sender<Option<StreamLink>>,
}

/// A node at work. Dropping it leaves it running until its `stop`.
#[derive(Debug)]
pub struct ClusterNode {
    /// Where the listener has messages confirmed.
    pub quorum: Quorum,
    /// How it goes.
    pub status: watch::Receiver<ClusterStatus>,
    /// Who answers whom, by node.
    pub claims: watch::Receiver<NodeClaims>,
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl ClusterNode {
    /// Joins, and follows until `stop`. What is downloaded of messages of others says the `policy`.
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

    /// Stops, and waits for what is under way.
    pub async fn end(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the cluster ended badly");
        }
    }
}
