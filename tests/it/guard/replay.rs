//! One signed address, seen by an attacker and sent repeatedly.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use weibox::weibo::signature::sign;

use super::IN_TIME;
use crate::pace::Pace;
use crate::support::{Connection, Home, SECRET, Serve, message, target, wait_for};

/// The number of connections per thread.
const PER_THREAD: usize = 50;
/// The maximum length of a body that takes no room among the long ones.
const LENGTH: usize = 16_000;
/// The number of callbacks beside them.
const CALLBACKS: usize = 200;
/// The maximum memory of the process in kB.
const MEMORY: u64 = 256 << 10;

/// A body that is expensive to read, sent repeatedly on many connections. It may contain its number.
struct Body {
    words: &'static str,
    n_connections: usize,
    begins: fn(u64) -> String,
    ends: String,
}

fn bodies() -> [Body; 4] {
    let values = |length: usize| r#"{"":1},"#.repeat(length / 7);
    let array = |length| values(length) + "0]}";
    let envelope = |number| format!(r#"{{"type":"text","text":"{number}","data":["#);
    let body = |words, n_connections, begins, ends| Body { words, n_connections, begins, ends };
    [
        body("no JSON", 1500, |_| String::new(), values(LENGTH)),
        body("many values", 1500, envelope, array(LENGTH)),
        body("a repeat", 1500, |_| message("again"), String::new()),
        // More would be a flood that fills the line.
        body("a megabyte", 150, envelope, array(1_000_000)),
    ]
}

#[test]
fn a_signed_address_that_is_replayed_holds_no_other_callback_up_and_fills_no_memory() {
    let _turn = super::flood::turn();
    super::flood::room_for_connections();
    for body in bodies() {
        let Body { words, n_connections, .. } = body;
        let home = Home::new();
        let serve = Serve::signed(&home);
        let (is_over, n_sent) = (AtomicBool::new(false), AtomicU64::new(0));
        let (pace, took) = std::thread::scope(|scope| {
            for _ in 0..n_connections / PER_THREAD {
                scope.spawn(|| replay(&serve, &body, &is_over, &n_sent));
            }
            // While so many connect at once, the kernel, not weibox, delays callers.
            wait_for("all connections", || n_sent.load(Ordering::Relaxed) >= 2 * n_connections as u64);
            let pace = Pace::of(serve.running.id());
            let mut took: Vec<Duration> = (0..CALLBACKS).map(|number| callback(&serve, words, number)).collect();
            is_over.store(true, Ordering::Relaxed);
            took.sort_unstable();
            (pace, took)
        });
        let [p50, p99] = [CALLBACKS / 2, CALLBACKS * 99 / 100].map(|at| took[at]);
        let n_sent = n_sent.into_inner();
        pace.assert_took(p99, IN_TIME, &format!("{words}: p50 {p50:?}, p99 beside {n_sent} replays"));
        // On systems without this file, such as macOS, there is nothing to check.
        let status = std::fs::read_to_string(format!("/proc/{}/status", serve.running.id())).unwrap_or_default();
        let most =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        assert!(most.unwrap_or(0) < MEMORY, "{words}: {most:?} kB");
    }
}

/// Sends the body on several connections at once, and again when they are answered.
fn replay(serve: &Serve, body: &Body, is_over: &AtomicBool, n_sent: &AtomicU64) {
    let mut connections: Vec<Option<Connection>> = (0..PER_THREAD).map(|_| None).collect();
    while !is_over.load(Ordering::Relaxed) {
        for place in &mut connections {
            let begins = (body.begins)(n_sent.fetch_add(1, Ordering::Relaxed));
            let (target, length) = (target(SECRET), begins.len() + body.ends.len());
            let head = format!("POST {target} HTTP/1.1\r\nHost: w\r\nContent-Length: {length}\r\n\r\n{begins}");
            let mut connection = place.take().or_else(|| Connection::to(serve.address).ok());
            // A closed connection is opened again.
            let sent =
                connection.as_mut().map(|connection| connection.send(&head).and_then(|()| connection.send(&body.ends)));
            *place = connection.filter(|_| matches!(sent, Some(Ok(()))));
        }
        for place in &mut connections {
            let answered = place.as_mut().map(Connection::answer);
            let is_kept = matches!(&answered, Some(Ok(answer)) if answer.header("connection") != Some("close"));
            *place = place.take().filter(|_| is_kept);
        }
    }
}

/// Returns the default callback with a unique signature.
fn fresh_target(number: usize) -> String {
    let timestamp = "1397022061823";
    format!("/weibo?signature={}&timestamp={timestamp}&nonce={number}", sign(SECRET, timestamp, &number.to_string()))
}

/// Sends a message as Weibo does, on a new connection; returns the time of the answer.
fn callback(serve: &Serve, words: &str, number: usize) -> Duration {
    let asked = Pace::of(serve.running.id());
    let body = message(&format!("{words} {number}"));
    wait_for("a callback to be kept", || {
        let mut connection = Connection::to(serve.address).unwrap();
        let answer = connection.call("POST", &fresh_target(number), body.as_bytes()).unwrap();
        assert!(matches!(answer.status, 200 | 503), "{words}: {answer:?}");
        answer.status == 200
    });
    asked.elapsed()
}
