//! Nodes and servers killed, stopped and robbed of what they had, under load: what was answered is on every node, once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::nodes::{Cluster, status};
use super::servers::Servers;
use crate::support::{message, wait_for};

/// The variable that says how often something is killed in each drill. The figures of a drill are seen with `--nocapture`.
const KILLS: &str = "WEIBOX_TEST_CLUSTER_KILLS";
/// How often without it.
const USUAL: usize = 2;
/// The longest that an answer may take.
const SLOWEST: Duration = Duration::from_secs(2);

pub(super) fn kills() -> usize {
    std::env::vars().find(|(name, _)| name == KILLS).map_or(USUAL, |(_, times)| times.parse().unwrap())
}

/// What a drill came to.
#[derive(Debug, Default)]
struct Figures {
    answered: usize,
    slowest: Duration,
    /// How long after the end of each round all archives were equal.
    equal_after: Vec<Duration>,
}

impl Figures {
    fn answer(&mut self, took: Duration, words: &str) {
        assert!(took <= SLOWEST, "{words} took {took:?}");
        self.answered += 1;
        self.slowest = self.slowest.max(took);
    }

    fn end_round(&mut self, cluster: &Cluster) {
        let took = cluster.equal_after(self.answered);
        self.equal_after.push(took);
    }

    #[expect(clippy::print_stdout, reason = "the figures are read by people")]
    fn tell(&mut self, drill: &str) {
        self.equal_after.sort();
        let (n, slowest, rounds) = (self.answered, self.slowest, self.equal_after.len());
        let [half, most, all] = [50, 90, 99].map(|part| self.equal_after[rounds * part / 100]);
        println!(
            "{drill}: {rounds} rounds, {n} answered, slowest {slowest:?}; equal after {half:?}, {most:?}, {all:?}"
        );
    }
}

#[test]
fn a_killed_or_stopped_node_costs_nothing() {
    let servers = Servers::start(3);
    let mut cluster = Cluster::join(&servers, 3);
    let mut figures = Figures::default();
    for round in 0..kills() {
        let victim = round % 3;
        let is_stopped = round % 4 == 1;
        if is_stopped {
            cluster.signal(victim, "STOP");
        }
        // What is on its way as it dies is sent again elsewhere.
        for number in 0..15 {
            let words = format!("round {round} number {number}");
            if is_stopped {
                // Its port is open and nobody answers there: the balancer has left it out.
                figures.answer(cluster.post((victim + 1 + number % 2) % 3, &message(&words)), &words);
            } else {
                assert!(cluster.try_post(number, &message(&words)));
                figures.answered += 1;
            }
            if number == 7 && !is_stopped {
                cluster.kill(victim);
            }
        }
        if is_stopped {
            cluster.signal(victim, "CONT");
        } else {
            cluster.go_on(victim);
        }
        figures.end_round(&cluster);
        cluster.wait_until_whole(victim);
    }
    figures.tell("nodes");
    cluster.wait_until_equal(figures.answered);
}

#[test]
fn servers_that_die_stop_or_forget_cost_nothing() {
    let mut servers = Servers::start(3);
    let cluster = Cluster::join(&servers, 3);
    let figures = Mutex::new(Figures::default());
    let post = |n: usize, words: &str| {
        for number in 0..n {
            let words = format!("{words} {number}");
            let took = cluster.post(number % 3, &message(&words));
            figures.lock().unwrap().answer(took, &words);
        }
    };
    for round in 0..kills() {
        let victim = servers.leader();
        let is_stopped = round % 2 == 1;
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
            if is_stopped {
                servers.signal(victim, "STOP");
            } else {
                servers.kill(victim);
            }
            wait_for("all nodes without it", || (0..3).all(|node| status(cluster.home(node))["standing"] == "whole"));
            if is_stopped {
                servers.signal(victim, "CONT");
            } else {
                servers.go_on(victim);
            }
            is_over.store(true, Ordering::Relaxed);
        });
        figures.lock().unwrap().end_round(&cluster);
    }
    figures.lock().unwrap().tell("servers");
    cluster.wait_until_equal(figures.lock().unwrap().answered);

    // Without a quorum everything is kept where it came.
    servers.kill(0);
    servers.kill(1);
    post(9, "without a quorum");
    wait_for("a node that knows", || status(cluster.home(0))["standing"] == "alone");
    let n = figures.lock().unwrap().answered;
    servers.go_on(0);
    servers.go_on(1);
    (0..3).for_each(|node| cluster.wait_until_whole(node));
    cluster.wait_until_equal(n);

    // All stores gone: the stream is made again from the archives.
    for index in 0..3 {
        servers.kill(index);
        servers.forget(index);
    }
    post(3, "without a server");
    (0..3).for_each(|index| servers.go_on(index));
    wait_for("a stream that has everything", || status(cluster.home(1))["last"].as_u64() >= Some(n as u64 + 3));
    post(3, "after all");
    cluster.wait_until_equal(n + 6);
}
