//! A node whose link to the servers is cut: no bytes pass, and neither side is notified.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use weibox::attach::{Order, Outcome};
use weibox::dashboard::orders::ArchiveChange;
use weibox::record::page::{Mark, Selection};

use super::drills::{Figures, cut_for, send};
use super::nodes::{Cluster, status};
use super::order;
use super::servers::Servers;
use crate::support::{message, wait_for};

/// The number of cuts.
const CUTS: usize = 2;

/// Links to servers, which can be cut.
struct Links {
    urls: Vec<String>,
    is_cut: Arc<AtomicBool>,
}

impl Links {
    fn to(servers: &Servers) -> Self {
        let is_cut = Arc::new(AtomicBool::new(false));
        let link = |url: &String| {
            let server = url.trim_start_matches("nats://").to_owned();
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let here = format!("nats://{}", socket.local_addr().unwrap());
            let is_cut = Arc::clone(&is_cut);
            std::thread::spawn(move || {
                for one in socket.incoming().flatten() {
                    let Ok(other) = TcpStream::connect(&server) else { continue };
                    let back = (other.try_clone().unwrap(), one.try_clone().unwrap());
                    for (from, to) in [(one, other), back] {
                        let is_cut = Arc::clone(&is_cut);
                        std::thread::spawn(move || pass(from, to, &is_cut));
                    }
                }
            });
            here
        };
        Self { urls: servers.urls().iter().map(link).collect(), is_cut }
    }

    fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::Relaxed);
    }
}

/// Forwards bytes while the link is not cut.
fn pass(mut from: TcpStream, mut to: TcpStream, is_cut: &AtomicBool) {
    let mut bytes = [0; 16 << 10];
    while let Ok(n) = from.read(&mut bytes) {
        while is_cut.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        if n == 0 || to.write_all(&bytes[..n]).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Both));
    drop(from.shutdown(Shutdown::Both));
}

#[test]
fn a_node_that_is_cut_off_goes_on_and_has_everything_afterwards() {
    let servers = Servers::start(3);
    let links = Links::to(&servers);
    let mut cluster = Cluster::join(&servers, 2);
    let far = cluster.add_at(&links.urls, &[]);
    let figures = Mutex::new(Figures::default());
    let post = |node: usize, words: &str| {
        let took = cluster.post(node, &message(words));
        figures.lock().unwrap().answer(took, words);
    };
    let mark = |node: usize, words: &str, mark: Mark| {
        let record = cluster.home(node).records().into_iter().find(|record| record.message.text == words).unwrap();
        assert_eq!(
            order(cluster.home(node), Order::Change(ArchiveChange::Mark(Selection::Seqs(vec![record.seq]), mark))),
            Outcome::Count(1)
        );
    };
    for round in 0..CUTS {
        let words = |what: &str| format!("{what} of round {round}");
        for (node, what) in ["both", "here", "there"].into_iter().enumerate() {
            post(node, &words(what));
        }
        figures.lock().unwrap().end_round(&cluster);
        links.cut(true);
        send(&cluster, &[0, 1, far], &words("cut"), &figures, |elapsed| elapsed >= cut_for());
        // Sent to both sides, as Weibo retries elsewhere when an answer is lost.
        post(0, &words("again"));
        cluster.post(far, &message(&words("again")));
        wait_for("a node that knows", || status(cluster.home(far))["standing"] == "alone");
        mark(0, &words("here"), Mark::Starred);
        mark(far, &words("there"), Mark::Starred);
        // The mark that reaches the stream last wins, which is that of the cut-off node.
        mark(0, &words("both"), Mark::Starred);
        wait_for("the mark on the other node", || {
            let records = cluster.home(1).records();
            records.iter().any(|record| record.message.text == words("both") && record.marks.is_starred)
        });
        mark(far, &words("both"), Mark::Read);
        mark(far, &words("both"), Mark::Starred);
        mark(far, &words("both"), Mark::Unstarred);
        links.cut(false);
        figures.lock().unwrap().end_round(&cluster);
        let n = figures.lock().unwrap().answered;
        wait_for("the marks", || {
            let found = cluster.wait_until_equal(n);
            let ends =
                |what: &str, end: &str| found.iter().find(|line| line.contains(&words(what))).unwrap().ends_with(end);
            ends("here", "starred true") && ends("there", "starred true") && ends("both", "read true starred false")
        });
        let found = cluster.wait_until_equal(n);
        let again = found.iter().find(|line| line.contains(&words("again"))).unwrap();
        assert!(again.contains(r#""deliveries":2"#), "{again}");
    }
    figures.lock().unwrap().tell("cut off");
}

#[test]
fn a_node_that_is_cut_off_says_how_much_it_keeps_however_much_that_is() {
    let servers = Servers::start(1);
    let links = Links::to(&servers);
    let mut cluster = Cluster::join(&servers, 1);
    let far = cluster.add_at(&links.urls, &[]);
    links.cut(true);
    // More than the client can buffer.
    let (callers, each) = (8, 400);
    std::thread::scope(|scope| {
        for caller in 0..callers {
            let cluster = &cluster;
            scope.spawn(move || {
                for number in 0..each {
                    cluster.post(far, &message(&format!("number {number} of {caller}")));
                }
            });
        }
    });
    // Possibly one more, for the answering node, which a node publishes at its start.
    wait_for("what is kept counted", || status(cluster.home(far))["untold"].as_u64() >= Some(callers * each));
    links.cut(false);
    cluster.wait_until_equal(usize::try_from(callers * each).unwrap());
}
