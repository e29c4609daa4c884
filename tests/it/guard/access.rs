//! Who may call: networks, proxies and the age of a signature, as configured.

use weibox::run::clock;
use weibox::weibo::signature::sign;

use crate::support::{Answer, Home, SECRET, Serve, message, target, wait_for};

/// Sends a message with one more header.
fn call(serve: &Serve, header: &str, words: &str) -> Answer {
    let body = message(words);
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n", target(SECRET), body.len());
    let mut connection = serve.connect();
    connection.send(format!("{head}{header}\r\n{body}")).unwrap();
    connection.answer().unwrap()
}

#[test]
fn with_an_allow_list_nobody_else_may_call() {
    let home = Home::new();
    home.configure("allow = ['192.0.2.0/24']");
    let serve = Serve::signed(&home);
    let answer = serve.post(message("stranger"));
    assert_eq!((answer.status, answer.body.as_str()), (403, "this address may not call here\n"));
    let claimed = call(&serve, "X-Forwarded-For: 192.0.2.7\r\n", "claimed");
    assert_eq!(claimed.status, 403, "nobody is believed who is no trusted proxy");
    drop(serve);
    home.configure("allow = ['127.0.0.0/8']");
    let serve = Serve::signed(&home);
    assert_eq!(serve.post(message("neighbour")).status, 200);
    assert_eq!(home.records().len(), 1);
}

#[test]
fn a_trusted_proxy_says_who_calls() {
    let home = Home::new();
    home.configure("trusted_proxies = ['127.0.0.1']\nallow = ['192.0.2.0/24']");
    let serve = Serve::signed(&home);
    for (header, status) in [
        ("X-Forwarded-For: 192.0.2.7\r\n", 200),
        ("X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n", 200),
        ("Forwarded: for=192.0.2.7;proto=https\r\n", 200),
        ("X-Forwarded-For: 192.0.2.7, 203.0.113.9\r\n", 403),
        ("X-Forwarded-For: 192.0.2.7\r\nForwarded: for=192.0.2.8\r\n", 403),
        ("X-Forwarded-For: unknown\r\n", 403),
        ("", 403),
    ] {
        assert_eq!(call(&serve, header, header).status, status, "{header:?}");
    }
    let reader = home.reader();
    wait_for("the refusals in the request log", || reader.calls(10).unwrap().len() == 4);
    let remotes: Vec<_> = reader.calls(10).unwrap().into_iter().map(|call| call.remote).collect();
    assert!(remotes.contains(&"203.0.113.9".to_owned()), "{remotes:?}");
}

#[test]
fn a_signature_is_good_for_as_long_as_was_set() {
    let home = Home::new();
    let now = clock::now().timestamp_millis();
    let call_of = |timestamp: &str, nonce: &str| {
        format!("/weibo?signature={}&timestamp={timestamp}&nonce={nonce}", sign(SECRET, timestamp, nonce))
    };
    let signed_at = |timestamp: i64| call_of(&timestamp.to_string(), "57");
    let years_ago = "1397022061823";
    let seconds = (now / 1000).to_string();
    home.configure("[signature]\nmax_age = 300");
    let serve = Serve::signed(&home);
    for (words, target, status) in [
        ("now", signed_at(now), 200),
        ("a minute ago", signed_at(now - 60_000), 200),
        ("in a minute", signed_at(now + 60_000), 200),
        ("ten minutes ago", signed_at(now - 600_000), 403),
        ("in ten minutes", signed_at(now + 600_000), 403),
        ("years ago", target(SECRET), 403),
        ("years ago, with a nonce that is a time", call_of(years_ago, &seconds), 403),
        ("the same with both exchanged", call_of(&seconds, years_ago), 403),
    ] {
        let answer = serve.connect().call("POST", &target, message(words).as_bytes()).unwrap();
        assert_eq!(answer.status, status, "{words}");
        let reason = "the signature's timestamp, in milliseconds, is not of the last 300 s\n";
        assert_eq!(answer.body, if status == 403 { reason } else { "" }, "{words}");
        let echo = serve.connect().call("GET", &format!("{target}&echostr=1"), b"").unwrap();
        assert_eq!(echo.status, status, "{words}, as a handshake");
    }
    drop(serve);
    home.configure("");
    assert_eq!(Serve::signed(&home).post(message("years ago")).status, 200, "there is no limit unless one is set");
}
