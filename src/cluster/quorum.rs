//! Where the listener has a message confirmed that is on this disk, before it answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::AckMode;
use super::board::NodeBoard;
use super::envelope::Envelope;
use super::link::StreamLink;
use crate::archive::Arrival;
use crate::record::cluster::ClusterStanding;

/// How long an answer waits for the stream. Weibo hangs up after five seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// The way to the stream, for whoever keeps messages. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Quorum {
    node: Arc<str>,
    ack: AckMode,
    link: watch::Receiver<Option<StreamLink>>,
    board: Arc<NodeBoard>,
}

/// A message that the stream is to have.
#[derive(Debug)]
pub struct Publication(Envelope);

impl Quorum {
    pub(super) fn new(
        node: String,
        ack: AckMode,
        link: watch::Receiver<Option<StreamLink>>,
        board: Arc<NodeBoard>,
    ) -> Self {
        Self { node: node.into(), ack, link, board }
    }

    /// What the stream is told of a message, before the archive takes it over.
    #[must_use]
    pub fn prepare(&self, arrival: &Arrival) -> Publication {
        Publication(Envelope::of_arrival(arrival, &self.node))
    }

    /// Tells the stream of a message that is on this disk, and returns when more than half of its servers have it; or at once
    /// while they cannot be had, and after [`PATIENCE`] at the latest. What it did not confirm is told again, and again.
    pub async fn confirm(&self, publication: Publication) {
        let link = self.link.borrow().clone().filter(|_| self.board.standing() == ClusterStanding::Whole);
        let Some(link) = link else {
            self.board.change(|status| status.kept_here += 1);
            self.board.nudge.notify_one();
            return;
        };
        match self.ack {
            AckMode::Quorum => {
                if !self.tell(&link, publication).await {
                    self.board.change(|status| status.kept_here += 1);
                }
            }
            AckMode::Local => {
                let quorum = self.clone();
                tokio::spawn(async move { quorum.tell(&link, publication).await });
            }
        }
    }

    /// Returns whether the stream has it.
    async fn tell(&self, link: &StreamLink, Publication(envelope): Publication) -> bool {
        let mut status = self.board.status();
        let told = async {
            let subject = envelope.subject.clone();
            link.streams.send_publish(subject, envelope.message()).await?.await
        };
        let told = tokio::select! {
            told = timeout(PATIENCE, told) => told,
            // Somebody has found out already that nobody answers.
            _ = status.wait_for(|status| status.standing != ClusterStanding::Whole) => return false,
        };
        match told {
            Ok(Ok(ack)) => {
                self.board.see(ack.sequence);
                self.board.change(|status| status.confirmed += 1);
                return true;
            }
            Ok(Err(error)) => tracing::warn!(%error, "the stream was told of a message in vain"),
            Err(_elapsed) => tracing::warn!("the stream did not confirm a message in time"),
        }
        self.board.stand(ClusterStanding::Alone);
        false
    }
}
