//! Weibo's calls: accepts connections, bounds them in number and time, and lets [`answer`] answer each request.
//!
//! A call has 5 s (protocol §2.2). A head has [`HEAD_TIMEOUT`] of them and all the rest [`ANSWER_TIMEOUT`].

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use crate::archive::Archive;
use crate::record::traffic::Traffic;
use crate::weibo::reply::Rule;

mod answer;
mod body;

/// So many connections are served at once; more wait in the kernel's backlog. Weibo needs a few, and an idle one is
/// closed after [`HEAD_TIMEOUT`], so that the slots cannot be held.
pub const CONNECTIONS: usize = 512;
/// A request's head must be there by then; an idle connection is closed then, too.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(2);
/// From head to answer, waiting for the body and the archive included. With [`HEAD_TIMEOUT`] it stays inside Weibo's 5 s.
pub const ANSWER_TIMEOUT: Duration = Duration::from_millis(2500);
/// What is open when the listener stops has so long to end; longer than any answer may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);
/// After a failed accept, mostly for want of file descriptors, so long until the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why there is no listener.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{address}`: {source}")]
pub struct Error {
    /// What was asked for.
    pub address: SocketAddr,
    /// Why not.
    pub source: io::Error,
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        let kind = self.source.kind();
        [
            (io::ErrorKind::AddrInUse, "another program has this port; choose one with `--listen`, 0 for any"),
            (io::ErrorKind::PermissionDenied, "ports below 1024 need privileges; choose another with `--listen`"),
            (io::ErrorKind::AddrNotAvailable, "this machine has no such address; choose one with `--listen`"),
        ]
        .into_iter()
        .find_map(|(cause, hint)| (cause == kind).then_some(hint))
    }
}

/// What the listener answers by.
#[derive(Debug)]
pub struct Settings {
    /// The one path that is answered, beginning with `/`.
    pub path: String,
    /// With it, what is not signed is refused; without it, everything is taken and marked unverified.
    pub app_secret: Option<SecretString>,
    /// Longer bodies are refused, in bytes.
    pub body_limit: usize,
    /// What answers which message; empty for none.
    pub rules: Vec<Rule>,
    /// The clock.
    pub now: fn() -> DateTime<Utc>,
}

/// What every answer needs.
struct Context {
    settings: Settings,
    archive: Archive,
    traffic: watch::Sender<Traffic>,
}

/// A bound socket that nobody answers yet.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds; port 0 takes any free one. From here on callers wait instead of being refused.
    ///
    /// # Errors
    ///
    /// When the address cannot be had.
    pub async fn bind(address: SocketAddr) -> Result<Self, Error> {
        let failed = |source| Error { address, source };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address })
    }

    /// Where it listens, with the real port.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers calls until `stop`, then lets what is open end, for at most 3 s. `traffic` counts what came.
    pub async fn run(
        self,
        settings: Settings,
        archive: Archive,
        traffic: watch::Sender<Traffic>,
        stop: CancellationToken,
    ) {
        let context = Arc::new(Context { settings, archive, traffic });
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        let open = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                accepted = accept(&self.socket, &slots) => accepted,
            };
            let Some((stream, remote, slot)) = accepted else { continue };
            let context = Arc::clone(&context);
            let service = service_fn(move |request| {
                let context = Arc::clone(&context);
                async move { Ok::<_, std::convert::Infallible>(answer::answer(&context, remote, request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            let connection = open.watch(connection);
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%remote, %error, "a connection ended early");
                }
                drop(slot);
            });
        }
        // Nobody is accepted any more, and callers that come now are refused at once.
        drop(self.socket);
        if tokio::time::timeout(DRAIN_TIMEOUT, open.shutdown()).await.is_err() {
            tracing::warn!("connections were still open when the listener stopped");
        }
    }
}

/// The next connection and its slot, which is taken first: without one, callers stay in the backlog.
async fn accept(
    socket: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, remote)) => {
            // Answers are small and wanted at once.
            drop(stream.set_nodelay(true));
            Some((stream, remote, slot))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
