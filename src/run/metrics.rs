//! `--metrics`: how it goes, for Prometheus (`/metrics`) and for whatever asks whether weibox is well (`/healthz`). It has an
//! address of its own, so that the one that Weibo calls tells nobody anything.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::language::{Language, commands};
use crate::reason::{Reason, start};

use super::say;
use super::status::{Facts, status};
use figures::Figures;

mod figures;

/// The callers that are served at once; the others wait to be accepted.
const CALLERS: usize = 16;
/// The longest that a caller may take, from its first byte to the end of its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause after a failed accept, which is mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Who is asked.
struct Door(Arc<Facts>);

/// Listens at the address that the config names, if it does; on the socket that is `given`, if one is.
pub(super) fn bind(
    config: &Config,
    given: Option<std::net::TcpListener>,
) -> anyhow::Result<Option<std::net::TcpListener>> {
    let Some(address) = config.metrics_listen.value else { return Ok(None) };
    let failed = |error: io::Error| start::NO_METRICS.with(address).with(&error);
    let socket = given.map_or_else(|| std::net::TcpListener::bind(address), Ok).map_err(failed)?;
    socket.set_nonblocking(true).map_err(failed)?;
    Ok(Some(socket))
}

/// Answers who comes to a socket, until `stop`.
pub(super) fn start(socket: &std::net::TcpListener, facts: Arc<Facts>, stop: &CancellationToken) -> io::Result<()> {
    let address = socket.local_addr()?;
    let socket = TcpListener::from_std(socket.try_clone()?)?;
    let (door, stop) = (Arc::new(Door(facts)), stop.child_token());
    tokio::spawn(async move { stop.run_until_cancelled(accept(socket, door)).await });
    // Nobody is left to tell when stderr is gone. The words are the same in every language, as those of the listener.
    drop(say(&commands::METRICS_ON.with(Language::English, &[&address])));
    Ok(())
}

async fn accept(socket: TcpListener, door: Arc<Door>) {
    let seats = Arc::new(Semaphore::new(CALLERS));
    loop {
        // Nobody closes the seats.
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        match socket.accept().await {
            Ok((stream, _)) => {
                let door = Arc::clone(&door);
                tokio::spawn(async move {
                    // Whoever is slow or has gone asks again.
                    drop(tokio::time::timeout(PATIENCE, serve(stream, door)).await);
                    drop(seat);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a caller of the metrics could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, door: Arc<Door>) {
    let service = service_fn(|request| {
        let door = Arc::clone(&door);
        async move { Ok::<_, Infallible>(door.answer(&request).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a caller of the metrics has gone");
    }
}

impl Door {
    async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/metrics") => {
                let (facts, status) = (Arc::clone(&self.0), status(&self.0).await);
                let figures = Figures { facts, status };
                let encoded = tokio::task::spawn_blocking(move || figures.encode()).await;
                match encoded {
                    Ok(Ok(text)) => respond(StatusCode::OK, figures::TYPE, text),
                    Ok(Err(_)) | Err(_) => respond(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, String::new()),
                }
            }
            (&Method::GET | &Method::HEAD, "/healthz") => {
                let ailments: Vec<String> = status(&self.0).await.ailments().map(Reason::to_string).collect();
                let status = if ailments.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                let told = if ailments.is_empty() { "ok".to_owned() } else { ailments.join("\n") };
                respond(status, PLAIN, told + "\n")
            }
            (&Method::GET | &Method::HEAD, _) => {
                respond(StatusCode::NOT_FOUND, PLAIN, "/metrics, /healthz\n".to_owned())
            }
            _ => respond(StatusCode::METHOD_NOT_ALLOWED, PLAIN, String::new()),
        }
    }
}

/// Words for people and scripts.
const PLAIN: &str = "text/plain; charset=utf-8";

fn respond(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
