//! One connection, from its TLS handshake or its first head to its end. What is answered is [`answer`]'s business.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::reason::{Reason, calls};

use super::framing::{Framed, FramingFault, HEAD_LIMIT, is_proxy_protocol};
use super::seats::Seat;
use super::{Context, HEAD_TIMEOUT, answer};

/// The most bytes that are read ahead: a head, and some to spare. hyper's own limit of 400 kB is 800 MB for all.
const BUFFER: usize = 2 * HEAD_LIMIT;

/// Serves a connection, behind TLS if that is set. A panic in here ends this connection alone.
pub(super) async fn serve(
    context: Arc<Context>,
    stream: TcpStream,
    remote: SocketAddr,
    seat: Arc<Seat>,
    open: Watcher,
) {
    let Some(tls) = &context.settings.tls else {
        return converse(&context, stream, remote, seat, open, HEAD_TIMEOUT).await;
    };
    let begun_at = Instant::now();
    let shake_hands =
        async { if begins_with_proxy_protocol(&stream).await { None } else { Some(tls.accept(stream).await) } };
    let handshake = tokio::select! {
        handshake = tokio::time::timeout(HEAD_TIMEOUT, shake_hands) => handshake,
        () = seat.evicted() => return,
    };
    match handshake {
        Ok(Some(Ok(stream))) => {
            let head_timeout = HEAD_TIMEOUT.saturating_sub(begun_at.elapsed());
            converse(&context, stream, remote, seat, open, head_timeout).await;
        }
        Ok(None) => {
            answer::log_unreadable(&context, remote.ip(), StatusCode::BAD_REQUEST, calls::PROXY_PROTOCOL.into());
        }
        Ok(Some(Err(error))) => tracing::debug!(%remote, %error, "no TLS came about"),
        Err(_elapsed) => tracing::debug!(%remote, "the TLS handshake took too long"),
    }
}

/// Whether a proxy has written its own line where TLS should begin, looked at without taking it away.
async fn begins_with_proxy_protocol(stream: &TcpStream) -> bool {
    let mut first = [0; 16];
    stream.peek(&mut first).await.is_ok_and(|length| first.get(..length).is_some_and(is_proxy_protocol))
}

/// Answers requests until the connection ends, or somebody else gets its seat.
async fn converse<S>(
    context: &Arc<Context>,
    stream: S,
    remote: SocketAddr,
    seat: Arc<Seat>,
    open: Watcher,
    head_timeout: Duration,
) where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let fault = FramingFault::default();
    let stream = Framed::new(stream, Arc::clone(&fault));
    let service = service_fn(|request| {
        let (context, seat) = (Arc::clone(context), Arc::clone(&seat));
        async move {
            let answer = answer::answer(&context, remote.ip(), &seat, request).await;
            seat.rest();
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_header_size(HEAD_LIMIT)
        .max_buf_size(BUFFER)
        // Who has said everything may close that side, and is answered all the same.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = open.watch(connection) => ended,
        () = seat.evicted() => return,
    };
    let Err(error) = ended else { return };
    if let Some(fault) = fault.get() {
        answer::log_unreadable(context, remote.ip(), StatusCode::BAD_REQUEST, fault.clone());
    } else if error.is_parse_too_large() {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        answer::log_unreadable(context, remote.ip(), status, calls::HEAD_TOO_LONG.into());
    } else if error.is_parse() {
        answer::log_unreadable(context, remote.ip(), StatusCode::BAD_REQUEST, Reason::other(error));
    } else {
        tracing::debug!(%remote, %error, "a connection ended early");
    }
}
