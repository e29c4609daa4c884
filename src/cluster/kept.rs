//! What the stream cannot be told goes to the other nodes directly, as long as any server passes it on: an election among the servers takes
//! up to ten seconds, and until then every node has it all the same. The stream is told when it can be, and only then is it sure.

use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _};

use super::Node;
use super::envelope;
use super::link::StreamLink;

/// So many are applied at once.
const APPLIED: usize = 200;

/// Where nodes say what they keep.
pub(super) fn subject(stream: &str) -> String {
    format!("weibox.kept.{stream}")
}

/// Hears what other nodes keep until it is dropped, or until it cannot.
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
            // What is none of weibox's is no event of the stream, and nothing waits for it.
            let read = batch.iter().map(|one| envelope::read(one.headers.as_ref(), &one.payload, &policy, 0));
            read.filter_map(Result::ok).collect::<Vec<_>>()
        });
        let Ok(messages) = read.await else { continue };
        if let Err(error) = node.archive.keep_of_others(messages).await {
            tracing::error!(%error, "what another node keeps was not kept here");
        }
    }
}
