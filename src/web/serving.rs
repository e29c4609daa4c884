//! HTTP servers for requests other than callbacks: the metrics, and the servers of the simulator. The callers provide
//! the responses.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// The pause after a failed accept, which usually means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Body of a response. An error in it ends the connection.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Serves a socket until the future is dropped: at most `n_seats` connections at once; others wait to be accepted.
/// With a `patience`, each gets one response, and is closed after that time. An error instead of a response ends the
/// connection.
pub async fn serve<A: Future<Output = io::Result<Response<Body>>> + Send + 'static>(
    socket: TcpListener,
    n_seats: usize,
    patience: Option<Duration>,
    answer: impl Fn(Request<Incoming>) -> A + Clone + Send + 'static,
) {
    let seats = Arc::new(Semaphore::new(n_seats));
    loop {
        // The semaphore is never closed.
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        let stream = match socket.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a caller could not be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let mut http = http1::Builder::new();
        let http = http.timer(TokioTimer::new()).keep_alive(patience.is_none());
        let served = http.serve_connection(TokioIo::new(stream), service_fn(answer.clone()));
        tokio::spawn(async move {
            // A failed connection is the caller's concern.
            drop(timeout(patience.unwrap_or(Duration::MAX), served).await);
            drop(seat);
        });
    }
}

/// Creates a response with a content type.
pub fn respond(status: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Creates a body from bytes.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}
