//! Weibo's callbacks over real sockets: which request gets which answer, and when.

use std::io::Write as _;
use std::time::Duration;

use weibox::record::traffic::Call;

use crate::pace::Pace;
use crate::support::{Home, SECRET, Serve, message, signed_query, target, wait_for};

mod kept;

/// The smallest configurable limit.
const LIMIT: usize = 1024;

/// Words that no answer may contain.
const FOREIGN: &str = "words-of-the-caller";

/// Returns a message of this many bytes.
fn message_of(length: usize) -> String {
    let padding = length - message("").len();
    message(&"a".repeat(padding))
}

fn chunked(target: &str, body: &str) -> String {
    let head = format!("POST {target} HTTP/1.1\r\nHost: weibox\r\nTransfer-Encoding: chunked\r\n\r\n");
    let (one, two) = body.split_at(body.len() / 2);
    format!("{head}{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n", one.len(), two.len())
}

#[test]
fn a_handshake_is_answered_with_its_echostr_for_the_right_signature_only() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let signed = target(SECRET);
    let forged = target("another secret");
    for (target, status, words) in [
        (format!("{signed}&echostr=a%2Bb+c%2525"), 200, "a+b c%25"),
        (format!("{signed}&echostr="), 200, ""),
        (format!("{signed}&echostr=5&r=weibo"), 200, "5"),
        (signed.clone(), 400, "`echostr` is missing from the query\n"),
        (format!("{forged}&echostr={FOREIGN}"), 403, "the signature does not match the app secret\n"),
        (format!("/weibo?echostr={FOREIGN}"), 403, "`signature` is missing from the query\n"),
        (format!("{signed}&echostr={FOREIGN}&nonce=1"), 403, "`nonce` is twice in the query\n"),
        (format!("{signed}&echostr={FOREIGN}&echostr=2"), 403, "`echostr` is twice in the query\n"),
        (format!("/?{}&echostr={FOREIGN}", signed_query(SECRET)), 404, "the callback path is `/weibo`\n"),
    ] {
        let answer = serve.connect().call("GET", &target, b"").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (status, words), "{target}");
        if !words.is_empty() {
            assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"), "{target}");
        }
    }
    assert_eq!(home.records(), []);
}

#[test]
fn a_message_is_acknowledged_by_an_empty_200_for_the_right_signature_only() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let right = signed_query(SECRET);
    let wrong = signed_query("another secret");
    let (hex, rest) = right.strip_prefix("signature=").unwrap().split_once('&').unwrap();
    let upper = format!("signature={}&{rest}", hex.to_uppercase());
    for (words, target, status, reason) in [
        ("right", format!("/weibo?{right}"), 200, ""),
        ("in capitals", format!("/weibo?{upper}"), 200, ""),
        ("with more", format!("/weibo?x=1&{right}&y=2"), 200, ""),
        ("wrong", format!("/weibo?{wrong}"), 403, "the signature does not match the app secret\n"),
        ("none", "/weibo".to_owned(), 403, "`signature` is missing from the query\n"),
        ("empty", "/weibo?signature=&timestamp=1&nonce=2".to_owned(), 403, "`signature` is missing from the query\n"),
        ("no time", format!("/weibo?signature={hex}&nonce=1"), 403, "`timestamp` is missing from the query\n"),
        ("twice", format!("/weibo?{right}&timestamp=1"), 403, "`timestamp` is twice in the query\n"),
        ("elsewhere", format!("/other?{right}"), 404, "the callback path is `/weibo`\n"),
        ("below", format!("/weibo/?{right}"), 404, "the callback path is `/weibo`; this one has a slash too many\n"),
        ("above", format!("//weibo?{right}"), 404, "the callback path is `/weibo`; this one has a slash too many\n"),
        ("escaped", format!("/%77eib%6F?{right}"), 200, ""),
        ("with dots", format!("/./a/../weibo?{right}"), 200, ""),
    ] {
        let answer = serve.connect().call("POST", &target, message(words).as_bytes()).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (status, reason), "{words}");
    }
    let kept: Vec<_> = home.records().into_iter().map(|record| record.message.text).collect();
    assert_eq!(kept, ["right", "in capitals", "with more", "escaped", "with dots"]);
}

#[test]
fn other_methods_are_told_which_there_are() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = serve.connect().call(method, &target(SECRET), b"").unwrap();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, POST")), "{method}");
    }
}

#[test]
fn head_is_answered_like_get_without_the_body() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    for (target, status, length) in
        [(format!("{}&echostr=12345", target(SECRET)), 200, "5"), ("/weibo".to_owned(), 403, "38")]
    {
        let mut connection = serve.connect();
        connection.send(format!("HEAD {target} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n")).unwrap();
        let answer = String::from_utf8(connection.rest().unwrap()).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(&format!("content-length: {length}\r\n")) && answer.ends_with("\r\n\r\n"), "{answer}");
    }
}

#[test]
fn a_packed_body_is_unpacked_and_what_cannot_be_is_refused_with_the_reason() {
    let home = Home::new();
    home.configure("body_limit = 65536");
    let serve = Serve::signed(&home);
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let body = message("packed");
    for (coding, body, status, reason) in [
        ("gzip", gzip(body.as_bytes()), 200, ""),
        ("identity", body.clone().into_bytes(), 200, ""),
        ("br", body.clone().into_bytes(), 415, "the body is packed as `br`, which is not unpacked here\n"),
        ("gzip", gzip(&vec![b' '; 1 << 20]), 413, "the body is longer than 65536 bytes\n"),
        ("gzip", body.clone().into_bytes(), 400, "the body could not be read: invalid gzip header\n"),
    ] {
        let target = target(SECRET);
        let length = body.len();
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: w\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut connection = serve.connect();
        connection.send([head.as_bytes(), &body].concat()).unwrap();
        let answer = connection.answer().unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (status, reason), "{coding}");
    }
    let kept: Vec<_> = home.records().into_iter().map(|record| (record.message.text, record.deliveries)).collect();
    assert_eq!(kept, [("packed".to_owned(), 2)]);
    let reader = home.reader();
    let is_415 = |call: &Call| call.status == 415 && call.reason.to_string().contains("`br`");
    wait_for("the refusal in the request log", || reader.calls(10).unwrap().iter().any(is_415));
}

#[test]
fn a_proxy_that_writes_its_own_line_is_told_from_strangers() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let mut connection = serve.connect();
    connection.send("PROXY TCP4 192.0.2.1 192.0.2.2 5 80\r\nGET /weibo HTTP/1.1\r\nHost: w\r\n\r\n").unwrap();
    assert_eq!(connection.answer().unwrap().status, 400);
    let reader = home.reader();
    wait_for("the refusal in the request log", || !reader.calls(1).unwrap().is_empty());
    let reason = reader.calls(1).unwrap().remove(0).reason.to_string();
    assert!(reason.contains("PROXY-protocol") && reason.contains("turn off"), "{reason}");
}

#[test]
fn the_path_is_the_one_that_was_set() {
    let home = Home::new();
    let serve = Serve::start(&home, &["--path", "/hook/7"], &[]);
    assert!(serve.url.ends_with("/hook/7"), "{}", serve.url);
    assert_eq!(serve.connect().call("POST", "/hook/7?a=b", message("here").as_bytes()).unwrap().status, 200);
    let answer = serve.connect().call("POST", "/weibo", message("there").as_bytes()).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (404, "the callback path is `/hook/7`\n"));
}

#[test]
fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    let home = Home::new();
    home.configure(&format!("body_limit = {LIMIT}"));
    let serve = Serve::signed(&home);
    let target = target(SECRET);
    for (length, status) in [(LIMIT - 1, 200), (LIMIT, 200), (LIMIT + 1, 413), (100 * LIMIT, 413)] {
        let body = message_of(length);
        let answer = serve.post(&body);
        assert_eq!(answer.status, status, "{length} bytes, announced");
        let mut connection = serve.connect();
        connection.send(chunked(&target, &body)).unwrap();
        let answer = connection.answer().unwrap();
        assert_eq!(answer.status, status, "{length} bytes in chunks");
        if status == 413 {
            assert_eq!(answer.body, format!("the body is longer than {LIMIT} bytes\n"));
            assert_eq!(connection.rest().unwrap(), b"", "the connection is closed");
        }
    }
    let kept: Vec<_> = home.records().iter().map(|record| (record.raw.len(), record.deliveries)).collect();
    assert_eq!(kept, [(LIMIT - 1, 2), (LIMIT, 2)]);
}

#[test]
fn one_connection_carries_many_requests() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let mut connection = serve.connect();
    for (method, target, body, status) in [
        ("POST", target(SECRET), message("one"), 200),
        ("POST", "/weibo".to_owned(), message("refused"), 403),
        ("GET", "/other".to_owned(), String::new(), 404),
        ("POST", target(SECRET), message("two"), 200),
    ] {
        assert_eq!(connection.call(method, &target, body.as_bytes()).unwrap().status, status, "{method} {target}");
    }
    assert_eq!(home.records().len(), 2);
}

#[test]
fn of_a_refused_call_no_more_is_written_down_than_people_read() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let (method, path) = ("M".repeat(10_000), format!("/{}", "p".repeat(10_000)));
    assert_eq!(serve.connect().call(&method, &path, b"").unwrap().status, 404);
    let reader = home.reader();
    wait_for("the refusal in the request log", || !reader.calls(1).unwrap().is_empty());
    let call = reader.calls(1).unwrap().remove(0);
    assert_eq!((call.method.len(), call.path.len()), (Call::METHOD_LIMIT, Call::PATH_LIMIT));
    assert!(home.log().len() < 1_000, "{}", home.log());
}

#[test]
fn half_a_head_is_cut_off_before_weibo_would_give_up() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    for half in ["", "POST /weibo HTTP/1.1\r\nHost: wei"] {
        let mut connection = serve.connect();
        connection.send(half).unwrap();
        let pace = Pace::of(serve.running.id());
        // It ends with a close or a reset.
        drop(connection.rest());
        pace.assert_within(Duration::from_secs(4), half);
    }
}

#[test]
fn half_a_body_is_refused_before_weibo_would_give_up() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let mut connection = serve.connect();
    let head = format!("POST {} HTTP/1.1\r\nHost: weibox\r\nContent-Length: 100\r\n\r\n", target(SECRET));
    let pace = Pace::of(serve.running.id());
    connection.send(format!("{head}{{\"type\":")).unwrap();
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (408, "the body took too long\n"));
    pace.assert_within(Duration::from_secs(5), "half a body");
    assert_eq!(home.records(), []);
}

#[test]
fn an_open_half_request_keeps_nobody_else_waiting() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let mut idle: Vec<_> = (0..50).map(|_| serve.connect()).collect();
    for connection in &mut idle {
        connection.send("POST /weibo HTTP/1.1\r\n").unwrap();
    }
    let pace = Pace::of(serve.running.id());
    serve.keep(message("through"));
    pace.assert_within(Duration::from_secs(1), "a message beside them");
}
