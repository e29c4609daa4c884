//! Serves one connection, from its TLS handshake or first head to its end. [`answer`] answers the requests.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::reason::{Reason, calls};
use crate::web::seats::Seat;

use super::framing::{Framed, FramingFault, HEAD_LIMIT, is_proxy_protocol};
use super::{Context, HEAD_TIMEOUT, answer};

/// The maximum number of bytes in hyper's read buffer: a head and some to spare. hyper's default of 400 kB would
/// take 800 MB for all connections.
const BUFFER: usize = 2 * HEAD_LIMIT;
/// The time from its start within which a connection must send its first request to be answered when the listener
/// stops. Weibo sends within milliseconds.
const BEGINNING: Duration = Duration::from_secs(1);

/// Serves a connection, over TLS if configured, until `stop`, and then finishes the request that has begun. A
/// panic in here ends only this connection.
pub(super) async fn serve(
    context: Arc<Context>,
    stream: TcpStream,
    remote: SocketAddr,
    seat: Arc<Seat>,
    stop: CancellationToken,
) {
    let begun_at = Instant::now();
    let Some(tls) = &context.settings.tls else {
        return converse(&context, stream, remote, seat, stop, begun_at).await;
    };
    let shake_hands =
        async { if begins_with_proxy_protocol(&stream).await { None } else { Some(tls.accept(stream).await) } };
    let handshake = tokio::select! {
        handshake = tokio::time::timeout(HEAD_TIMEOUT, shake_hands) => handshake,
        () = seat.evicted() => return,
    };
    match handshake {
        Ok(Some(Ok(stream))) => {
            converse(&context, stream, remote, seat, stop, begun_at).await;
        }
        Ok(None) => {
            answer::log_unreadable(&context, remote.ip(), StatusCode::BAD_REQUEST, calls::PROXY_PROTOCOL.into());
        }
        Ok(Some(Err(error))) => tracing::debug!(%remote, %error, "no TLS came about"),
        Err(_elapsed) => tracing::debug!(%remote, "the TLS handshake took too long"),
    }
}

/// Returns whether a proxy sent its PROXY line instead of the TLS handshake. The bytes are only peeked at.
async fn begins_with_proxy_protocol(stream: &TcpStream) -> bool {
    let mut first = [0; 16];
    stream.peek(&mut first).await.is_ok_and(|length| first.get(..length).is_some_and(is_proxy_protocol))
}

/// Answers requests until the connection ends, its seat goes to another connection, or the listener stops.
async fn converse<S>(
    context: &Arc<Context>,
    stream: S,
    remote: SocketAddr,
    seat: Arc<Seat>,
    stop: CancellationToken,
    begun_at: Instant,
) where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let fault = FramingFault::default();
    let stream = Framed::new(stream, Arc::clone(&fault));
    let asked = CancellationToken::new();
    let service = service_fn(|request| {
        asked.cancel();
        let (context, seat) = (Arc::clone(context), Arc::clone(&seat));
        async move {
            let answer = answer::answer(&context, remote.ip(), &seat, request).await;
            seat.rest();
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT.saturating_sub(begun_at.elapsed()))
        .max_header_size(HEAD_LIMIT)
        .max_buf_size(BUFFER)
        // A caller may close its sending side after the request and is still answered.
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let over = async {
        stop.cancelled().await;
        // hyper's graceful shutdown closes a connection that has not sent its first request.
        let _late = tokio::time::timeout_at(begun_at + BEGINNING, asked.cancelled()).await;
    };
    let conversed = async {
        tokio::select! {
            ended = connection.as_mut() => return ended,
            () = over => connection.as_mut().graceful_shutdown(),
        }
        connection.await
    };
    let ended = tokio::select! {
        ended = conversed => ended,
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
