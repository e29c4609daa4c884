//! Confirmation by the cluster: before the listener answers, the stream confirms a message that is on this
//! disk.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::publish::PublishAck;
use tokio::sync::watch;
use tokio::time::timeout;

use super::AckMode;
use super::board::NodeBoard;
use super::envelope::{Envelope, REPLY, unquoted};
use super::link::StreamLink;
use crate::archive::{Arrival, Stored};
use crate::record::cluster::ClusterStanding;

/// How long an answer waits for the stream, if it has that much time left.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// How long an answer waits for the stream's copy of a message that was published before.
const READING: Duration = Duration::from_millis(500);

/// Publishes the messages that this node stores to the stream. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Quorum {
    node: Arc<str>,
    ack: AckMode,
    link: watch::Receiver<Option<StreamLink>>,
    board: Arc<NodeBoard>,
}

/// A message to be published to the stream.
#[derive(Debug)]
pub struct Publication(Envelope);

/// The body of the reply that another node gave to a message; `None` for an empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstAnswer(pub Option<String>);

impl Quorum {
    pub(super) fn new(
        node: String,
        ack: AckMode,
        link: watch::Receiver<Option<StreamLink>>,
        board: Arc<NodeBoard>,
    ) -> Self {
        Self { node: node.into(), ack, link, board }
    }

    /// Prepares the publication of a message, before the archive takes it over.
    pub fn prepare(&self, arrival: &Arrival) -> Publication {
        Publication(Envelope::of_arrival(arrival, &self.node))
    }

    /// Publishes a message that is on this disk to the stream, and returns when more than half of its servers
    /// have it; or at once while these are unavailable, and after [`PATIENCE`] at the latest. A message that
    /// the stream did not confirm is published again until it is confirmed.
    ///
    /// Returns the reply to the message if another node had it first and this node had not heard of it: Weibo
    /// gets the same reply again.
    pub async fn confirm(&self, mut publication: Publication, stored: &Stored) -> Option<FirstAnswer> {
        let is_new = stored.deliveries == 1;
        if !is_new {
            // An earlier version may have stored it under another identity, by which the other nodes know it.
            publication.0.identify(&stored.identity);
        }
        let link = self.link.borrow().clone().filter(|_| self.board.standing() == ClusterStanding::Whole);
        let Some(link) = link else {
            self.board.count(|status| status.kept_here += 1);
            self.board.nudge.notify_one();
            return None;
        };
        match self.ack {
            AckMode::Quorum => {
                let Some(ack) = self.tell(&link, publication).await else {
                    self.board.count(|status| status.kept_here += 1);
                    return None;
                };
                if ack.duplicate && is_new { first_answer(&link, &ack).await } else { None }
            }
            AckMode::Local => {
                let quorum = self.clone();
                tokio::spawn(async move { quorum.tell(&link, publication).await });
                None
            }
        }
    }

    /// Returns the place that the stream confirms; `None` without a confirmation.
    async fn tell(&self, link: &StreamLink, Publication(envelope): Publication) -> Option<PublishAck> {
        let told = async {
            let subject = envelope.subject.clone();
            link.streams.send_publish(subject, envelope.message()).await?.await
        };
        let told = tokio::select! {
            told = timeout(PATIENCE, told) => told,
            // Another task has found that no server answers.
            () = self.board.fails() => return None,
        };
        match told {
            Ok(Ok(ack)) => {
                self.board.see(ack.sequence);
                self.board.count(|status| status.confirmed += 1);
                return Some(ack);
            }
            Ok(Err(error)) => tracing::warn!(%error, "the stream was told of a message in vain"),
            Err(_elapsed) => tracing::warn!("the stream did not confirm a message in time"),
        }
        self.board.stand(ClusterStanding::Alone);
        None
    }
}

/// Returns the reply to a message that the stream already has.
async fn first_answer(link: &StreamLink, ack: &PublishAck) -> Option<FirstAnswer> {
    let read =
        async { link.streams.get_stream_no_info(&ack.stream).await.ok()?.get_raw_message(ack.sequence).await.ok() };
    let first = timeout(READING, read).await.ok().flatten()?;
    Some(FirstAnswer(first.headers.get(REPLY).and_then(|reply| unquoted(reply.as_str()))))
}
