//! A user's bot: a socket with programmable answers that records its requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::support::wait_for;

/// A request to a bot. The names of its headers are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BotCall {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl BotCall {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn seq(&self) -> u64 {
        self.header("x-weibox-seq").unwrap().parse().unwrap()
    }

    /// Returns the query, without the `?`.
    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// The behaviour of a bot for one request.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// Answers with a status, more headers, each ended by a line ending, and a body.
    Says(u16, String, String),
    /// Keeps the connection open and never answers.
    Hangs,
    /// Announces more bytes than it sends.
    BreaksOff,
}

impl Manner {
    pub(crate) fn says(status: u16, body: impl Into<String>) -> Self {
        Self::Says(status, String::new(), body.into())
    }
}

type Calls = Arc<Mutex<Vec<BotCall>>>;

/// A bot on its own port, until this is dropped.
pub(crate) struct Bot {
    pub(crate) address: SocketAddr,
    calls: Calls,
    /// The connections that end with it, as with a killed process.
    streams: Arc<Mutex<Vec<TcpStream>>>,
    is_over: Arc<AtomicBool>,
}

impl Bot {
    /// Starts a bot whose answer depends on the request and the number of requests before it.
    pub(crate) fn start(manner: impl Fn(&BotCall, usize) -> Manner + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), manner)
    }

    /// Starts such a bot at the address of an earlier one.
    pub(crate) fn at(address: SocketAddr, manner: impl Fn(&BotCall, usize) -> Manner + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind(address).unwrap();
        let address = socket.local_addr().unwrap();
        let (calls, is_over, manner) = (Calls::default(), Arc::<AtomicBool>::default(), Arc::new(manner));
        let (kept, over, streams) = (Arc::clone(&calls), Arc::clone(&is_over), Arc::<Mutex<Vec<TcpStream>>>::default());
        let ending = Arc::clone(&streams);
        std::thread::spawn(move || {
            for stream in socket.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                ending.lock().unwrap().extend(stream.as_ref().unwrap().try_clone());
                let (kept, over, manner) = (Arc::clone(&kept), Arc::clone(&over), Arc::clone(&manner));
                // A killed caller leaves broken connections.
                std::thread::spawn(move || serve(&stream.unwrap(), &kept, &over, &*manner));
            }
        });
        Self { address, calls, streams, is_over }
    }

    /// Starts a bot that accepts everything and answers with an empty body.
    pub(crate) fn silent() -> Self {
        Self::start(|_, _| Manner::says(200, ""))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/bot", self.address)
    }

    pub(crate) fn calls(&self) -> Vec<BotCall> {
        self.calls.lock().unwrap().clone()
    }

    /// Returns the requests, once there are this many.
    pub(crate) fn called(&self, count: usize) -> Vec<BotCall> {
        wait_for("calls at the bot", || self.calls.lock().unwrap().len() >= count);
        self.calls()
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        for stream in self.streams.lock().unwrap().iter() {
            // The other side may have closed it.
            drop(stream.shutdown(Shutdown::Both));
        }
        // Wakes the accepting thread.
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: &TcpStream, calls: &Calls, is_over: &AtomicBool, manner: &dyn Fn(&BotCall, usize) -> Manner) {
    let mut reader = BufReader::new(stream);
    while let Some(call) = read(&mut reader) {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let n = {
            let mut calls = calls.lock().unwrap();
            calls.push(call.clone());
            calls.len() - 1
        };
        let mut out = stream;
        let written = match manner(&call, n) {
            Manner::Says(status, headers, body) => {
                let length = body.len();
                let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\n{headers}\r\n");
                out.write_all(&[head.as_bytes(), body.as_bytes()].concat())
            }
            Manner::Hangs => {
                while !is_over.load(Ordering::Relaxed) && stream.peek(&mut [0]).is_ok_and(|n| n > 0) {}
                return;
            }
            Manner::BreaksOff => {
                drop(out.write_all(b"HTTP/1.1 200 Said\r\nContent-Length: 50\r\n\r\n{\"result\""));
                drop(stream.shutdown(Shutdown::Both));
                return;
            }
        };
        if written.is_err() {
            return;
        }
    }
}

/// Returns the next request; `None` when the caller has closed the connection.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<BotCall> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let line = line()?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut call = BotCall { method, target, headers, body: String::new() };
    let mut body = vec![0; call.header("content-length").unwrap_or("0").parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    call.body = String::from_utf8(body).unwrap();
    Some(call)
}
