//! Callers over loopback HTTP, and how long they wait for an answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use weibox::weibo::signature::sign;

/// What calls are signed with.
pub(crate) const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// A callback as Weibo sends it.
pub(crate) fn request(body: &str) -> Vec<u8> {
    let (timestamp, nonce) = ("1397022061823", "57155157");
    let (signature, length) = (sign(SECRET, timestamp, nonce), body.len());
    format!(
        "POST /weibo?signature={signature}&timestamp={timestamp}&nonce={nonce} HTTP/1.1\r\nhost: 127.0.0.1\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// How requests are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Callers at once.
    pub(crate) connections: usize,
    /// For how long.
    pub(crate) length: Duration,
    /// How many begin each second, all callers together; `None` for as many as are answered.
    pub(crate) per_second: Option<u32>,
}

/// Sends requests until that is over; all have to be answered 200. Returns how long each answer took, and all of it.
pub(crate) fn send(address: SocketAddr, load: Load, requests: &Arc<Vec<Vec<u8>>>) -> (Vec<Duration>, Duration) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let next = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..load.connections {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            streams.push(stream);
        }
        let started_at = Instant::now();
        let callers = streams.into_iter().map(|stream| {
            let (requests, next) = (Arc::clone(requests), Arc::clone(&next));
            tokio::spawn(call(stream, requests, next, started_at, load))
        });
        let mut latencies = Vec::new();
        for caller in callers.collect::<Vec<_>>() {
            latencies.extend(caller.await.unwrap());
        }
        (latencies, started_at.elapsed())
    })
}

async fn call(
    mut stream: TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
    started_at: Instant,
    Load { length, per_second, .. }: Load,
) -> Vec<Duration> {
    let (mut latencies, mut answer) = (Vec::new(), [0; 1024]);
    while started_at.elapsed() < length {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = requests.get(number) else { break };
        if let Some(per_second) = per_second {
            let due = Duration::from_secs(1) * u32::try_from(number).unwrap() / per_second;
            tokio::time::sleep_until((started_at + due).into()).await;
        }
        let sent_at = Instant::now();
        stream.write_all(request).await.unwrap();
        // Answers without a body come in one piece, which ends with an empty line.
        let length = stream.read(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 ") && answer[..length].ends_with(b"\r\n\r\n"));
        latencies.push(sent_at.elapsed());
    }
    latencies
}
