//! Many connections at once, idle or slow, and many refused requests.

use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};
use weibox::listener::CONNECTIONS;

use super::{holding, is_answered_in_time, logged};
use crate::support::{Home, SECRET, Serve, message, target, wait_for};

/// The number of idle connections, if one process may have that many.
const IDLE: u64 = 10_000;
/// The number of them opened at once.
const BURST: usize = 500;
/// The number of files that other tests of this process may have open.
const OTHER_FILES: u64 = 1000;

/// Floods take turns: each alone should be too much for weibox, but not all together for the machine.
static TURN: Mutex<()> = Mutex::new(());

pub(super) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Raises the limit of open files to its maximum; returns how many connections that allows.
pub(super) fn room_for_connections() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    limit.current.map_or(IDLE, |files| files.saturating_sub(OTHER_FILES).min(IDLE))
}

#[test]
fn ten_thousand_idle_connections_keep_no_call_waiting() {
    let _turn = turn();
    let count = room_for_connections();
    let home = Home::new();
    let serve = Serve::signed(&home);
    let mut idle = Vec::new();
    // As many at a time as fit into the kernel's accept queue; beyond that the kernel, not weibox, delays
    // everyone by a second.
    while (idle.len() + BURST) as u64 <= count {
        std::thread::scope(|scope| {
            let open = || (0..BURST).map(|_| TcpStream::connect(serve.address).unwrap()).collect::<Vec<_>>();
            let burst = scope.spawn(open);
            let mut calls = 0;
            while calls == 0 || !burst.is_finished() {
                is_answered_in_time(&serve, &format!("{calls} beside {}", idle.len()));
                calls += 1;
            }
            idle.extend(burst.join().unwrap());
        });
    }
    for number in 0..10 {
        is_answered_in_time(&serve, &format!("{number} after all"));
    }
}

#[test]
fn slow_requests_on_every_connection_keep_no_call_waiting() {
    let _turn = turn();
    room_for_connections();
    for (words, bytes) in [
        ("half a head", "POST /weibo HTTP/1.1\r\nHost: w".to_owned()),
        ("half a body", "POST /weibo HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\n{".to_owned()),
        ("half a signed body", format!("POST {} HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\n{{", target(SECRET))),
        ("half a chunk", format!("POST {} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{{", target(SECRET))),
        ("an answered request", "GET / HTTP/1.1\r\nHost: w\r\n\r\n".to_owned()),
        ("unread answers", "GET / HTTP/1.1\r\nHost: w\r\n\r\n".repeat(10)),
    ] {
        let home = Home::new();
        let serve = Serve::signed(&home);
        let mut held = Vec::new();
        while held.len() < CONNECTIONS + BURST {
            held.extend((0..BURST).filter_map(|_| holding(&serve, &bytes).ok()));
            // It is behind them in the kernel's queue, so all of them were accepted when it is answered.
            serve.keep(message(&format!("{words}, {} connections", held.len())));
        }
        for number in 0..5 {
            is_answered_in_time(&serve, &format!("beside {words} {number}"));
        }
    }
}

#[test]
fn refused_calls_cannot_fill_the_disk_and_keep_no_call_waiting() {
    let _turn = turn();
    let home = Home::new();
    let serve = Serve::signed(&home);
    let started_at = Instant::now();
    let per_caller: usize = 1500;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut connection = serve.connect();
                let path = format!("/{}", "long".repeat(500));
                for _ in 0..per_caller {
                    assert_eq!(connection.call("POST", &path, b"").unwrap().status, 404);
                }
            });
        }
        for number in 0..20 {
            is_answered_in_time(&serve, &format!("beside {number}"));
        }
    });
    let reader = home.reader();
    wait_for("the first refusals", || !reader.calls(1).unwrap().is_empty());
    let allowed = 100 + (started_at.elapsed() + Duration::from_secs(1)).as_secs();
    let kept = reader.calls(4 * per_caller).unwrap().len() as u64;
    assert!((100..=allowed).contains(&kept), "{kept} of {} refusals are kept", 4 * per_caller);
    assert!((logged(&home).len() as u64) < 400 * (allowed + 10), "{} bytes of log", logged(&home).len());
    assert_eq!(serve.post(message("at last")).status, 200);
}

#[test]
fn long_bodies_behind_one_signature_that_was_seen_fill_no_memory_and_hold_nobody_up() {
    let home = Home::new();
    home.configure("body_limit = 16777216");
    let serve = Serve::signed(&home);
    // Complete except for the last byte, so that each is held until its timeout.
    let length = 16 << 20;
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\nContent-Length: {length}\r\n\r\n", target(SECRET));
    let body = vec![b' '; length - 1];
    wait_for("one of three to be too many", || {
        let callers = [(); 3].map(|()| {
            let mut connection = serve.connect();
            // A refused connection may be closed.
            drop(connection.send(head.as_bytes()).and_then(|()| connection.send(&body)));
            connection
        });
        is_answered_in_time(&serve, "beside");
        callers.map(|mut connection| connection.answer().map_or(0, |answer| answer.status)).contains(&503)
    });
    let whole = [b" ".repeat(length - 200), message("long, and alone").into_bytes()].concat();
    // A caller that is refused before it has sent everything may not see the answer.
    wait_for("room again", || serve.try_post(&whole).is_ok_and(|answer| answer.status == 200));
    assert_eq!(home.records().len(), 2);
}
