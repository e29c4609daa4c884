//! Weibox under attack: whatever strangers do on other connections, a signed callback is answered in time.

use std::net::Shutdown;
use std::time::Duration;

use crate::pace::Pace;
use crate::support::{Connection, Home, SECRET, Serve, message, target, wait_for};

mod access;
mod flood;
mod panics;
mod printing;
mod replay;
mod smuggling;
mod stopped;
pub(crate) mod tls;

/// The time within which a signed callback is answered: see `pace`.
const IN_TIME: Duration = Duration::from_secs(1);

/// The time after which an incomplete request is cut off, before Weibo would give up.
const CUT_OFF: Duration = Duration::from_secs(5);

/// Posts a message as Weibo does, on a new connection; it must be stored in time.
#[track_caller]
fn is_answered_in_time(serve: &Serve, words: &str) {
    let pace = Pace::of(serve.running.id());
    serve.keep(message(words));
    pace.assert_within(IN_TIME, words);
}

#[test]
fn who_has_closed_his_side_is_answered_all_the_same() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let body = message("half closed");
    let mut connection = serve.connect();
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n", target(SECRET), body.len());
    connection.send(head + &body).unwrap();
    connection.close(Shutdown::Write).unwrap();
    assert_eq!(connection.answer().unwrap().status, 200);
    assert_eq!(connection.rest().unwrap(), b"");
    assert_eq!(home.records().len(), 1);
}

#[test]
fn requests_sent_before_the_answers_are_answered_in_order_and_hold_nobody_up() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let mut connection = serve.connect();
    let mut requests = String::new();
    for number in 0..200 {
        let body = message(&format!("pipelined {number}"));
        let query = if number % 2 == 0 { target(SECRET) } else { "/weibo".to_owned() };
        let head = format!("POST {query} HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n", body.len());
        requests.push_str(&(head + &body));
    }
    connection.send(requests).unwrap();
    is_answered_in_time(&serve, "beside");
    for number in 0..200 {
        let expected = if number % 2 == 0 { 200 } else { 403 };
        assert_eq!(connection.answer().unwrap().status, expected, "{number}");
    }
    assert_eq!(home.records().len(), 101);
}

#[test]
fn heads_without_end_are_refused() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let many = "x: y\r\n".repeat(500);
    for (words, head) in [
        ("a header", format!("GET /weibo HTTP/1.1\r\nX: {}", "a".repeat(100_000))),
        ("headers", format!("GET /weibo HTTP/1.1\r\n{many}\r\n")),
        ("a path", format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000))),
    ] {
        let mut connection = serve.connect();
        // The connection may be closed while sending.
        drop(connection.send(head));
        let refused = connection.answer().map_or(431, |answer| answer.status);
        assert!(matches!(refused, 414 | 431), "{words}: {refused}");
        is_answered_in_time(&serve, words);
    }
    let reader = home.reader();
    wait_for("the refusals in the request log", || reader.calls(10).unwrap().iter().any(|call| call.status == 431));
}

#[test]
fn chunks_without_end_are_cut_off_before_weibo_would_give_up() {
    let home = Home::new();
    home.configure("body_limit = 1024");
    let serve = Serve::signed(&home);
    for (words, target, status) in [("signed", target(SECRET), 413), ("a stranger's", "/weibo".to_owned(), 403)] {
        let mut connection = serve.connect();
        let head = format!("POST {target} HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n");
        connection.send(head).unwrap();
        let pace = Pace::of(serve.running.id());
        let chunk = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
        while connection.send(&chunk).is_ok() {
            pace.assert_within(CUT_OFF, words);
        }
        is_answered_in_time(&serve, words);
        // The answer may be lost together with bytes in transit.
        assert_eq!(connection.answer().map_or(status, |answer| answer.status), status, "{words}");
    }
}

#[test]
fn tiny_chunks_and_a_trickle_of_bytes_are_cut_off_too() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\n", target(SECRET));
    for (words, head, drop_of) in [
        ("chunks", format!("{head}Transfer-Encoding: chunked\r\n\r\n"), "1\r\na\r\n"),
        ("a body", format!("{head}Content-Length: 100000\r\n\r\n"), "a"),
        ("a head", head, "x"),
    ] {
        let mut connection = serve.connect();
        connection.send(head).unwrap();
        let pace = Pace::of(serve.running.id());
        while connection.send(drop_of).is_ok() {
            pace.assert_within(CUT_OFF, words);
            std::thread::sleep(Duration::from_millis(20));
        }
        is_answered_in_time(&serve, words);
    }
}

#[test]
fn no_core_is_dumped_and_there_are_files_for_all_connections() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    // On systems without this file, such as macOS, there is nothing to check.
    let Ok(limits) = std::fs::read_to_string(format!("/proc/{}/limits", serve.running.id())) else { return };
    let limit = |name: &str| {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse::<usize>().unwrap_or(usize::MAX)
    };
    assert_eq!(limit("Max core file size"), 0);
    assert!(limit("Max open files") > 1000);
}

/// Returns the content of the log.
fn logged(home: &Home) -> String {
    let is_log = |path: &std::path::PathBuf| path.extension().is_some_and(|extension| extension == "log");
    home.kept().into_iter().filter(is_log).map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

/// Opens a connection that has sent these bytes and waits.
fn holding(serve: &Serve, bytes: &str) -> std::io::Result<Connection> {
    let mut connection = Connection::to(serve.address)?;
    connection.send(bytes)?;
    Ok(connection)
}
