//! Connections to a bot: they end before a bot ends them, and what is wrong with one is named.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use tokio::net::TcpSocket;

use super::replay::{home_with, replay};
use super::{forwarding, reply};
use crate::guard::tls;
use crate::support::{Home, SECRET, Serve, message};

/// Reads a call, and answers it on a connection that stays open.
fn answer(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let (mut stream, said) = (stream, reply("hello"));
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{said}", said.len()).unwrap();
}

#[test]
fn an_idle_connection_is_closed_before_the_bot_closes_it_in_the_middle_of_the_next_call() {
    let home = Home::new();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let serve = forwarding(&home, &["--forward", &format!("http://{}/", socket.local_addr().unwrap())]);
    let bot = std::thread::spawn(move || {
        let (mut stream, _) = socket.accept().unwrap();
        answer(&stream);
        // Longer than any machine is busy, and shorter than the 90 s after which HTTP clients usually close it.
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.read(&mut [0]).map_err(|error| error.kind())
    });
    assert_eq!(serve.post(message("hello")).body, reply("hello"));
    assert_eq!(bot.join().unwrap(), Ok(0), "weibox has closed it");
}

/// Returns what a replay says about a bot at this address.
fn told(home: &Home, url: &str) -> String {
    let done = replay(home, &["--to", url]);
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    String::from_utf8(done.stderr).unwrap()
}

/// Starts a bot that says this to every call and closes the connection.
fn saying(words: &'static str) -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in socket.incoming() {
            let mut stream = stream.unwrap();
            // All of the call is read, or closing would reset the connection.
            let mut call = Vec::new();
            while !call.ends_with(b"}") {
                let mut more = [0; 4096];
                let n = stream.read(&mut more).unwrap();
                call.extend_from_slice(&more[..n]);
            }
            stream.write_all(words.as_bytes()).unwrap();
        }
    });
    address
}

#[test]
fn a_bot_that_is_not_reached_is_told_from_one_that_gives_no_answer_or_is_not_trusted() {
    let home = home_with(1);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let not_reached = told(&home, &format!("http://{nobody}/"));
    assert!(not_reached.contains("message 1: cannot reach it: Connection refused"), "{not_reached}");
    for words in ["", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nConten"] {
        let silent = told(&home, &format!("http://{}/", saying(words)));
        assert!(silent.contains("message 1: no HTTP answer: "), "{words}: {silent}");
    }
    let broken = told(&home, &format!("http://{}/", saying("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")));
    assert!(broken.contains("message 1: its answer broke off: "), "{broken}");

    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = plain.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = plain.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
        // Until weibox has read it and hangs up.
        drop(stream.read_to_end(&mut Vec::new()));
    });
    let no_tls = told(&home, &format!("https://{address}/"));
    assert!(no_tls.contains("message 1: it does not speak TLS: "), "{no_tls}");

    let other = Home::new();
    let (certificate, key, _) = tls::certificate();
    tls::write(&other, &certificate, &key);
    let files = [other.path("chain.pem"), other.path("key.pem")].map(|path| path.display().to_string());
    let args = ["--tls-cert", &files[0], "--tls-key", &files[1]];
    let bot = Serve::start(&other, &args, &[("WEIBOX_APP_SECRET", SECRET)]);
    let untrusted = told(&home, &format!("https://localhost:{}/weibo", bot.address.port()));
    assert!(untrusted.contains("message 1: this machine does not trust its certificate: "), "{untrusted}");
    assert_eq!(other.records().len(), 0);
}

#[tokio::test]
async fn a_bot_that_accepts_no_connection_is_told_in_words_of_our_own() {
    let home = home_with(1);
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(0).unwrap();
    let address = full.local_addr().unwrap();
    // They fill the kernel's queue, so that it answers no more.
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200));
    let waiting: Vec<TcpStream> = std::iter::from_fn(|| connect().ok()).collect();
    let told = told(&home, &format!("http://{address}/"));
    assert!(told.contains("message 1: cannot reach it: no connection within 3 s"), "{told}");
    drop((full, waiting));
}
