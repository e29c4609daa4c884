//! Latency on the screen: from a callback to its cell, on a real pseudo-terminal at 1,000 callbacks a second;
//! from a key to its frame during a flood; the bytes sent to the terminal per message; and the cost of a frame
//! with a sixtieth of 10,000 new messages. `WEIBOX_BENCH_MESSAGES=10000000` fills the archive first, and also
//! prints the memory of the program after scrolling and searching, and the time of its first frame.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use weibox::archive::Reader;
use weibox::controls::layout::Size;
use weibox::dashboard::{Effect, Event, Setup, State};
use weibox::run::clock;
use weibox::view::view;

mod cells;
mod filled;
mod machine;
#[path = "../tests/it/pty.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod pty;
mod shared;

use cells::{PER_SECOND, ms, print, send, to_cell};
use filled::fill;
use pty::{PATIENCE, Pty};

/// Size of the terminal in cells.
const SIZE: (u16, u16) = (120, 36);
/// The number of messages per second in the flood.
const FLOOD: u32 = 10_000;
/// The number of keys pressed during the flood.
const KEYS: usize = 60;
/// The number of frames drawn, each with a sixtieth of a flood.
const FRAMES: usize = 600;
/// F10 changes the language, and with it the whole screen.
const LANGUAGE: &str = "\x1b[21~";

fn main() {
    let filled = std::env::vars().find(|(name, _)| name == "WEIBOX_BENCH_MESSAGES").map(|(_, n)| n.parse().unwrap());
    let home = tempfile::tempdir().unwrap();
    let mut messages = shared::Messages::new(3);
    println!("screen, {}, {} by {} cells", machine::line(), SIZE.0, SIZE.1);
    fill(home.path(), &mut messages, filled.unwrap_or(10_000));
    frames(home.path(), &mut messages);

    let started_at = Instant::now();
    let mut pty = start(home.path());
    let (told, first_frame) = address(&pty, started_at);
    println!("first frame after {:.0} ms, process start included", ms(first_frame));
    bytes(&pty, &told);
    to_cell(&pty, &told, PER_SECOND, "p99 at most 17 ms");
    keys(&mut pty, &told, &mut messages);
    memory(&mut pty);
    pty.send("q");
    pty.wait();
}

/// Measures a frame with a sixtieth of a flood: reading the page, and applying and drawing it.
fn frames(home: &Path, messages: &mut shared::Messages) {
    let mut reader = Reader::open(home).unwrap();
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    let (mut state, effects) = State::new(Setup::default(), Size { width: SIZE.0, height: SIZE.1 }, clock::now());
    let (mut read, mut drawn) = (Vec::new(), Vec::new());
    let mut effects = effects;
    for _ in 0..FRAMES {
        fill(home, messages, usize::try_from(FLOOD / 60).unwrap());
        let began_at = Instant::now();
        effects.extend(state.update(Event::Committed));
        let mut reading = Duration::ZERO;
        for effect in std::mem::take(&mut effects) {
            if let Effect::Load(request) = effect {
                let began_at = Instant::now();
                let page = reader.page(&request, clock::now()).unwrap();
                reading += began_at.elapsed();
                effects.extend(state.update(Event::Page(page)));
            }
        }
        terminal.draw(|frame| view(&state, frame)).unwrap();
        read.push(reading);
        drawn.push(began_at.elapsed().saturating_sub(reading));
    }
    print("a page with 166 new messages", &mut read, "on a thread of its own");
    print("a frame of it: update and draw", &mut drawn, "at most 2 ms");
}

fn start(home: &Path) -> Pty {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir", home.to_str().unwrap()]);
    command.env("HOME", home);
    command.env("LANG", "en_US.UTF-8");
    Pty::spawn(command, SIZE.0, SIZE.1)
}

/// Returns the address of the listener as shown on the screen, and the time until it appeared.
fn address(pty: &Pty, started_at: Instant) -> (String, Duration) {
    let told = RefCell::new(None);
    pty.wait_for(
        |screen| {
            let text = screen.contents();
            let found = text.split_once("127.0.0.1:").and_then(|(_, rest)| rest.split_once("/weibo"));
            told.replace(found.map(|(port, _)| format!("127.0.0.1:{port}")));
            told.borrow().is_some()
        },
        PATIENCE,
    );
    (told.take().unwrap(), started_at.elapsed())
}

/// Measures the bytes sent to the terminal per message when messages arrive one at a time, which are the
/// differences that ratatui finds.
fn bytes(pty: &Pty, address: &str) {
    const ALONE: usize = 50;
    let before = pty.raw().len();
    for number in 0..ALONE {
        let body = move |n| {
            (n == 0)
                .then(|| format!(r#"{{"type":"text","sender_id":{},"text":"alone n{number}e"}}"#, 6_000_000 + number))
        };
        for sender in send(address, PER_SECOND, body) {
            sender.join().unwrap();
        }
        pty.wait_for(|screen| screen.contents().contains(&format!("alone n{number}e")), PATIENCE);
    }
    let bytes = (pty.raw().len() - before) / ALONE;
    let cells = usize::from(SIZE.0) * usize::from(SIZE.1);
    println!("{bytes} bytes to the terminal for a new message that comes alone, on a screen of {cells} cells");
}

/// Measures the time from a key to the frame with its effect, while callbacks come as fast as they are answered.
fn keys(pty: &mut Pty, address: &str, messages: &mut shared::Messages) {
    let bodies: Vec<String> = messages.take(usize::try_from(FLOOD).unwrap() * 30).collect();
    let n_sent = Arc::new(AtomicUsize::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let (n, over) = (Arc::clone(&n_sent), Arc::clone(&is_over));
    let began_at = Instant::now();
    let senders = send(address, FLOOD, move |number| {
        n.fetch_max(number, Ordering::Relaxed);
        bodies.get(number).filter(|_| !over.load(Ordering::Relaxed)).cloned()
    });
    let mut latencies = Vec::new();
    let is_chinese = |screen: &vt100::Screen| screen.contents().contains("文字");
    for press in 0..KEYS {
        // Out of step with the frames.
        thread::sleep(Duration::from_millis(40 + 7 * (press as u64 % 5)));
        let pressed_at = Instant::now();
        pty.send(LANGUAGE);
        pty.wait_for(|screen| is_chinese(screen) == (press % 2 == 0), PATIENCE);
        latencies.push(pressed_at.elapsed());
    }
    is_over.store(true, Ordering::Relaxed);
    let rate = n_sent.load(Ordering::Relaxed) as f64 / began_at.elapsed().as_secs_f64();
    for sender in senders {
        sender.join().unwrap();
    }
    print(
        &format!("from key to frame while {rate:.0} callbacks a second come"),
        &mut latencies,
        "the next frame, 17 ms",
    );
}

/// Measures the memory of the program after pages, jumps and searches.
fn memory(pty: &mut Pty) {
    let queries = ["好的", "退款", "iph", "什么 type:text"].map(|query| format!("/{query}\r\x1b\x1b"));
    for keys in ["G", "g", "50%"].iter().copied().chain(queries.iter().map(String::as_str)).chain(["\x1b[6~"; 40]) {
        pty.send(keys);
        thread::sleep(Duration::from_millis(200));
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", pty.id())).unwrap();
    let of = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map_or("?", str::trim).to_owned();
    println!("memory after scrolling and searching: {} (at most {}; promised 48 MB)", of("VmRSS:"), of("VmHWM:"));
}
