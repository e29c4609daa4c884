//! Measures the time from a callback to the cell of a screen that shows it.

use std::cell::{Cell, RefCell};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::pty::{PATIENCE, Pty};
use crate::shared;

/// The number of timed callbacks.
const CALLBACKS: usize = 5_000;
/// The number of callbacks per second.
pub(crate) const PER_SECOND: u32 = 1_000;
/// The number of connections.
const CONNECTIONS: usize = 8;

pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub(crate) fn print(what: &str, durations: &mut [Duration], promised: &str) {
    let [half, most] = [50, 99].map(|percent| ms(shared::percentile(durations, percent)));
    println!("{what:56} p50 {half:>7.2} ms, p99 {most:>7.2} ms ({promised})");
}

/// Sends callbacks at a fixed rate over some connections, each at its scheduled time, until `next` returns
/// `None`.
pub(crate) fn send(
    address: &str,
    per_second: u32,
    next: impl Fn(usize) -> Option<String> + Send + Sync + 'static,
) -> Vec<thread::JoinHandle<()>> {
    let (next, number) = (Arc::new(next), Arc::new(AtomicUsize::new(0)));
    let begin = Instant::now();
    (0..CONNECTIONS)
        .map(|_| {
            let (next, number, address) = (Arc::clone(&next), Arc::clone(&number), address.to_owned());
            thread::spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                let mut answer = [0; 1024];
                loop {
                    let number = number.fetch_add(1, Ordering::Relaxed);
                    let due_at = begin + Duration::from_secs(1) * u32::try_from(number).unwrap() / per_second;
                    thread::sleep(due_at.saturating_duration_since(Instant::now()));
                    let Some(body) = next(number) else { return };
                    let length = body.len();
                    let head =
                        "POST /weibo HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length:";
                    stream.write_all(format!("{head} {length}\r\n\r\n{body}").as_bytes()).unwrap();
                    let read = stream.read(&mut answer).unwrap();
                    assert!(answer.get(..read).unwrap().starts_with(b"HTTP/1.1 200 "));
                }
            })
        })
        .collect()
}

/// Measures the time from sending a callback to its text on the screen, at this rate per second.
pub(crate) fn to_cell(pty: &Pty, address: &str, per_second: u32, promised: &str) {
    let sent_at: Arc<Vec<OnceLock<Instant>>> = Arc::new((0..CALLBACKS).map(|_| OnceLock::new()).collect());
    let before = pty.raw().len();
    let times = Arc::clone(&sent_at);
    let senders = send(address, per_second, move |number| {
        times.get(number)?.set(Instant::now()).unwrap();
        Some(format!(r#"{{"type":"text","sender_id":{},"text":"callback n{number}e"}}"#, 7_000_000 + number))
    });
    let (seen, latencies, n_frames) = (RefCell::new(vec![false; CALLBACKS]), RefCell::new(Vec::new()), Cell::new(0));
    let began_at = Instant::now();
    pty.wait_for(
        |screen| {
            let now = Instant::now();
            let n_before = latencies.borrow().len();
            for piece in screen.contents().split("callback n").skip(1) {
                let number = piece.split_once('e').and_then(|(number, _)| number.parse::<usize>().ok());
                let Some((number, is_seen)) = number.and_then(|number| Some((number, *seen.borrow().get(number)?)))
                else {
                    continue;
                };
                // In a partly written frame, digits of two numbers may be adjacent.
                let Some(sent_at) = sent_at.get(number).and_then(OnceLock::get) else { continue };
                if !is_seen {
                    *seen.borrow_mut().get_mut(number).unwrap() = true;
                    latencies.borrow_mut().push(now - *sent_at);
                }
            }
            n_frames.set(n_frames.get() + usize::from(latencies.borrow().len() > n_before));
            *seen.borrow().last().unwrap()
        },
        PATIENCE,
    );
    let took = began_at.elapsed().as_secs_f64();
    for sender in senders {
        sender.join().unwrap();
    }
    let bytes = pty.raw().len() - before;
    let mut latencies = latencies.into_inner();
    let n_seen = latencies.len();
    print(&format!("from POST to cell at {per_second}/s"), &mut latencies, promised);
    println!(
        "{n_seen} of {CALLBACKS} stood on the screen, in {:.0} frames a second; {} bytes to the terminal for a new message",
        n_frames.get() as f64 / took,
        bytes / CALLBACKS
    );
}
