//! Requests that two parsers could read differently, written by hand.

use crate::support::{Home, SECRET, Serve, message, target, wait_for};
use weibox::reason;

/// Returns a head with these headers, followed by a message signed with the app secret, for parsers that see the
/// end of the head there.
fn request(headers: &str) -> String {
    let body = message("smuggled");
    let hidden = format!("POST {} HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\r\n{body}", target(SECRET), body.len());
    format!("POST {} HTTP/1.1\r\nHost: w\r\n{headers}\r\n0\r\n\r\n{hidden}", target("another secret"))
}

#[test]
fn what_could_be_read_in_two_ways_is_refused_and_logged_and_nothing_after_it_is_read() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let forms = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length : 5\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "X: 1\nContent-Length: 5\r\n",
        "X: 1\r\n Content-Length: 5\r\n",
        "X: 1\r\n\tfolded\r\n",
        "Content-Length: 5\r\nhost: elsewhere\r\n",
        "X: 1\rContent-Length: 5\r\n",
        "X: 1\0\r\n",
        "X\r\n",
        ": empty\r\n",
    ];
    for headers in forms {
        let mut connection = serve.connect();
        connection.send(request(headers)).unwrap();
        assert_eq!(connection.answer().unwrap().status, 400, "{headers:?}");
        // It ends with a close or a reset.
        assert!(connection.rest().is_err() || connection.rest().unwrap().is_empty(), "{headers:?}");
    }
    let reader = home.reader();
    wait_for("the refusals in the request log", || reader.calls(100).unwrap().len() == forms.len());
    let calls = reader.calls(100).unwrap();
    assert!(
        calls
            .iter()
            .all(|call| call.status == 400 && call.remote == "127.0.0.1" && !call.reason.to_string().is_empty())
    );
    assert!(calls.iter().any(|call| call.reason == reason::calls::HEADER_FOLDED.into()), "{calls:?}");
    assert_eq!(home.records(), []);
}

#[test]
fn requests_with_bare_line_feeds_are_refused() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let body = message("bare");
    for request in [
        format!("POST {} HTTP/1.1\nHost: w\nContent-Length: {}\n\n{body}", target(SECRET), body.len()),
        format!("POST {} HTTP/1.1\r\nHost: w\r\nContent-Length: {}\r\n\n{body}", target(SECRET), body.len()),
    ] {
        let mut connection = serve.connect();
        connection.send(&request).unwrap();
        assert_eq!(connection.answer().unwrap().status, 400, "{request}");
    }
    assert_eq!(home.records(), []);
}

#[test]
fn nothing_is_read_after_chunks() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    let body = message("in chunks");
    let mut connection = serve.connect();
    let head = format!("POST {} HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\n", target(SECRET));
    connection
        .send(format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n{}", body.len(), request("Content-Length: 5\r\n")))
        .unwrap();
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(connection.rest().is_err() || connection.rest().unwrap().is_empty());
    assert_eq!(home.records().len(), 1);
}

#[test]
fn a_parameter_that_is_twice_in_the_query_is_refused_however_it_is_spelled() {
    let home = Home::new();
    let serve = Serve::signed(&home);
    for again in ["signature=0", "timestamp=1397022061823", "nonce=57155157", "%6eonce=1", "echostr=1&echostr=1"] {
        let target = format!("{}&{again}", target(SECRET));
        let answer = serve.connect().call("POST", &target, message("twice").as_bytes()).unwrap();
        assert_eq!(answer.status, 403, "{again}");
        assert!(answer.body.ends_with("is twice in the query\n"), "{again}: {}", answer.body);
    }
    assert_eq!(home.records(), []);
}
