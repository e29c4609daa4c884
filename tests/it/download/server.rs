//! A server with a programmable behaviour that records its requests.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::DEADLINE;

/// Returns the answer of a server to the n-th request (from 0) for its target.
type Behaviour = Arc<dyn Fn(&str, usize) -> Vec<u8> + Send + Sync>;

/// A server on its own port. It closes each connection after one answer.
#[derive(Clone)]
pub(super) struct Server {
    /// With a slash at the end.
    pub(super) url: String,
    /// The heads of all requests.
    heads: Arc<Mutex<Vec<String>>>,
    /// Each answer takes a permit.
    pub(super) gate: Arc<Semaphore>,
}

impl Server {
    /// Starts a server that answers at once.
    pub(super) async fn start(behaviour: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let server = Self::start_shut(behaviour).await;
        server.gate.add_permits(1000);
        server
    }

    /// Starts a server that accepts requests but answers none before the gate has permits.
    pub(super) async fn start_shut(behaviour: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = Self { url, heads: Arc::default(), gate: Arc::new(Semaphore::new(0)) };
        let (behaviour, this): (Behaviour, _) = (Arc::new(behaviour), server.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (behaviour, this) = (Arc::clone(&behaviour), this.clone());
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(stream.read_u8().await.unwrap());
                    }
                    let head = String::from_utf8(head).unwrap();
                    let target = head.split(' ').nth(1).unwrap().to_owned();
                    let earlier = {
                        let mut heads = this.heads.lock().unwrap();
                        heads.push(head);
                        heads.iter().filter(|head| head.split(' ').nth(1) == Some(&target)).count() - 1
                    };
                    this.gate.acquire().await.unwrap().forget();
                    let _hung_up = stream.write_all(&behaviour(&target, earlier)).await;
                });
            }
        });
        server
    }

    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// Waits until this many requests have come.
    pub(super) async fn has_heads(&self, n: usize) {
        let came = async {
            while self.heads.lock().unwrap().len() < n {
                tokio::task::yield_now().await;
            }
        };
        timeout(DEADLINE, came).await.unwrap();
    }
}

pub(super) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(super) fn ok(body: &[u8]) -> Vec<u8> {
    answer("200 OK", "", body)
}
