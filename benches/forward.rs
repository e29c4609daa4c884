//! The cost of bots behind weibox: the time of an answer with and without a bot, durable in both cases; a working
//! bot beside one that hangs and one that is down; how fast a bot catches up, compared with the same HTTP client
//! and the bodies in memory; and a replay that only counts. Alternatives are measured in turn, in one run.
//!
//! `cargo bench --bench forward -- answers beside catching-up replay` selects parts; without names all parts run.
//! `WEIBOX_BENCH_MESSAGES` is the size of the replayed archive, by default 1,000,000.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use hyper::header::{CONTENT_TYPE, HeaderName};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use weibox::archive::Archive;
use weibox::forward::target::{CONCURRENCY, Target};
use weibox::forward::{AppSecrets, Forwarding};
use weibox::listener::{Listener, ListenerAccount, ListenerSettings};
use weibox::record::target::TargetMode;
use weibox::record::traffic::Traffic;
use weibox::run::clock;
use weibox::web::USER_AGENT;
use weibox::weibo::signature::sign;

mod callers;
mod filled;
mod machine;
mod server;
mod shared;
mod wanted;

use callers::{Load, SECRET};
use shared::Messages;

/// The numbers of concurrent callers.
const CONNECTIONS: [usize; 2] = [1, 64];
/// The callbacks per second when they do not come as fast as they are answered.
const STEADY: u32 = 500;
/// The number of rounds for each, alternating.
const ROUNDS: usize = 5;
/// The length of a round.
const ROUND: Duration = Duration::from_millis(800);
/// The number of prepared requests, more than a round can send.
const REQUESTS: usize = 20_000;
/// The number of messages that a bot catches up with.
const BEHIND: usize = 100_000;
/// The number of times that a bot catches up.
const CATCHES: usize = 3;

fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut messages = Messages::new(3);
    println!("forward, {}", machine::line());
    if wanted::is_wanted("answers") {
        answers(home.path(), &runtime, &mut messages);
    }
    if wanted::is_wanted("beside") {
        beside(home.path(), &runtime, &mut messages);
    }
    if wanted::is_wanted("catching-up") {
        catching_up(home.path(), &runtime, &mut messages);
    }
    if wanted::is_wanted("replay") {
        replay(home.path(), &mut messages);
    }
    // The listeners still running have threads that wait for messages.
    runtime.shutdown_background();
}

/// Returns p50 and p99 in milliseconds.
fn ms(latencies: &mut [Duration]) -> [f64; 2] {
    [50, 99].map(|percent| shared::percentile(latencies, percent).as_secs_f64() * 1e3)
}

fn pair([p50, p99]: [f64; 2]) -> String {
    format!("{p50:.2} / {p99:.2}")
}

/// Measures the answers of several servers in turn.
fn in_turn<const N: usize>(
    servers: [SocketAddr; N],
    messages: &mut Messages,
    (connections, per_second): (usize, Option<u32>),
) -> [[f64; 2]; N] {
    let mut latencies = [const { Vec::new() }; N];
    let load = Load { connections, length: ROUND, per_second };
    for _ in 0..ROUNDS {
        for (server, latencies) in servers.iter().zip(&mut latencies) {
            // With some requests to spare.
            let count = per_second.map_or(REQUESTS, |per_second| usize::try_from(per_second).unwrap() * 2);
            let requests = Arc::new(messages.take(count).map(|body| callers::request(&body)).collect());
            latencies.extend(callers::send(*server, load, &requests).0);
            // Deliveries to a bot must not run into the next server's round.
            thread::sleep(Duration::from_millis(50));
        }
    }
    latencies.each_mut().map(|latencies| ms(latencies))
}

fn answers(home: &Path, runtime: &Runtime, messages: &mut Messages) {
    println!(
        "\nthe answer to a callback, p50 / p99 in ms, of a bot by itself, of weibox without and with it behind it"
    );
    println!("{:>11} {:>10} {:>15} {:>15} {:>15} {:>15}", "connections", "a second", "bot", "without", "with", "more");
    let bot = runtime.block_on(server::start(None, drop));
    let archives = ["without", "with"].map(|name| Archive::open(&home.join(name)).unwrap());
    let [without, with] = &archives;
    let target = Target::new("bot", url(bot));
    let servers = runtime.block_on(async { [bot, weibox(without, Vec::new()), weibox(with, vec![target])] });
    for connections in CONNECTIONS {
        for per_second in [Some(STEADY), None] {
            let [bot, without, with] = in_turn(servers, messages, (connections, per_second));
            let more = [0, 1].map(|at| with[at] - without[at] - bot[at]);
            let rate = per_second.map_or_else(|| "all".to_owned(), |per_second| per_second.to_string());
            let [bot, without, with, more] = [bot, without, with, more].map(pair);
            println!("{connections:>11} {rate:>10} {bot:>15} {without:>15} {with:>15} {more:>15}");
        }
    }
    println!("(more: at most 1 / 8 ms)");
}

fn beside(home: &Path, runtime: &Runtime, messages: &mut Messages) {
    println!(
        "\nthe answer of a bot through weibox, p50 / p99 in ms, alone and beside one that hangs and one that is down"
    );
    println!(
        "{:>11} {:>10} {:>15} {:>15} {:>15} {:>10} {:>10}",
        "connections", "a second", "alone", "alone again", "beside", "p99 again", "p99 beside"
    );
    let archives = ["alone", "again", "beside"].map(|name| Archive::open(&home.join(name)).unwrap());
    let [alone, again, beside] = &archives;
    let servers = runtime.block_on(async {
        let works = Target::new("works", url(server::start(None, drop).await));
        let of_copies = |name: &str, at| Target { mode: TargetMode::Copy, ..Target::new(name, url(at)) };
        let (hangs, down) = (of_copies("hangs", hanging().await), of_copies("down", dead().await));
        let [alone, again] = [alone, again].map(|archive| weibox(archive, vec![works.clone()]));
        [alone, again, weibox(beside, vec![works, hangs, down])]
    });
    for connections in CONNECTIONS {
        for per_second in [Some(STEADY), None] {
            let [alone, again, beside] = in_turn(servers, messages, (connections, per_second));
            let rate = per_second.map_or_else(|| "all".to_owned(), |per_second| per_second.to_string());
            let [of_again, of_beside] = [again, beside].map(|[_, p99]| p99 / alone[1]);
            let [alone, again, beside] = [alone, again, beside].map(pair);
            println!(
                "{connections:>11} {rate:>10} {alone:>15} {again:>15} {beside:>15} {of_again:>10.2} {of_beside:>10.2}"
            );
        }
    }
    println!("(at most 1.2)");
}

fn catching_up(home: &Path, runtime: &Runtime, messages: &mut Messages) {
    let bodies: Vec<String> = messages.take(BEHIND).collect();
    let heard = Arc::new(Heard::default());
    let at_bot = Arc::clone(&heard);
    let bot = runtime.block_on(server::start(None, move |_| at_bot.note()));
    let target = Target { mode: TargetMode::Copy, ..Target::new("bot", url(bot)) };
    let mut spent = [Spent::default(); 2];
    for turn in 0..CATCHES {
        let data_dir = home.join(format!("behind-{turn}"));
        runtime.block_on(async {
            let archive = Archive::open(&data_dir).unwrap();
            archive.open_bookmark(&target.bookmark()).await.unwrap();
            archive.close().await.unwrap();
        });
        filled::fill(&data_dir, messages, BEHIND);
        let [of_memory, of_weibox] = &mut spent;
        runtime.block_on(send_from_memory(&target, &bodies, &heard, of_memory));
        runtime.block_on(catch_up(&data_dir, &target, &heard, of_weibox));
    }
    println!("\ncatching up with {BEHIND} messages");
    for (who, spent) in ["the client from memory", "weibox"].into_iter().zip(&spent) {
        println!("{who:>22}: {}", spent.line());
    }
    let [of_memory, of_weibox] = spent.map(|Spent { took, .. }| took.as_secs_f64());
    println!("ratio {:.2} (at least 0.6)", of_memory / of_weibox);
}

/// The messages that a bot has received.
#[derive(Default)]
struct Heard {
    n: AtomicUsize,
    all: Notify,
}

impl Heard {
    fn note(&self) {
        if self.n.fetch_add(1, Ordering::Relaxed) + 1 == BEHIND {
            self.all.notify_one();
        }
    }

    /// Starts over after each message was received once.
    fn begin_anew(&self) {
        assert_eq!(self.n.swap(0, Ordering::Relaxed), BEHIND, "each once");
    }
}

/// Total time until the bot has received everything, and processor time including the bot.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    took: Duration,
    processor: Duration,
}

impl Spent {
    async fn time(&mut self, heard: &Heard) {
        let (began_at, before) = (Instant::now(), processor_time());
        heard.all.notified().await;
        self.took += began_at.elapsed();
        self.processor += processor_time().saturating_sub(before);
    }

    fn line(&self) -> String {
        let count = (BEHIND * CATCHES) as f64;
        let [took, processor] = [self.took, self.processor].map(|time| time.as_secs_f64());
        format!(
            "{:.0} a second, {:.1} us of processor time each, {:.2} processors busy",
            count / took,
            processor / count * 1e6,
            processor / took
        )
    }
}

/// Returns the processor time of this process, with a resolution of a hundredth of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

async fn catch_up(data_dir: &Path, target: &Target, heard: &Heard, spent: &mut Spent) {
    let archive = Archive::open(data_dir).unwrap();
    let forwarding =
        Forwarding::start(&archive, vec![target.clone()], &secrets(), &watch::channel(Vec::new()).1, clock::now)
            .unwrap();
    spent.time(heard).await;
    let mut board = forwarding.board.clone();
    let last = archive.committed().borrow().seq;
    board.wait_for(|board| board.iter().all(|target| target.bookmark == last)).await.unwrap();
    heard.begin_anew();
    forwarding.end().await;
    archive.close().await.unwrap();
}

/// Sends the bodies with the same client, the same concurrency, and the headers that weibox sends.
async fn send_from_memory(target: &Target, bodies: &[String], heard: &Heard, spent: &mut Spent) {
    let client = reqwest::Client::builder().no_proxy().user_agent(USER_AGENT).build().unwrap();
    let (timestamp, nonce) = ("1397022061823", "5715515757");
    let signature = sign(SECRET, timestamp, nonce);
    let mut url = target.url.clone();
    url.set_query(Some(&format!("signature={signature}&timestamp={timestamp}&nonce={nonce}")));
    let bodies = bodies.to_vec();
    // On the threads of the runtime, where weibox's requests also run.
    let sending = tokio::spawn(async move {
        let calls = stream::iter((1_u64..).zip(bodies)).map(|(seq, body)| {
            let call = client.post(url.clone()).body(body);
            let call = call.header(CONTENT_TYPE, "application/json; charset=utf-8");
            let call = call.header(HeaderName::from_static("x-weibox-seq"), seq);
            let call = call.header(HeaderName::from_static("x-weibox-attempt"), 1).send();
            async move { call.await.unwrap().bytes().await.unwrap() }
        });
        calls.buffer_unordered(CONCURRENCY).for_each(|_| async {}).await;
    });
    spent.time(heard).await;
    sending.await.unwrap();
    heard.begin_anew();
}

/// Measures the speed of a replay that only counts, and its memory with a small and a large archive.
fn replay(home: &Path, messages: &mut Messages) {
    let asked = std::env::vars().find(|(name, _)| name == "WEIBOX_BENCH_MESSAGES").map(|(_, n)| n.parse().unwrap());
    let all: usize = asked.unwrap_or(1_000_000);
    let data_dir = home.join("replayed");
    println!();
    let mut before = 0;
    for count in [all / 10, all] {
        filled::fill(&data_dir, messages, count - before);
        before = count;
        let started_at = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_weibox"));
        command.args(["replay", "--to", "http://127.0.0.1:9/", "--dry-run", "--json", "--data-dir"]);
        let mut replay = command.arg(&data_dir).env("HOME", home).stdout(Stdio::piped()).spawn().unwrap();
        let mut memory = String::new();
        while replay.try_wait().unwrap().is_none() {
            memory = resident(replay.id()).unwrap_or(memory);
            thread::sleep(Duration::from_millis(2));
        }
        let took = started_at.elapsed();
        let told: serde_json::Value = serde_json::from_reader(replay.stdout.take().unwrap()).unwrap();
        assert_eq!(told["sent"], count);
        let rate = count as f64 / took.as_secs_f64();
        println!("replay --dry-run of {count}: {rate:.0} a second (at least 200,000), at most {memory} resident");
    }
}

/// Returns the peak memory of a process; `None` when it has ended.
fn resident(process: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|size| size.trim().to_owned())
}

fn url(at: SocketAddr) -> url::Url {
    format!("http://{at}/").parse().unwrap()
}

fn secrets() -> AppSecrets {
    vec![(String::new(), watch::channel(Some(SecretString::from(SECRET))).1)]
}

/// Starts a bot that accepts requests and never answers.
async fn hanging() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut streams = Vec::new();
        while let Ok((stream, _)) = socket.accept().await {
            streams.push(stream);
        }
    });
    address
}

/// Returns the address of a bot that is down.
async fn dead() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Starts weibox with bots behind it.
fn weibox(archive: &Archive, targets: Vec<Target>) -> SocketAddr {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.address();
    let app_secret = watch::channel(Some(SecretString::from(SECRET))).1;
    let account = ListenerAccount::only("/weibo".to_owned(), app_secret);
    let forwarding =
        Forwarding::start(archive, targets, &secrets(), &watch::channel(Vec::new()).1, clock::now).unwrap();
    let mut settings = ListenerSettings::new(account, clock::now);
    settings.door = Arc::clone(&forwarding.door);
    let (traffic, _) = watch::channel(Traffic::default());
    let archive = archive.clone();
    tokio::spawn(async move {
        listener.run(settings, archive, traffic, CancellationToken::new()).await;
        forwarding.end().await;
    });
    address
}
