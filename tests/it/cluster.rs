//! Several nodes on one stream: three NATS servers and weibox, all real processes that are killed and stopped.

mod cut;
mod doctor;
mod drills;
mod events;
mod filling;
mod gaps;
mod nodes;
mod package;
mod servers;
mod tls;

use async_nats::HeaderMap;
use weibox::attach::{Order, Outcome, client};
use weibox::dashboard::orders::ArchiveChange;
use weibox::record::page::{Mark, Selection};

use crate::support::{Home, message, wait_for};

use nodes::{Cluster, status};
use servers::Servers;

/// Sends an order to a node.
fn order(home: &Home, order: Order) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client::ask(&home.data_dir(), order)).unwrap()
}

/// Publishes an event that is not weibox's.
fn publish(servers: &Servers, subject: &'static str, headers: &[(&'static str, &'static str)], body: Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = async_nats::connect(servers.urls()).await.unwrap();
        let context = async_nats::jetstream::new(client);
        let headers = headers.iter().fold(HeaderMap::new(), |mut all, (name, value)| {
            all.insert(*name, *value);
            all
        });
        context.publish_with_headers(subject, headers, body.into()).await.unwrap().await.unwrap();
    });
}

#[test]
fn ten_megabytes_of_garbage_hold_nothing_up() {
    let servers = Servers::start_with(1, "max_payload: 12582912");
    let cluster = Cluster::join(&servers, 2);
    let garbage = vec![0xff; 10 << 20];
    publish(&servers, "weibox.in.main", &[], garbage.clone());
    publish(&servers, "weibox.in.main", &[("Weibox-Format", "1"), ("Weibox-Received", "1")], garbage.clone());
    publish(&servers, "weibox.marks.main", &[("Weibox-Format", "1")], garbage);
    cluster.post(0, &message("after the garbage"));
    cluster.wait_until_equal(1);
    wait_for("the strange events told", || (0..2).all(|node| status(cluster.home(node))["strange"] == 3));
}

#[test]
fn what_comes_to_one_node_is_on_all_of_them() {
    let servers = Servers::start(3);
    let mut cluster = Cluster::join(&servers, 2);
    let late = cluster.add(&servers, &["--no-listen"]);

    // A message sent to both nodes is one message with two deliveries.
    for number in 0..20 {
        cluster.post(number % 2, &message(&format!("number {number}")));
    }
    cluster.post(0, &message("to both"));
    cluster.post(1, &message("to both"));
    cluster.post(1, &message("to both"));
    let lines = cluster.wait_until_equal(21);
    let both = lines.iter().find(|line| line.contains("to both")).unwrap();
    assert!(both.contains(r#""deliveries":3"#), "{both}");

    // A mark on one node reaches all nodes.
    let seq = cluster.home(late).records()[3].seq;
    let text = cluster.home(late).records()[3].message.text.clone();
    let marked =
        order(cluster.home(late), Order::Change(ArchiveChange::Mark(Selection::Seqs(vec![seq]), Mark::Starred)));
    assert_eq!(marked, Outcome::Count(1));
    let is_starred =
        |home: &Home| home.records().iter().any(|record| record.marks.is_starred && record.message.text == text);
    wait_for("the mark on the others", || [0, 1].iter().all(|node| is_starred(cluster.home(*node))));

    // Foreign events are skipped and reported, and block nothing.
    publish(&servers, "weibox.in.main", &[], b"garbage".to_vec());
    publish(&servers, "weibox.in.main", &[("Weibox-Format", "1"), ("Weibox-Copies", "x")], vec![b'x'; 900_000]);
    publish(&servers, "weibox.marks.main", &[("Weibox-Format", "1")], b"{\"delete\":[]}".to_vec());
    cluster.post(0, &message("after the garbage"));
    cluster.wait_until_equal(22);
    // The status of a node lags by some moments, and so does what the others report about themselves.
    wait_for("the strange events told", || {
        let told = status(cluster.home(late)).to_string();
        told.contains("STRANGE_EVENT") && told.contains(r#""strange":3"#)
    });
    wait_for("the nodes up to date", || {
        let line = cluster.home(0).output(&["cluster", "status"], &[]);
        String::from_utf8(line.stdout).unwrap().contains("3 of 3 up to date")
    });
}
