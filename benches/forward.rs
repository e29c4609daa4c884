//! What a bot behind weibox costs: the time of an answer with a target and without one, in turn in one run, durable first; and
//! how fast a bot that answers at once catches up, against the same HTTP client with the bodies in memory.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use secrecy::SecretString;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use weibox::archive::{Archive, Import, ImportEntry};
use weibox::forward::target::{CONCURRENCY, Target};
use weibox::forward::{AppSecrets, Forwarding};
use weibox::listener::{Account, Listener, Settings};
use weibox::record::line;
use weibox::record::traffic::Traffic;
use weibox::run::clock;
use weibox::weibo::signature::sign;

mod machine;
mod shared;

const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
/// Callers at once.
const CONNECTIONS: [usize; 2] = [1, 64];
/// Each is asked so often, in turn with the others.
const ROUNDS: usize = 5;
/// How long each time.
const ROUND: Duration = Duration::from_millis(800);
/// More requests than a round can send.
const REQUESTS: usize = 50_000;
/// The messages that a bot catches up with.
const BEHIND: usize = 100_000;

fn main() {
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut messages = shared::Messages::new(3);
    println!("forward, {}", machine::line());
    answers(home.path(), &runtime, &mut messages);
    catching_up(home.path(), &runtime, &mut messages);
}

fn answers(home: &Path, runtime: &tokio::runtime::Runtime, messages: &mut shared::Messages) {
    println!(
        "{:>11} {:>20} {:>20} {:>20} {:>14}",
        "connections", "bot p50/p99 ms", "without p50/p99", "with p50/p99", "more p50/p99"
    );
    let (bot, archives) =
        (runtime.block_on(bot()), ["without", "with"].map(|name| Archive::open(&home.join(name)).unwrap()));
    let [without, with] = &archives;
    let servers = runtime.block_on(async { [bot, weibox(without, None), weibox(with, Some(bot))] });
    for connections in CONNECTIONS {
        let mut latencies = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            let requests: Arc<Vec<_>> = Arc::new(messages.take(REQUESTS).map(|body| request(&body)).collect());
            for (server, latencies) in servers.iter().zip(&mut latencies) {
                latencies.extend(round(*server, connections, &requests));
            }
        }
        let millis = |latencies: &mut Vec<Duration>| {
            [50, 99].map(|percent| shared::percentile(latencies, percent).as_secs_f64() * 1e3)
        };
        let [bot, without, with] = latencies.each_mut().map(millis);
        let more = [0, 1].map(|at| with[at] - without[at] - bot[at]);
        let shown = |[p50, p99]: [f64; 2]| format!("{p50:.2} / {p99:.2}");
        println!("{connections:>11} {:>20} {:>20} {:>20} {:>14}", shown(bot), shown(without), shown(with), shown(more));
    }
}

fn catching_up(home: &Path, runtime: &tokio::runtime::Runtime, messages: &mut shared::Messages) {
    let (data_dir, bodies): (_, Vec<String>) = (home.join("behind"), messages.take(BEHIND).collect());
    let target = Target::new("bot", format!("http://{}/", runtime.block_on(bot())).parse().unwrap());
    runtime.block_on(async {
        let archive = Archive::open(&data_dir).unwrap();
        archive.open_bookmark(&target.bookmark()).await.unwrap();
        archive.close().await.unwrap();
    });
    let mut import = Import::open(&data_dir).unwrap();
    for bodies in bodies.chunks(20_000) {
        let entries = bodies.iter().map(|body| ImportEntry::new(line::read(body.as_bytes(), clock::now()).unwrap()));
        import.write(&entries.collect::<Vec<_>>()).unwrap();
    }
    import.finish().unwrap();
    let from_memory = runtime.block_on(from_memory(&target, &bodies));
    let caught_up = runtime.block_on(async {
        let archive = Archive::open(&data_dir).unwrap();
        let started_at = Instant::now();
        let forwarding = Forwarding::start(&archive, vec![target.clone()], &secrets(), clock::now).unwrap();
        let reader = archive.reader().unwrap();
        while reader.bookmarks().unwrap().iter().any(|bookmark| bookmark.lag > 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let took = started_at.elapsed();
        forwarding.end().await;
        archive.close().await.unwrap();
        took
    });
    let rate = |took: Duration| BEHIND as f64 / took.as_secs_f64();
    let (memory, feed) = (rate(from_memory), rate(caught_up));
    println!(
        "catching up with {BEHIND}: {feed:.0} /s, the client from memory {memory:.0} /s, ratio {:.2}",
        feed / memory
    );
}

/// The bodies by the same client, as many at once.
async fn from_memory(target: &Target, bodies: &[String]) -> Duration {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let started_at = Instant::now();
    let calls = stream::iter(bodies).map(|body| {
        let call = client.post(target.url.clone()).body(body.clone()).send();
        async move { call.await.unwrap().bytes().await.unwrap() }
    });
    calls.buffer_unordered(CONCURRENCY).for_each(|_| async {}).await;
    started_at.elapsed()
}

fn secrets() -> AppSecrets {
    vec![(String::new(), watch::channel(Some(SecretString::from(SECRET))).1)]
}

/// A bot that answers nothing at once.
async fn bot() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            stream.set_nodelay(true).unwrap();
            let service = service_fn(|request: Request<hyper::body::Incoming>| async move {
                drop(request.into_body().collect().await);
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

/// weibox, with a bot behind it or without one.
fn weibox(archive: &Archive, bot: Option<SocketAddr>) -> SocketAddr {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address();
    let account = Account::only("/weibo".to_owned(), watch::channel(Some(SecretString::from(SECRET))).1);
    let targets = bot.map(|bot| Target::new("bot", format!("http://{bot}/").parse().unwrap())).into_iter().collect();
    let forwarding = Forwarding::start(archive, targets, &secrets(), clock::now).unwrap();
    let mut settings = Settings::new(account, clock::now);
    settings.door = Arc::clone(&forwarding.door);
    let (traffic, _) = watch::channel(Traffic::default());
    let archive = archive.clone();
    tokio::spawn(async move {
        listener.run(settings, archive, traffic, CancellationToken::new()).await;
        forwarding.end().await;
    });
    address
}

/// A callback as Weibo sends it.
fn request(body: &str) -> Vec<u8> {
    let (timestamp, nonce) = ("1397022061823", "57155157");
    let (signature, length) = (sign(SECRET, timestamp, nonce), body.len());
    format!(
        "POST /weibo?signature={signature}&timestamp={timestamp}&nonce={nonce} HTTP/1.1\r\nhost: 127.0.0.1\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Sends requests over that many connections until the round is over; all have to be answered 200.
fn round(address: SocketAddr, connections: usize, requests: &Arc<Vec<Vec<u8>>>) -> Vec<Duration> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let next = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let end = Instant::now() + ROUND;
        let callers =
            (0..connections).map(|_| tokio::spawn(call(address, Arc::clone(requests), Arc::clone(&next), end)));
        let mut latencies = Vec::new();
        for caller in callers.collect::<Vec<_>>() {
            latencies.extend(caller.await.unwrap());
        }
        latencies
    })
}

async fn call(address: SocketAddr, requests: Arc<Vec<Vec<u8>>>, next: Arc<AtomicUsize>, end: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut latencies, mut answer) = (Vec::new(), [0; 1024]);
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
