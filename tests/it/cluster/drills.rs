//! Nodes and servers killed, stopped and robbed of what they had, under load: what was answered is on every node, once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::nodes::Cluster;
use super::servers::Servers;
use crate::support::{message, wait_for};

/// The variable that says how often something is killed in each drill.
const KILLS: &str = "WEIBOX_TEST_CLUSTER_KILLS";
/// How often without it.
const USUAL: usize = 2;
/// The longest that an answer may take.
const SLOWEST: Duration = Duration::from_secs(2);

fn kills() -> usize {
    std::env::vars().find(|(name, _)| name == KILLS).map_or(USUAL, |(_, times)| times.parse().unwrap())
}

#[test]
fn a_killed_node_costs_nothing() {
    let servers = Servers::start(3);
    let mut cluster = Cluster::join(&servers, 3);
    let mut answered = 0;
    for round in 0..kills() {
        let victim = round % 3;
        // What is on its way as it dies is sent again elsewhere.
        for number in 0..15 {
            assert!(cluster.try_post(number, &message(&format!("round {round} number {number}"))));
            answered += 1;
            if number == 7 {
                cluster.kill(victim);
            }
        }
        cluster.go_on(victim);
        cluster.wait_until_whole(victim);
    }
    cluster.wait_until_equal(answered);
}

#[test]
fn servers_that_die_stop_or_forget_cost_nothing() {
    let mut servers = Servers::start(3);
    let cluster = Cluster::join(&servers, 3);
    let answered = Mutex::new(0);
    let post = |n: usize, words: &str| {
        for number in 0..n {
            let took = cluster.post(number % 3, &message(&format!("{words} {number}")));
            assert!(took <= SLOWEST, "{words} {number} took {took:?}");
            *answered.lock().unwrap() += 1;
        }
    };
    for round in 0..kills() {
        let victim = round % 3;
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (is_over, post) = (&is_over, &post);
            scope.spawn(move || {
                for batch in 0.. {
                    post(3, &format!("round {round} batch {batch}"));
                    if is_over.load(Ordering::Relaxed) {
                        return;
                    }
                }
            });
            if round % 2 == 0 {
                servers.kill(victim);
            } else {
                servers.signal(victim, "STOP");
            }
            wait_for("all nodes without it", || {
                (0..3).all(|node| super::nodes::status(cluster.home(node))["standing"] == "whole")
            });
            if round % 2 == 0 {
                servers.go_on(victim);
            } else {
                servers.signal(victim, "CONT");
            }
            is_over.store(true, Ordering::Relaxed);
        });
    }
    cluster.wait_until_equal(*answered.lock().unwrap());

    // Without a quorum everything is kept where it came.
    servers.kill(0);
    servers.kill(1);
    post(9, "without a quorum");
    wait_for("a node that knows", || super::nodes::status(cluster.home(0))["standing"] == "alone");
    servers.go_on(0);
    servers.go_on(1);
    cluster.wait_until_equal(*answered.lock().unwrap());

    // All stores gone: the stream is made again from the archives.
    for index in 0..3 {
        servers.kill(index);
        servers.forget(index);
    }
    post(3, "without a server");
    (0..3).for_each(|index| servers.go_on(index));
    let n = *answered.lock().unwrap();
    wait_for("a stream that has everything", || {
        super::nodes::status(cluster.home(1))["last"].as_u64() >= Some(n as u64)
    });
    post(3, "after all");
    cluster.wait_until_equal(n + 3);
}
