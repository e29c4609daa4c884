//! Dashboards attached to a `weibox serve`: the time until the first frame and until a callback is visible, and
//! how much twenty of them, one stopped, delay the callers of the listener.
//!
//! `cargo bench --bench attach -- frame cell many` selects parts; without names all parts run.
//! `WEIBOX_BENCH_MESSAGES` is the size of the archive, by default 1,000,000. `WEIBOX_BENCH_ARCHIVE` is a data
//! directory with an archive from an earlier run.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

mod callers;
mod cells;
mod filled;
mod machine;
#[path = "../tests/it/pty.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod pty;
mod shared;
mod wanted;

use callers::Load;
use cells::ms;
use pty::Pty;
use shared::Messages;

/// Size of the terminals in cells.
const SIZE: (u16, u16) = (120, 36);
/// The number of first frames measured.
const STARTS: usize = 30;
/// The number of dashboards attached at once.
const ATTACHED: usize = 20;
/// The number of concurrent callers.
const CONNECTIONS: usize = 64;
/// The number of rounds, alternating between the setups, so that one slow moment of the disk is visible but not
/// decisive.
const ROUNDS: usize = 12;
/// The length of a round.
const ROUND: Duration = Duration::from_millis(1_500);
/// A dashboard that has drawn nothing for this long has nothing left to draw.
const QUIET: Duration = Duration::from_millis(300);
/// The number of prepared requests, more than a round can send.
const REQUESTS: usize = 40_000;

fn main() {
    let home = tempfile::tempdir().unwrap();
    let given =
        std::env::vars_os().find(|(name, _)| name == "WEIBOX_BENCH_ARCHIVE").map(|(_, path)| PathBuf::from(path));
    let data_dir = given.unwrap_or_else(|| home.path().join("data"));
    let mut messages = Messages::new(5);
    if !data_dir.join("weibox.db").exists() {
        let asked = std::env::vars().find(|(name, _)| name == "WEIBOX_BENCH_MESSAGES").map(|(_, n)| n.parse().unwrap());
        filled::fill(&data_dir, &mut messages, asked.unwrap_or(1_000_000));
    }
    let site = Site { home: home.path().to_owned(), data_dir };
    let serve = Serve::start(&site);
    println!("attach, {}, {} by {} cells", machine::line(), SIZE.0, SIZE.1);
    if wanted::is_wanted("frame") {
        first_frame(&site, &serve);
    }
    if wanted::is_wanted("cell") {
        let pty = Pty::spawn(site.command(&["attach"]), SIZE.0, SIZE.1);
        pty.wait_for_text("attached");
        cells::to_cell(&pty, &serve.address.to_string(), cells::PER_SECOND, "p99 at most 17 ms");
    }
    if wanted::is_wanted("many") {
        many(&site, &serve, &mut messages);
    }
}

/// The home and data directory of weibox.
struct Site {
    home: PathBuf,
    data_dir: PathBuf,
}

impl Site {
    fn command(&self, args: &[&str]) -> CommandBuilder {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
        command.args(args);
        command.args(["--data-dir", self.data_dir.to_str().unwrap()]);
        command.env("HOME", &self.home);
        command.env("LANG", "en_US.UTF-8");
        command
    }
}

/// A `weibox serve` without a secret; it is killed when this is dropped.
struct Serve {
    process: Child,
    address: SocketAddr,
}

impl Serve {
    fn start(Site { home, data_dir }: &Site) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weibox"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(data_dir).env("HOME", home);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let told = lines.map_while(Result::ok).find_map(|line| {
            let (_, rest) = line.split_once("listening on http://")?;
            rest.split('/').next()?.parse().ok()
        });
        Self { process, address: told.unwrap() }
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Measures the time from the start of the process to the newest message on the screen.
fn first_frame(site: &Site, serve: &Serve) {
    let body = r#"{"type":"text","sender_id":5000000,"text":"the newest one"}"#;
    let load = Load { connections: 1, length: ROUND, per_second: None };
    callers::send(serve.address, load, &Arc::new(vec![callers::request(body)]));
    let mut starts: Vec<Duration> = (0..STARTS)
        .map(|_| {
            let started_at = Instant::now();
            let pty = Pty::spawn(site.command(&["attach"]), SIZE.0, SIZE.1);
            pty.wait_for_text("the newest one");
            started_at.elapsed()
        })
        .collect();
    cells::print("from the start of attach to its first frame", &mut starts, "at most 60 ms");
}

/// A dashboard on a terminal whose output is only drained, as if the terminal were on another machine.
struct Attached {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    /// Time of the last output.
    drawn_at: Arc<Mutex<Option<Instant>>>,
}

impl Attached {
    fn start(site: &Site) -> Self {
        let pair = native_pty_system().openpty(PtySize { cols: SIZE.0, rows: SIZE.1, ..PtySize::default() }).unwrap();
        let mut command = site.command(&["attach"]);
        command.env("WEIBOX_IMAGES", "halfblocks");
        command.env("TERM", "xterm-256color");
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let drawn_at = Arc::new(Mutex::new(None));
        let last = Arc::clone(&drawn_at);
        thread::spawn(move || {
            let _master = pair.master;
            let mut buffer = [0; 8192];
            while reader.read(&mut buffer).is_ok_and(|n_read| n_read > 0) {
                *last.lock().unwrap() = Some(Instant::now());
            }
        });
        Self { child, drawn_at }
    }

    /// Returns whether the dashboard has finished drawing, because starting costs more than what is measured.
    fn is_ready(&self) -> bool {
        self.drawn_at.lock().unwrap().is_some_and(|at| at.elapsed() > QUIET)
    }

    fn signal(&self, name: &str) {
        let process = self.child.process_id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", name, &process]).status().unwrap().success());
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.signal("KILL");
        self.child.wait().unwrap();
    }
}

/// Returns the number of dashboards attached to the holder of an archive.
fn n_attached(Site { home, data_dir }: &Site) -> u64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weibox"));
    let output = command.args(["status", "--json", "--data-dir"]).arg(data_dir).env("HOME", home).output().unwrap();
    serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["attached"].as_u64().unwrap()
}

fn wait_until_attached(site: &Site, count: usize) {
    while n_attached(site) != count as u64 {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Measures answers without dashboards, with many, one of them stopped, and without again, which shows the
/// variation.
fn many(site: &Site, serve: &Serve, messages: &mut Messages) {
    println!(
        "answers over {CONNECTIONS} connections, p50 / p99 in ms, with no dashboard and with {ATTACHED}, one of them stopped"
    );
    println!(
        "{:>10} {:>15} {:>15} {:>15} {:>10} {:>12}",
        "a second", "none", "none again", "attached", "p99 again", "p99 attached"
    );
    for per_second in [Some(cells::PER_SECOND), None] {
        let mut latencies = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            let mut measure = |latencies: &mut Vec<Duration>| {
                // With some requests to spare.
                let count = per_second.map_or(REQUESTS, |per_second| usize::try_from(per_second).unwrap() * 3);
                let requests = Arc::new(messages.take(count).map(|body| callers::request(&body)).collect());
                let load = Load { connections: CONNECTIONS, length: ROUND, per_second };
                latencies.extend(callers::send(serve.address, load, &requests).0);
            };
            let [none, again, attached] = &mut latencies;
            measure(none);
            let dashboards: Vec<Attached> = (0..ATTACHED).map(|_| Attached::start(site)).collect();
            wait_until_attached(site, ATTACHED);
            while !dashboards.iter().all(Attached::is_ready) {
                thread::sleep(Duration::from_millis(20));
            }
            dashboards[0].signal("STOP");
            measure(attached);
            drop(dashboards);
            wait_until_attached(site, 0);
            measure(again);
        }
        let [none, again, attached] =
            latencies.each_mut().map(|latencies| [50, 99].map(|percent| ms(shared::percentile(latencies, percent))));
        let rate = per_second.map_or_else(|| "all".to_owned(), |per_second| per_second.to_string());
        let pair = |[p50, p99]: [f64; 2]| format!("{p50:.2} / {p99:.2}");
        let [p99_again, p99_attached] = [again, attached].map(|some| some[1] / none[1]);
        let [none, again, attached] = [none, again, attached].map(pair);
        println!("{rate:>10} {none:>15} {again:>15} {attached:>15} {p99_again:>10.2} {p99_attached:>12.2}");
    }
    println!("(at most 1.2)");
}
