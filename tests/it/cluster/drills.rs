//! Nodes and servers that are killed, stopped or lose data under load: every acknowledged message is on every
//! node, once.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::nodes::{Cluster, status};
use super::servers::Servers;
use crate::support::{message, wait_for};

/// The variable with the number of kills in each drill. `--nocapture` shows the figures of a drill.
const KILLS: &str = "WEIBOX_TEST_CLUSTER_KILLS";
/// The number without the variable.
const USUAL: usize = 2;
/// The variable with the number of seconds for which servers are gone and links are cut.
const SECONDS: &str = "WEIBOX_TEST_CLUSTER_SECONDS";
/// The number without the variable.
const USUAL_SECONDS: u64 = 3;
/// The number of messages per second meanwhile.
const PER_SECOND: u32 = 100;
/// The maximum time of an answer on a shared machine: Weibo hangs up after five seconds. The slowest time is
/// printed.
const SLOWEST: Duration = Duration::from_millis(4_500);
/// The number of concurrent callers while a node is killed.
const CALLERS: usize = 3;
/// The maximum time from the first answer of a round to the kill, in milliseconds: some dozens of messages.
const LATEST: u64 = 150;

pub(super) fn kills() -> usize {
    std::env::vars().find(|(name, _)| name == KILLS).map_or(USUAL, |(_, times)| times.parse().unwrap())
}

pub(super) fn cut_for() -> Duration {
    let asked = std::env::vars().find(|(name, _)| name == SECONDS);
    Duration::from_secs(asked.map_or(USUAL_SECONDS, |(_, seconds)| seconds.parse().unwrap()))
}

/// The results of a drill.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) answered: usize,
    slowest: Duration,
    /// Time from the end of each round until all archives were equal.
    equal_after: Vec<Duration>,
}

impl Figures {
    pub(super) fn answer(&mut self, took: Duration, words: &str) {
        assert!(took <= SLOWEST, "{words} took {took:?}");
        self.answered += 1;
        self.slowest = self.slowest.max(took);
    }

    pub(super) fn end_round(&mut self, cluster: &Cluster) {
        let took = cluster.equal_after(self.answered);
        self.equal_after.push(took);
    }

    #[expect(clippy::print_stdout, reason = "the figures are read by people")]
    pub(super) fn tell(&mut self, drill: &str) {
        self.equal_after.sort();
        let (n, slowest, rounds) = (self.answered, self.slowest, self.equal_after.len());
        let [half, most, all] = [50, 90, 100].map(|part| self.equal_after[(rounds * part / 100).min(rounds - 1)]);
        println!(
            "{drill}: {rounds} rounds, {n} answered, slowest {slowest:?}; equal after {half:?}, {most:?}, {all:?}"
        );
    }
}

/// Sends messages at [`PER_SECOND`] to some nodes in turn, each at its scheduled time even if others are not
/// answered yet, until `is_over`, which receives the elapsed time, returns true. Checks the time of the slowest
/// answer.
pub(super) fn send(
    cluster: &Cluster,
    nodes: &[usize],
    words: &str,
    figures: &Mutex<Figures>,
    is_over: impl Fn(Duration) -> bool + Sync,
) {
    let (next, began_at) = (AtomicUsize::new(0), Instant::now());
    // Each answer may take a second.
    let callers = usize::try_from(PER_SECOND).unwrap() * 5 / 4;
    std::thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| {
                while !is_over(began_at.elapsed()) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let due_at = began_at + Duration::from_secs(1) * u32::try_from(number).unwrap() / PER_SECOND;
                    std::thread::sleep(due_at.saturating_duration_since(Instant::now()));
                    let words = format!("{words} {number}");
                    let took = cluster.post(nodes[number % nodes.len()], &message(&words));
                    figures.lock().unwrap().answer(took, &words);
                }
            });
        }
    });
}

/// Posts messages until `is_over`, and retries at other nodes as Weibo does; counts those answered 200.
fn call(cluster: &Cluster, first: usize, words: &str, figures: &Mutex<Figures>, is_over: &AtomicBool) {
    for number in 0.. {
        let words = format!("{words} number {number}");
        let began_at = Instant::now();
        assert!(cluster.try_post(first + number, &message(&words)), "{words}");
        figures.lock().unwrap().answer(began_at.elapsed(), &words);
        if is_over.load(Ordering::Relaxed) {
            return;
        }
    }
}

#[test]
fn a_killed_or_stopped_node_costs_nothing() {
    let servers = Servers::start(3);
    let mut cluster = Cluster::join(&servers, 3);
    let (figures, random) = (Mutex::new(Figures::default()), RandomState::new());
    let answered = || figures.lock().unwrap().answered;
    for round in 0..kills() {
        let victim = round % 3;
        let (is_over, before) = (AtomicBool::new(false), answered());
        std::thread::scope(|scope| {
            for caller in 0..CALLERS {
                let (cluster, figures, is_over) = (&cluster, &figures, &is_over);
                let words = format!("round {round} caller {caller}");
                scope.spawn(move || call(cluster, caller, &words, figures, is_over));
            }
            // Messages in progress when the node dies are sent again elsewhere.
            wait_for("an answer", || answered() > before);
            std::thread::sleep(Duration::from_millis(random.hash_one(round) % LATEST));
            cluster.signal(victim, "KILL");
            let killed_at = answered();
            wait_for("answers without it", || answered() >= killed_at + 2 * CALLERS);
            is_over.store(true, Ordering::Relaxed);
        });
        cluster.kill(victim);
        cluster.go_on(victim);
        figures.lock().unwrap().end_round(&cluster);
        cluster.wait_until_whole(victim);
        if round % 4 == 1 {
            cluster.signal(victim, "STOP");
            // Its port is open but nothing answers: the load balancer has taken it out.
            for number in 0..15 {
                let words = format!("round {round} number {number}");
                let took = cluster.post((victim + 1 + number % 2) % 3, &message(&words));
                figures.lock().unwrap().answer(took, &words);
            }
            cluster.signal(victim, "CONT");
            figures.lock().unwrap().end_round(&cluster);
        }
    }
    figures.lock().unwrap().tell("nodes");
    cluster.wait_until_equal(answered());
}

/// Posts messages to all nodes in turn while `leaves` takes the leading server away, until all nodes work without
/// it.
fn post_without(cluster: &Cluster, words: &str, figures: &Mutex<Figures>, leaves: impl FnOnce()) {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                let words = format!("{words} number {number}");
                let took = cluster.post(number % 3, &message(&words));
                figures.lock().unwrap().answer(took, &words);
                if number > 3 && is_over.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        leaves();
        wait_for("all nodes without it", || (0..3).all(|node| status(cluster.home(node))["standing"] == "whole"));
        is_over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_leader_that_dies_or_stops_costs_nothing() {
    let mut servers = Servers::start(3);
    let cluster = Cluster::join(&servers, 3);
    let figures = Mutex::new(Figures::default());
    for round in 0..kills() {
        let victim = servers.leader();
        post_without(&cluster, &format!("round {round}"), &figures, || servers.kill(victim));
        servers.go_on(victim);
        figures.lock().unwrap().end_round(&cluster);
        if round % 4 == 1 {
            let victim = servers.leader();
            post_without(&cluster, &format!("stop {round}"), &figures, || servers.signal(victim, "STOP"));
            servers.signal(victim, "CONT");
            figures.lock().unwrap().end_round(&cluster);
        }
    }
    figures.lock().unwrap().tell("leaders");
    cluster.wait_until_equal(figures.lock().unwrap().answered);
}

#[test]
fn without_a_quorum_everything_is_kept_where_it_came() {
    let mut servers = Servers::start(3);
    let cluster = Cluster::join(&servers, 3);
    let figures = Mutex::new(Figures::default());
    servers.kill(0);
    servers.kill(1);
    send(&cluster, &[0, 1, 2], "without a quorum", &figures, |elapsed| elapsed >= cut_for());
    // The remaining server notices only after some seconds that there is no leader. Nodes that still receive
    // events from it report that as well.
    wait_for("servers that have no leader", || {
        (0..3).all(|node| status(cluster.home(node)).to_string().contains("NO_QUORUM"))
    });
    send(&cluster, &[0, 1, 2], "without a leader", &figures, |elapsed| elapsed >= Duration::from_secs(1));
    // Each node keeps what it cannot publish, and counts it.
    figures.lock().unwrap().end_round(&cluster);
    let n = figures.lock().unwrap().answered as u64;
    wait_for("what is kept here counted", || {
        let told = [0, 1, 2].map(|node| status(cluster.home(node)));
        let untold: u64 = told.iter().filter_map(|status| status["untold"].as_u64()).sum();
        told.iter().all(|status| status["standing"] == "alone") && untold >= n
    });
    servers.go_on(0);
    servers.go_on(1);
    wait_for("a stream that has everything", || {
        (0..3)
            .all(|node| status(cluster.home(node))["untold"] == 0 && status(cluster.home(node))["standing"] == "whole")
    });
    figures.lock().unwrap().end_round(&cluster);
    figures.lock().unwrap().tell("without a quorum");
    (0..3).for_each(|node| cluster.wait_until_whole(node));
    cluster.wait_until_equal(figures.lock().unwrap().answered);
}

/// Makes the servers lose power: they have an earlier state of their disks afterwards, or nothing at all.
fn lose_power(
    servers: &mut Servers,
    cluster: &Cluster,
    figures: &Mutex<Figures>,
    what: &str,
    forget: fn(&Servers, usize),
) {
    for index in 0..3 {
        servers.kill(index);
        forget(servers, index);
    }
    for number in 0..3 {
        let words = format!("while {what} {number}");
        let took = cluster.post(number, &message(&words));
        figures.lock().unwrap().answer(took, &words);
    }
    (0..3).for_each(|index| servers.go_on(index));
    let n = figures.lock().unwrap().answered;
    wait_for("a stream that has everything", || {
        let status = status(cluster.home(1));
        status["last"].as_u64() >= Some(n as u64) && status["untold"] == 0
    });
}

#[test]
fn a_stream_that_lost_power_is_told_everything_again() {
    let mut servers = Servers::start(3);
    let mut cluster = Cluster::join(&servers, 3);
    let figures = Mutex::new(Figures::default());
    let post = |cluster: &Cluster, words: &str, n: usize| {
        for number in 0..n {
            let words = format!("{words} {number}");
            let took = cluster.post(number % 3, &message(&words));
            figures.lock().unwrap().answer(took, &words);
        }
    };
    // The servers return to the states saved here, which are from different times, as each server writes on its
    // own.
    for index in 0..3 {
        post(&cluster, &format!("before server {index} wrote"), 7);
        servers.signal(index, "STOP");
        servers.remember(index);
        servers.signal(index, "CONT");
    }
    (0..3).for_each(|node| cluster.wait_until_whole(node));
    post(&cluster, "after that", 30);
    lose_power(&mut servers, &cluster, &figures, "they are back at what they wrote", Servers::go_back);
    post(&cluster, "after that as well", 9);
    figures.lock().unwrap().end_round(&cluster);
    lose_power(&mut servers, &cluster, &figures, "they have nothing", Servers::forget);
    post(&cluster, "after all", 3);
    let n = figures.lock().unwrap().answered;
    cluster.wait_until_equal(n);
    // A new node has only what the stream has.
    let new = cluster.add(&servers, &["--no-listen"]);
    wait_for("a new node with everything", || cluster.home(new).records().len() == n);
    figures.lock().unwrap().end_round(&cluster);
    figures.lock().unwrap().tell("without power");
}
