//! Callers over loopback HTTP, and the time until their answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use weibox::weibo::signature::sign;

/// The secret that signs requests.
pub(crate) const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// Returns a callback as Weibo sends it.
pub(crate) fn request(body: &str) -> Vec<u8> {
    let (timestamp, nonce) = ("1397022061823", "57155157");
    let (signature, length) = (sign(SECRET, timestamp, nonce), body.len());
    format!(
        "POST /weibo?signature={signature}&timestamp={timestamp}&nonce={nonce} HTTP/1.1\r\nhost: 127.0.0.1\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The way in which requests are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// The number of concurrent callers.
    pub(crate) connections: usize,
    /// The duration.
    pub(crate) length: Duration,
    /// The requests per second of all callers together; `None` to send the next as soon as one is answered.
    pub(crate) per_second: Option<u32>,
}

/// Sends requests for the duration of a load, all of which must be answered 200. Returns the time of each answer,
/// and the total time.
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
        // An answer without a body arrives in one piece and ends with an empty line.
        let length = stream.read(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200 ") && answer[..length].ends_with(b"\r\n\r\n"));
        latencies.push(sent_at.elapsed());
    }
    latencies
}
