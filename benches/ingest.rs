//! What durability costs: signed callbacks over loopback HTTP, answered only when they are on disk, against a bare hyper
//! server that answers an empty 200. The same client, the same connections, alternating in one run.
//!
//! The archive is on the disk of the system's directory for temporary files; `TMPDIR` names another.
//! `WEIBOX_BENCH_MESSAGES=10000000` adds an archive with that many messages, and how it compares with the empty one.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weibox::archive::{Archive, Import, ImportEntry};
use weibox::listener::{HEAD_TIMEOUT, Listener, ListenerAccount, ListenerSettings};
use weibox::query::Query;
use weibox::record::line;
use weibox::record::page::{Anchor, Request as PageRequest};
use weibox::record::traffic::Traffic;
use weibox::run::clock;
use weibox::weibo::signature::sign;

mod machine;
mod shared;

const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// Callers at once.
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
/// Each server is asked so often, in turn with the other.
const ROUNDS: usize = 5;
/// How long each time.
const ROUND: Duration = Duration::from_millis(800);
/// More requests than a round can send.
const REQUESTS: usize = 100_000;
/// The time of a frame: the screen asks for a page no more often.
const FRAME: Duration = Duration::from_millis(16);

/// What was measured of one server with that many connections.
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
    let bare = runtime.block_on(bare());
    let archives: Vec<Archive> = [Some(0), filled]
        .into_iter()
        .flatten()
        .map(|count: usize| {
            let data_dir = home.path().join(count.to_string());
            fill(&data_dir, &mut messages, count);
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

fn fill(data_dir: &Path, messages: &mut shared::Messages, count: usize) {
    let mut import = Import::open(data_dir).unwrap();
    let mut left = count;
    while left > 0 {
        let turn = left.min(20_000);
        let entries =
            messages.take(turn).map(|body| ImportEntry::new(line::read(body.as_bytes(), clock::now()).unwrap()));
        import.write(&entries.collect::<Vec<_>>()).unwrap();
        left -= turn;
    }
    import.finish().unwrap();
}

/// A callback as Weibo sends it.
fn request(body: &str) -> Vec<u8> {
    let (timestamp, nonce) = ("1397022061823", "57155157");
    let signature = sign(SECRET, timestamp, nonce);
    let length = body.len();
    format!(
        "POST /weibo?signature={signature}&timestamp={timestamp}&nonce={nonce} HTTP/1.1\r\nhost: 127.0.0.1\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The least that can be called a server: it reads the body and answers.
async fn bare() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            stream.set_nodelay(true).unwrap();
            let service = service_fn(|request: Request<hyper::body::Incoming>| async move {
                drop(request.into_body().collect().await);
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    address
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

/// Reads what a screen would show, at most once a frame.
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

/// Sends requests over that many connections until the round is over; all have to be answered 200.
fn round(address: SocketAddr, connections: usize, requests: &Arc<Vec<Vec<u8>>>, measured: &mut Measured) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let next = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            streams.push(stream);
        }
        let started_at = Instant::now();
        let callers = streams.into_iter().map(|stream| {
            let (requests, next) = (Arc::clone(requests), Arc::clone(&next));
            tokio::spawn(call(stream, requests, next, started_at + ROUND))
        });
        for caller in callers.collect::<Vec<_>>() {
            measured.latencies.extend(caller.await.unwrap());
        }
        measured.took += started_at.elapsed();
    });
}

async fn call(
    mut stream: TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
    end: Instant,
) -> Vec<Duration> {
    let mut latencies = Vec::new();
    let mut answer = [0; 1024];
    while Instant::now() < end
        && let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed))
    {
        let sent_at = Instant::now();
        stream.write_all(request).await.unwrap();
        // Answers without a body come in one piece, which ends with an empty line.
        let length = stream.read(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 ") && answer[..length].ends_with(b"\r\n\r\n"));
        latencies.push(sent_at.elapsed());
    }
    latencies
}
