//! The cost of durability: signed callbacks over loopback HTTP, answered only when they are on disk, compared
//! with a bare hyper server that answers an empty 200. Both have the same client and connections and alternate in
//! one run.
//!
//! The archive is in the system's directory for temporary files; `TMPDIR` names another.
//! `WEIBOX_BENCH_MESSAGES=10000000` adds an archive with that many messages and compares it with the empty one.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weibox::archive::Archive;
use weibox::listener::{HEAD_TIMEOUT, Listener, ListenerAccount, ListenerSettings};
use weibox::query::Query;
use weibox::record::page::{Anchor, Request as PageRequest};
use weibox::record::traffic::Traffic;
use weibox::run::clock;

mod callers;
mod filled;
mod machine;
mod server;
mod shared;

use callers::{Load, SECRET, request};

/// The numbers of concurrent callers.
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
/// The number of rounds for each server, alternating.
const ROUNDS: usize = 5;
/// The length of a round.
const ROUND: Duration = Duration::from_millis(800);
/// The number of prepared requests, more than a round can send.
const REQUESTS: usize = 100_000;
/// The time of a frame; the screen requests a page at most once per frame.
const FRAME: Duration = Duration::from_millis(16);

/// The results of one server with one number of connections.
#[derive(Default)]
struct Measured {
    latencies: Vec<Duration>,
    took: Duration,
}

impl Measured {
    fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }
}

fn main() {
    let home = tempfile::tempdir().unwrap();
    let mut messages = shared::Messages::new(2);
    let filled = std::env::vars().find(|(name, _)| name == "WEIBOX_BENCH_MESSAGES").map(|(_, n)| n.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let bare = runtime.block_on(server::start(Some(HEAD_TIMEOUT), drop));
    let archives: Vec<Archive> = [Some(0), filled]
        .into_iter()
        .flatten()
        .map(|count: usize| {
            let data_dir = home.path().join(count.to_string());
            filled::fill(&data_dir, &mut messages, count);
            let archive = Archive::open(&data_dir).unwrap();
            show(&archive);
            archive
        })
        .collect();
    let weibox: Vec<SocketAddr> = runtime.block_on(async { archives.iter().map(weibox).collect() });

    println!("ingest, {}", machine::line());
    println!(
        "{:>11} {:>10} {:>10} {:>6} {:>20} {:>20} {:>10}",
        "connections", "bare /s", "weibox /s", "ratio", "bare p50/p99 ms", "weibox p50/p99 ms", "p99 ratio"
    );
    for connections in CONNECTIONS {
        let mut of_bare = Measured::default();
        let mut of_weibox: Vec<Measured> = weibox.iter().map(|_| Measured::default()).collect();
        for _ in 0..ROUNDS {
            let requests: Arc<Vec<Vec<u8>>> =
                Arc::new((&mut messages).take(REQUESTS).map(|body| request(&body)).collect());
            round(bare, connections, &requests, &mut of_bare);
            for (address, measured) in weibox.iter().zip(&mut of_weibox) {
                round(*address, connections, &requests, measured);
            }
        }
        for measured in &mut of_weibox {
            print(connections, &mut of_bare, measured);
        }
        if let [empty, full] = of_weibox.as_slice() {
            println!(
                "{connections:>11} with {} messages before: {:.2} of empty",
                filled.unwrap_or_default(),
                full.rate() / empty.rate()
            );
        }
    }
    for archive in archives {
        runtime.block_on(archive.close()).unwrap();
    }
}

fn print(connections: usize, bare: &mut Measured, weibox: &mut Measured) {
    let ratio = weibox.rate() / bare.rate();
    let rates = format!("{:>10.0} {:>10.0}", bare.rate(), weibox.rate());
    let mut milliseconds = |percent| {
        [&mut *bare, &mut *weibox].map(|of| shared::percentile(&mut of.latencies, percent).as_secs_f64() * 1e3)
    };
    let ([bare_50, weibox_50], [bare_99, weibox_99]) = (milliseconds(50), milliseconds(99));
    println!(
        "{connections:>11} {rates} {ratio:>6.2} {:>20} {:>20} {:>10.1}",
        format!("{bare_50:.2} / {bare_99:.2}"),
        format!("{weibox_50:.2} / {weibox_99:.2}"),
        weibox_99 / bare_99
    );
}

fn weibox(archive: &Archive) -> SocketAddr {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address();
    let app_secret = Some(SecretString::from(SECRET));
    let account = ListenerAccount::only("/weibo".to_owned(), tokio::sync::watch::channel(app_secret).1);
    let settings = ListenerSettings::new(account, clock::now);
    let (traffic, _) = watch::channel(Traffic::default());
    tokio::spawn(listener.run(settings, archive.clone(), traffic, CancellationToken::new()));
    address
}

/// Reads the page of a screen, at most once per frame.
fn show(archive: &Archive) {
    let mut reader = archive.reader().unwrap();
    let mut bell = archive.committed();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    thread::spawn(move || {
        while runtime.block_on(bell.changed()).is_ok() {
            drop(
                reader
                    .page(
                        &PageRequest {
                            query: Query::default(),
                            anchor: Anchor::Newest,
                            limit: 60,
                            ..PageRequest::default()
                        },
                        weibox::run::clock::now(),
                    )
                    .unwrap(),
            );
            thread::sleep(FRAME);
        }
    });
}

/// Sends requests to a server for one round.
fn round(address: SocketAddr, connections: usize, requests: &Arc<Vec<Vec<u8>>>, measured: &mut Measured) {
    let load = Load { connections, length: ROUND, per_second: None };
    let (latencies, took) = callers::send(address, load, requests);
    measured.latencies.extend(latencies);
    measured.took += took;
}
