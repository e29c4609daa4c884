//! Connections to a bot: they end before a bot ends them, and what is wrong with one is named.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpSocket;

use super::replay::{home_with, replay};
use super::{forwarding, reply, wait_until_done};
use crate::guard::tls;
use crate::support::{Home, SECRET, Serve, message};

/// Reads a call; returns false when the caller has closed the connection.
fn take(stream: &TcpStream) -> bool {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            return false;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).is_ok()
}

/// Answers a call on a connection that stays open.
fn say_hello(mut stream: &TcpStream) {
    let said = reply("hello");
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{said}", said.len()).unwrap();
}

#[test]
fn an_idle_connection_is_closed_before_the_bot_closes_it_in_the_middle_of_the_next_call() {
    let home = Home::new();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let serve = forwarding(&home, &["--forward", &format!("http://{}/", socket.local_addr().unwrap())]);
    let bot = std::thread::spawn(move || {
        let (mut stream, _) = socket.accept().unwrap();
        assert!(take(&stream));
        say_hello(&stream);
        // Longer than any machine is busy, and shorter than the 90 s after which HTTP clients usually close it.
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream.read(&mut [0]).map_err(|error| error.kind())
    });
    assert_eq!(serve.post(message("hello")).body, reply("hello"));
    assert_eq!(bot.join().unwrap(), Ok(0), "weibox has closed it");
}

/// Starts a bot that closes the connection of some calls, counted from 0, without an answer, and answers the others.
fn closing(is_closed: fn(usize) -> bool) -> (SocketAddr, Arc<AtomicUsize>) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, calls) = (socket.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let counted = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in socket.incoming() {
            let (stream, counted) = (stream.unwrap(), Arc::clone(&counted));
            std::thread::spawn(move || {
                while take(&stream) && !is_closed(counted.fetch_add(1, Ordering::Relaxed)) {
                    say_hello(&stream);
                }
            });
        }
    });
    (address, calls)
}

#[test]
fn a_call_that_meets_the_end_of_its_connection_is_repeated_at_once_and_is_no_failure() {
    let home = Home::new();
    let (bot, calls) = closing(|n| n == 1);
    let serve = forwarding(&home, &["--forward", &format!("http://{bot}/")]);
    for words in ["one", "two", "three"] {
        assert_eq!(serve.post(message(words)).body, reply("hello"), "{words}");
    }
    let row = wait_until_done(&home, 2);
    assert_eq!((row.attempts, row.reason, calls.load(Ordering::Relaxed)), (1, None, 4));
}

#[test]
fn a_bot_that_closes_each_connection_without_an_answer_is_called_twice_and_no_more() {
    let home = home_with(1);
    let (bot, calls) = closing(|_| true);
    let said = told(&home, &format!("http://{bot}/"));
    assert!(said.contains("message 1: no HTTP answer: "), "{said}");
    assert_eq!(calls.load(Ordering::Relaxed), 2);
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
