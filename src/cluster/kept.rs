//! Sends messages that the stream cannot take directly to the other nodes, while any server passes them on: an
//! election among the servers takes up to ten seconds, and every node has the messages all the same. They are
//! published to the stream once possible; only then are they safe.

use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _};

use super::Node;
use super::envelope;
use super::link::StreamLink;

/// The maximum number of messages that are applied at once.
const APPLIED: usize = 200;

/// Returns the subject on which nodes announce the messages that they keep.
pub(super) fn subject(stream: &str) -> String {
    format!("weibox.kept.{stream}")
}

/// Stores the messages that other nodes keep, until it is dropped or the subscription ends.
pub(super) async fn hear(node: Arc<Node>, link: StreamLink) {
    let Ok(mut heard) = link.client.subscribe(subject(&node.settings.stream)).await else { return };
    while let Some(first) = heard.next().await {
        let mut batch = vec![first];
        while batch.len() < APPLIED {
            let Some(Some(one)) = heard.next().now_or_never() else { break };
            batch.push(one);
        }
        let policy = node.policy.clone();
        let read = tokio::task::spawn_blocking(move || {
            // A message that is not weibox's is skipped: it is no event of the stream, and nothing waits for
            // it.
            let read = batch.iter().map(|one| envelope::read(one.headers.as_ref(), &one.payload, &policy, 0));
            read.filter_map(Result::ok).collect::<Vec<_>>()
        });
        let Ok(messages) = read.await else { continue };
        if let Err(error) = node.archive.keep_of_others(messages).await {
            tracing::error!(%error, "what another node keeps was not kept here");
        }
    }
}
