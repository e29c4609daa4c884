//! The cost of downloads: 200 files of 1 MB from a fast server on this machine, queued, written, synced and
//! settled. They are compared with bare reqwest, which discards the bytes, and with reqwest that writes and syncs
//! the same files, which shows the share of the disk. All have the same concurrency and alternate in one run.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints, and says where it cannot go on")]
#![expect(clippy::cast_precision_loss, reason = "what is printed has three digits")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::header::CONTENT_TYPE;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use secrecy::SecretString;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;
use weibox::archive::{Archive, Import, ImportEntry};
use weibox::download;
use weibox::query::Query;
use weibox::record::line;
use weibox::record::page::Selection;
use weibox::record::template::Template;
use weibox::run::clock;

mod machine;

const FILES: u64 = 200;
const BYTES: usize = 1_000_000;
/// The number of rounds for each, alternating.
const ROUNDS: u32 = 5;

fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    // The server has its own threads, as a real one would.
    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = servers.block_on(serve());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("download, {}, {FILES} files of {BYTES} bytes, {} at once", machine::line(), download::CONCURRENCY);
    let (mut alone, mut durable, mut weibox) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for _ in 0..ROUNDS {
        let home = tempfile::tempdir().unwrap();
        alone += runtime.block_on(reqwest_alone(address, None));
        durable += runtime.block_on(reqwest_alone(address, Some(home.path().to_owned())));
        weibox += runtime.block_on(weibox_downloads(address, home.path().join("data")));
    }
    println!("{:28} {:>10} {:>22}", "", "MB/s", "weibox in proportion");
    for (what, took) in [("reqwest alone", alone), ("reqwest, written and synced", durable), ("weibox", weibox)] {
        let rate = f64::from(ROUNDS) * FILES as f64 * BYTES as f64 / 1e6 / took.as_secs_f64();
        println!("{what:28} {rate:>10.0} {:>22.2}", took.as_secs_f64() / weibox.as_secs_f64());
    }
}

/// Starts a server that answers every request with the same picture.
async fn serve() -> SocketAddr {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let mut picture = vec![0x5a; BYTES];
    picture.splice(..4, [0xff, 0xd8, 0xff, 0xe0]);
    let picture = Bytes::from(picture);
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let picture = picture.clone();
            let service = service_fn(move |_| {
                let response = Response::builder().header(CONTENT_TYPE, "image/jpeg");
                let response = response.body(Full::new(picture.clone())).unwrap();
                async move { Ok::<_, Infallible>(response) }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    address
}

/// Fetches the same number of files with the same number of workers; writes them to a directory if one is given.
async fn reqwest_alone(address: SocketAddr, directory: Option<PathBuf>) -> Duration {
    let started_at = Instant::now();
    let client = reqwest::Client::builder().build().unwrap();
    let next = Arc::new(AtomicU64::new(0));
    let workers = (0..download::CONCURRENCY).map(|_| {
        let (client, next, directory) = (client.clone(), Arc::clone(&next), directory.clone());
        tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= FILES {
                    return;
                }
                let url = format!("http://{address}/2/mss/msget?access_token=t&fid={number}");
                let mut response = client.get(url).send().await.unwrap();
                let mut file = match &directory {
                    Some(directory) => Some(tokio::fs::File::create(directory.join(number.to_string())).await.unwrap()),
                    None => None,
                };
                let mut length = 0;
                while let Some(chunk) = response.chunk().await.unwrap() {
                    length += chunk.len();
                    if let Some(file) = &mut file {
                        file.write_all(&chunk).await.unwrap();
                    }
                }
                if let Some(mut file) = file {
                    file.flush().await.unwrap();
                    file.sync_all().await.unwrap();
                }
                assert_eq!(length, BYTES);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    started_at.elapsed()
}

async fn weibox_downloads(address: SocketAddr, data_dir: PathBuf) -> Duration {
    let mut import = Import::open(&data_dir).unwrap();
    let bodies = (1..=FILES).map(|fid| format!(r#"{{"type":"image","sender_id":{fid},"data":{{"tovfid":{fid}}}}}"#));
    let entries = bodies.map(|body| ImportEntry::new(line::read(body.as_bytes(), clock::now()).unwrap()));
    import.write(&entries.collect::<Vec<_>>()).unwrap();
    import.finish().unwrap();
    let archive = Archive::open(&data_dir).unwrap();
    archive.want(Selection::Query(Query::default()), clock::now()).await.unwrap();
    let settings = download::DownloadSettings {
        media_url: Url::parse(&format!("http://{address}/2/mss/msget")).unwrap(),
        concurrency: download::CONCURRENCY,
        max_bytes: download::MAX_BYTES,
        bandwidth: None,
        template: Template::default(),
        backoff: download::BACKOFF,
    };
    let started_at = Instant::now();
    let only = vec![(String::new(), Some(SecretString::from("t")))];
    let downloads = download::start(&archive, &settings, only, clock::now, &CancellationToken::new());
    let board = downloads.finish().await.unwrap();
    let took = started_at.elapsed();
    assert_eq!((board.done, board.failed, board.queued), (FILES, 0, 0));
    archive.close().await.unwrap();
    took
}
