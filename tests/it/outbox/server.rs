//! A server for replies with programmable answers that records every request.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// The behaviour for a request.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// Answers with this status and JSON body.
    Json(u16, String),
    /// Answers with this status and HTML body.
    Page(u16, &'static str),
    /// Redirects to another address.
    Redirect,
    /// Closes the connection after the request.
    Cut,
    /// Closes the connection in the middle of the answer.
    Half,
    /// Does not answer while the caller waits.
    Never,
}

impl Manner {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Json(status, body.to_owned())
    }

    pub(crate) fn taken() -> Self {
        Self::json(200, r#"{"result":true}"#)
    }
}

/// A request: its head and its form.
type Request = (String, BTreeMap<String, String>);

/// A server on its own port; the behaviour depends on the number of the request (from 0) and its text.
pub(crate) struct ReplyServer {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl ReplyServer {
    pub(crate) fn start(manner: impl Fn(usize, &str) -> Manner + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/2/messages/reply.json", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let (kept, manner) = (Arc::clone(&requests), Arc::new(manner));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, manner) = (Arc::clone(&kept), Arc::clone(&manner));
                std::thread::spawn(move || {
                    // A killed caller sends an incomplete request.
                    let Some((mut stream, request)) = receive(stream) else { return };
                    let text = said(&request.1);
                    let number = {
                        let mut kept = kept.lock().unwrap();
                        kept.push(request);
                        kept.len() - 1
                    };
                    answer(&mut stream, &manner(number, &text));
                });
            }
        });
        Self { url, requests }
    }

    /// Returns an address where nothing listens.
    pub(crate) fn nobody() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/2/messages/reply.json", listener.local_addr().unwrap());
        Self { url, requests: Arc::default() }
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|(head, _)| head.clone()).collect()
    }

    pub(crate) fn forms(&self) -> Vec<BTreeMap<String, String>> {
        self.requests.lock().unwrap().iter().map(|(_, form)| form.clone()).collect()
    }

    /// Returns the texts of the requests.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.forms().iter().map(said).collect()
    }
}

fn said(form: &BTreeMap<String, String>) -> String {
    let data: serde_json::Value = serde_json::from_str(&form["data"]).unwrap();
    data["text"].as_str().unwrap_or_default().to_owned()
}

fn receive(stream: TcpStream) -> Option<(TcpStream, Request)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).ok()?;
    let form = url::form_urlencoded::parse(&body).into_owned().collect();
    Some((reader.into_inner(), (head, form)))
}

fn answer(stream: &mut TcpStream, manner: &Manner) {
    let whole = |status: u16, kind: &str, body: &str| {
        let head = format!("HTTP/1.1 {status} So\r\nContent-Type: {kind}\r\nLocation: /elsewhere\r\n");
        format!("{head}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let text = match manner {
        Manner::Json(status, body) => whole(*status, "application/json", body),
        Manner::Page(status, body) => whole(*status, "text/html", body),
        Manner::Redirect => whole(302, "text/html", ""),
        Manner::Cut => return,
        Manner::Half => "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"resu".to_owned(),
        Manner::Never => {
            // Until the caller gives up or is killed.
            drop(stream.read(&mut [0]));
            return;
        }
    };
    // The caller may have been killed.
    drop(stream.write_all(text.as_bytes()));
}
