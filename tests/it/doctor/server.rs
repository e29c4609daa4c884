//! A server that answers every connection in the same way, right or wrong.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

/// A received request.
pub(crate) struct Asked {
    /// The path with its query.
    pub(crate) target: String,
    /// The `echostr` of the query, decoded.
    pub(crate) echostr: String,
}

/// Reads the head of a request, writes the answer of `reply`, and closes.
pub(super) fn serve(stream: impl Read + Write, reply: impl Fn(&Asked) -> String) {
    let mut stream = BufReader::new(stream);
    if !stream.fill_buf().is_ok_and(|bytes| bytes.first().is_some_and(u8::is_ascii_uppercase)) {
        // As plain HTTP servers answer to TLS.
        drop(stream.get_mut().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        return;
    }
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).unwrap_or_default() == 0 {
            return;
        }
    }
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let echostr = pairs.into_iter().find(|(name, _)| name == "echostr").map(|(_, value)| value.into_owned());
    let answer = reply(&Asked { echostr: echostr.unwrap_or_default(), target });
    // The caller may have closed the connection.
    drop(stream.get_mut().write_all(answer.as_bytes()));
    drop(stream.get_mut().flush());
}

/// Answers until the test ends.
pub(crate) fn answering(reply: impl Fn(&Asked) -> String + Send + 'static) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        for stream in socket.incoming() {
            serve(stream.unwrap(), &reply);
        }
    });
    address
}

/// Returns a complete answer.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}", body.len())
}
