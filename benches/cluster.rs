//! Nodes of a cluster on three NATS servers, all on this machine: how much an answer costs that waits for the
//! quorum, how soon a message is on another node's screen, how fast a new node and a stream fill, and how much
//! disk space the stream takes.
//!
//! `cargo bench --bench cluster -- answer cell fill` selects parts; without names all parts run.
//! `WEIBOX_BENCH_MESSAGES` is the number of messages for a new node, by default 200,000.
//! `WEIBOX_TEST_NATS_SERVER` is another server program than the installed one.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use serde_json::Value;
use tempfile::TempDir;
use weibox::archive::Reader;

mod callers;
mod cells;
mod machine;
#[path = "../tests/it/pty.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod pty;
#[path = "../tests/it/cluster/servers.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod servers;
mod shared;
mod wanted;

/// The parts of the tests' support that the servers need.
mod support {
    use std::time::Duration;

    pub(crate) fn wait_for(_: &str, mut is_so: impl FnMut() -> bool) {
        while !is_so() {
            // Often enough for waits of seconds, and leaves the processor to the other process.
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

use callers::Load;
use cells::ms;
use pty::Pty;
use servers::Servers;
use shared::Messages;
use support::wait_for;

/// Size of the terminal in cells.
const SIZE: (u16, u16) = (120, 36);
/// The number of concurrent callers.
const CONNECTIONS: usize = 64;
/// The number of rounds for each way to answer, alternating.
const ROUNDS: usize = 5;
/// The length of a round.
const ROUND: Duration = Duration::from_secs(2);
/// The number of prepared requests, more than a round can send.
const REQUESTS: usize = 60_000;
/// The number of messages per second while the screen of another node is watched.
const PER_SECOND: u32 = cells::PER_SECOND / 2;
/// The number of times that a new node is filled, alternating with an import.
const FILLS: usize = 2;

fn main() {
    println!("cluster, {}, three servers: {}", machine::line(), version());
    let mut messages = Messages::new(7);
    if wanted::is_wanted("answer") {
        answers(&mut messages);
    }
    if wanted::is_wanted("cell") {
        cell();
    }
    if wanted::is_wanted("fill") {
        let asked = std::env::vars().find(|(name, _)| name == "WEIBOX_BENCH_MESSAGES").map(|(_, n)| n.parse().unwrap());
        fill(&mut messages, asked.unwrap_or(200_000));
    }
}

fn version() -> String {
    let output = Command::new(servers::program()).arg("-v").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A node with its own home; it is killed when this is dropped.
struct Node {
    home: TempDir,
    process: Option<Child>,
    address: Option<SocketAddr>,
}

impl Node {
    /// Creates a node without starting it.
    fn new(servers: &Servers, name: &str, ack: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".config/weibox");
        fs::create_dir_all(&config).unwrap();
        let text = format!("[cluster]\nurl = {:?}\nnode = {name:?}\nack = {ack:?}\n", servers.urls());
        fs::write(config.join("config.toml"), text).unwrap();
        fs::set_permissions(config.join("config.toml"), fs::Permissions::from_mode(0o600)).unwrap();
        Self { home, process: None, address: None }
    }

    fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weibox"));
        command.args(args).arg("--data-dir").arg(self.data_dir()).env("HOME", self.home.path()).stdin(Stdio::null());
        command.env_remove("XDG_CONFIG_HOME");
        command
    }

    fn init(&self) {
        wait_for("the stream", || self.command(&["cluster", "init"]).output().unwrap().status.success());
    }

    /// Starts the node and waits until it listens.
    fn listen(&mut self) {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let process = self.process.insert(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let told = lines.map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("listening on http://")?;
            rest.split('/').next()?.parse().ok()
        });
        self.address = told;
        wait_for("a node that is whole", || self.status()["standing"] == "whole");
    }

    /// Starts the node without a listener and does not wait.
    fn follow(&mut self) {
        let mut command = self.command(&["serve", "--no-listen"]);
        self.process = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    /// Returns the cluster status of the node.
    fn status(&self) -> Value {
        let output = self.command(&["status", "--json"]).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default()["cluster"].take()
    }

    /// Waits until node and stream have everything of each other.
    fn wait_until_quiet(&self) {
        wait_for("a node that is quiet", || {
            let status = self.status();
            status["standing"] == "whole" && status["untold"] == 0 && status["cursor"] == status["last"]
        });
    }

    fn n_messages(&self) -> u64 {
        Reader::open(&self.data_dir()).and_then(|reader| reader.n_after(0)).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}

/// Compares the answers of a node that waits for the quorum with those of a node on the same stream that does
/// not.
fn answers(messages: &mut Messages) {
    let servers = Servers::start(3);
    let mut nodes = ["quorum", "local"].map(|ack| Node::new(&servers, ack, ack));
    nodes[0].init();
    nodes.iter_mut().for_each(Node::listen);
    let mut measured = [const { (Vec::new(), Duration::ZERO) }; 2];
    for _ in 0..ROUNDS {
        for (node, (latencies, took)) in nodes.iter().zip(&mut measured) {
            nodes.iter().for_each(Node::wait_until_quiet);
            let requests = Arc::new(messages.take(REQUESTS).map(|body| callers::request(&body)).collect());
            let load = Load { connections: CONNECTIONS, length: ROUND, per_second: None };
            let (of_round, length) = callers::send(node.address.unwrap(), load, &requests);
            latencies.extend(of_round);
            *took += length;
        }
    }
    let mut rates = Vec::new();
    for ((latencies, took), ack) in measured.iter_mut().zip(["quorum", "local"]) {
        let rate = latencies.len() as f64 / took.as_secs_f64();
        let [half, most] = [50, 99].map(|percent| ms(shared::percentile(latencies, percent)));
        println!("ack={ack:7} {CONNECTIONS} connections {rate:>7.0} /s, p50 {half:>6.2} ms, p99 {most:>6.2} ms");
        rates.push(rate);
    }
    println!("quorum of local: {:.2} (at least 0.35, p99 at most 25 ms)", rates[0] / rates[1]);
}

/// Measures the time from a callback at one node to the screen of a dashboard attached to another.
fn cell() {
    let servers = Servers::start(3);
    let mut nodes = ["here", "there"].map(|name| Node::new(&servers, name, "quorum"));
    nodes[0].init();
    nodes.iter_mut().for_each(Node::listen);
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["attach", "--data-dir", nodes[1].data_dir().to_str().unwrap()]);
    command.env("HOME", nodes[1].home.path());
    command.env("LANG", "en_US.UTF-8");
    let pty = Pty::spawn(command, SIZE.0, SIZE.1);
    pty.wait_for_text("attached");
    cells::to_cell(&pty, &nodes[0].address.unwrap().to_string(), PER_SECOND, "p99 at most 60 ms");
}

/// Measures how fast a new node fills from the stream, compared with an import of the same messages into a
/// separate archive.
fn fill(messages: &mut Messages, count: usize) {
    let mut servers = Servers::start(3);
    let mut first = Node::new(&servers, "first", "quorum");
    first.init();
    first.listen();
    let requests = Arc::new(messages.take(count).map(|body| callers::request(&body)).collect());
    let load = Load { connections: CONNECTIONS, length: Duration::MAX, per_second: None };
    tell("callbacks", count, callers::send(first.address.unwrap(), load, &requests).1);
    first.wait_until_quiet();
    let lines = first.home.path().join("lines");
    let exported = first.command(&["export"]).stdout(File::create(&lines).unwrap()).status().unwrap();
    assert!(exported.success());
    let n_bytes = fs::metadata(&lines).unwrap().len() as f64 / count as f64;
    let mut of = [Duration::ZERO; 2];
    for _ in 0..FILLS {
        let alone = Node::new(&servers, "alone", "quorum");
        of[0] += timed(|| {
            let imported = alone.command(&["import"]).arg(&lines).stderr(Stdio::null()).status().unwrap();
            assert!(imported.success());
        });
        let mut new = Node::new(&servers, "new", "quorum");
        of[1] += timed(|| {
            new.follow();
            wait_for("a full node", || new.n_messages() == count as u64);
        });
        assert_eq!(alone.n_messages(), new.n_messages());
    }
    for (what, took) in ["import", "a new node is filled"].into_iter().zip(of) {
        tell(what, count * FILLS, took);
    }
    println!("filling of import: {:.2} (at least 0.6)", of[0].as_secs_f64() / of[1].as_secs_f64());
    let bytes = servers.info().state.bytes as f64 / count as f64;
    println!("the stream takes {bytes:.0} bytes a message on each server; a line of `weibox export` has {n_bytes:.0}");
    for what in ["with its disk", "with an empty disk"] {
        let index = (servers.leader() + 1) % 3;
        servers.kill(index);
        if what == "with an empty disk" {
            servers.forget(index);
        }
        // The other servers must notice first.
        wait_for("a server that is missed", || n_current(&servers) == 2);
        let took = timed(|| {
            servers.go_on(index);
            wait_for("all servers up to date", || n_current(&servers) == 3);
        });
        tell(&format!("a server comes back {what}"), count, took);
    }
    for index in 0..3 {
        servers.kill(index);
        servers.forget(index);
    }
    let made = timed(|| {
        (0..3).for_each(|index| servers.go_on(index));
        wait_for("a stream that has everything", || servers.info().state.last_sequence >= count as u64);
    });
    tell("the stream is made again", count, made);
}

/// Returns the number of servers that have the whole stream.
fn n_current(servers: &Servers) -> usize {
    1 + servers.info().cluster.unwrap().replicas.iter().filter(|replica| replica.current && !replica.offline).count()
}

fn timed(work: impl FnOnce()) -> Duration {
    let began_at = Instant::now();
    work();
    began_at.elapsed()
}

fn tell(what: &str, count: usize, took: Duration) {
    println!(
        "{what:36} {count} messages in {:>7.2} s, {:>7.0} /s",
        took.as_secs_f64(),
        count as f64 / took.as_secs_f64()
    );
}
