//! Answering who calls over HTTP where no callback of Weibo comes: the metrics, and the servers of the simulator. What they are
//! answered is their own matter.

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

/// The pause after a failed accept, which is mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What an answer says. An error in it ends the connection.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Answers who comes to a socket, until it is dropped: at most `n_seats` at once, the others wait to be accepted. With a `patience`
/// each gets one answer, and may take so long from the first byte to its end. An error instead of an answer ends the connection.
pub async fn serve<A: Future<Output = io::Result<Response<Body>>> + Send + 'static>(
    socket: TcpListener,
    n_seats: usize,
    patience: Option<Duration>,
    answer: impl Fn(Request<Incoming>) -> A + Clone + Send + 'static,
) {
    let seats = Arc::new(Semaphore::new(n_seats));
    loop {
        // Nobody closes the seats.
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
            // Callers come and go.
            drop(timeout(patience.unwrap_or(Duration::MAX), served).await);
            drop(seat);
        });
    }
}

/// An answer of a type.
pub fn respond(status: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// All of what an answer says.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}
