//! A new node reads the stream in long batches, receives callbacks meanwhile, and dies during one.

use async_nats::HeaderMap;
use weibox::weibo::identity::{MessageId, identity};
use weibox::weibo::wire;

use super::nodes::Cluster;
use super::servers::Servers;
use crate::support::message;

/// More messages than a node gathers for a long batch.
const MESSAGES: usize = 12_000;
/// The number of callbacks.
const CALLS: usize = 30;

/// Publishes messages as if from a node that is gone.
fn publish(servers: &Servers) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let context = async_nats::jetstream::new(async_nats::connect(servers.urls()).await.unwrap());
        let mut under_way = Vec::new();
        for number in 0..MESSAGES {
            let body = message(&format!("number {number}")).into_bytes();
            let id = MessageId(identity(&wire::parse(&body), &body)).to_string();
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", id);
            let more = [("Format", "1"), ("Received", "1767225600000"), ("Verified", "1"), ("Copies", "gone=1")];
            for (name, value) in more {
                headers.insert(format!("Weibox-{name}"), value);
            }
            under_way.push(context.publish_with_headers("weibox.in.main", headers, body.into()).await.unwrap());
            if under_way.len() == 1_000 {
                for one in under_way.drain(..) {
                    one.await.unwrap();
                }
            }
        }
    });
}

#[test]
fn a_new_node_that_is_called_and_killed_while_it_fills_answers_and_has_everything_once() {
    let servers = Servers::start(1);
    let mut cluster = Cluster::join(&servers, 1);
    publish(&servers);
    let new = cluster.add(&servers, &[]);
    cluster.kill(new);
    cluster.go_on(new);
    let calls = (0..CALLS).map(|number| cluster.post(new, &message(&format!("call {number}"))));
    let slowest = calls.max().unwrap();
    assert!(slowest.as_secs() < 2, "{slowest:?}");
    cluster.equal_after(MESSAGES + CALLS);
    let log = cluster.home(new).log();
    assert!(!log.contains("could not be written"), "{log}");
}
