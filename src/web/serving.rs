//! HTTP servers for requests other than callbacks: the metrics, and the servers of the simulator. The callers provide
//! the responses.

use std::io;
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
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::seats::{Seat, Seats};

/// The pause after a failed accept, which usually means that file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The time for which a caller keeps its seat in any case, because even an honest one needs a moment to send.
const GRACE: Duration = Duration::from_millis(50);
/// The time within which a request's head must arrive where patience is limited.
const HEAD_TIMEOUT: Duration = Duration::from_secs(2);

/// Body of a response. An error in it ends the connection.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Serves a socket until the future is dropped: at most `n_seats` connections at once; others wait. With a `patience`,
/// each gets one response, is closed after that time, and gives its seat to a newcomer while nothing is being answered
/// on it. An error instead of a response ends the connection.
pub async fn serve<A: Future<Output = io::Result<Response<Body>>> + Send + 'static>(
    socket: TcpListener,
    n_seats: usize,
    patience: Option<Duration>,
    answer: impl Fn(Request<Incoming>) -> A + Clone + Send + 'static,
) {
    let seats = Seats::new(n_seats, GRACE);
    loop {
        match socket.accept().await {
            Ok((stream, remote)) => {
                let (seat, _) = seats.take(Some(remote.ip())).await;
                tokio::spawn(attend(stream, seat, patience, answer.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a caller could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection. If it fails, that is the caller's concern.
async fn attend<A: Future<Output = io::Result<Response<Body>>>>(
    stream: TcpStream,
    seat: Seat,
    patience: Option<Duration>,
    answer: impl Fn(Request<Incoming>) -> A,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new());
    let Some(patience) = patience else {
        seat.protect();
        drop(http.serve_connection(TokioIo::new(stream), service_fn(answer)).await);
        return;
    };
    let seat = &seat;
    let service = service_fn(move |request| {
        seat.protect();
        let answered = answer(request);
        async move {
            let response = answered.await;
            seat.rest();
            response
        }
    });
    let http = http.keep_alive(false).header_read_timeout(HEAD_TIMEOUT);
    let served = http.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ended = timeout(patience, served) => {}
        () = seat.evicted() => {}
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
