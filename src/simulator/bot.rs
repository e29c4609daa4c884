//! Plays a user's bot, which answers callbacks well or badly, so that forwarding can be tried without writing one.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::reason::{Reason, start};
use crate::weibo::{reply, wire};

named! {
    /// How a bot answers.
    pub enum BotManner {
        /// With the words of the message, at once.
        Answers "answers",
        /// With nothing.
        Silent "silent",
        /// With the words of the message, after three seconds.
        Slow "slow",
        /// With 500 to every other call, else as `Answers`.
        Flaky "flaky",
        /// With 500.
        Fails "fails",
        /// Never.
        Hangs "hangs",
        /// With JSON that is no reply.
        Wrong "wrong",
        /// With a megabyte.
        Huge "huge",
        /// With half of what it says will come.
        Half "half",
    }
}

/// How long a slow one takes: within Weibo's time, and beyond that of a bot behind weibox.
const SLOW: Duration = Duration::from_secs(3);
/// What the huge one says, in bytes.
const HUGE: usize = 1 << 20;
/// The longest call that is read.
const CALL_LIMIT: usize = 16 << 20;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

impl BotManner {
    /// The one with this name.
    ///
    /// # Errors
    ///
    /// Which there are.
    pub fn named(name: &str) -> Result<Self, Reason> {
        Self::from_name(name).ok_or_else(|| start::NO_SCENARIO.with(name).with(Self::ALL.map(Self::name).join(", ")))
    }
}

/// Answers calls until `stop`.
pub async fn serve(socket: TcpListener, manner: BotManner, stop: CancellationToken) {
    let n_calls = Arc::<AtomicU64>::default();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = socket.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let n_calls = Arc::clone(&n_calls);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let n_calls = Arc::clone(&n_calls);
                async move { Ok::<_, Infallible>(answer(request, manner, n_calls.fetch_add(1, Ordering::Relaxed)).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service);
            // Whoever hangs up has what he wants.
            drop(connection.await);
        });
    }
}

async fn answer(request: Request<Incoming>, manner: BotManner, before: u64) -> Response<Body> {
    let body = http_body_util::Limited::new(request.into_body(), CALL_LIMIT).collect().await;
    let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    match manner {
        BotManner::Silent => said(StatusCode::OK, String::new()),
        BotManner::Slow => {
            tokio::time::sleep(SLOW).await;
            said(StatusCode::OK, echo(&body))
        }
        BotManner::Flaky if before.is_multiple_of(2) => said(StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        BotManner::Answers | BotManner::Flaky => said(StatusCode::OK, echo(&body)),
        BotManner::Fails => said(StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        BotManner::Hangs => std::future::pending().await,
        BotManner::Wrong => said(StatusCode::OK, r#"{"errcode":0}"#.to_owned()),
        BotManner::Huge => said(StatusCode::OK, " ".repeat(HUGE)),
        BotManner::Half => half(),
    }
}

/// The words of the message back to its sender.
fn echo(body: &[u8]) -> String {
    let message = wire::parse(body);
    let words: String = message.text.chars().take(200).collect();
    let words = if words.trim().is_empty() { message.type_name.clone() } else { words };
    reply::text_to(&message, &words).unwrap_or_default()
}

fn said(status: StatusCode, body: String) -> Response<Body> {
    let body = Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// Half of an answer, and then the end of the connection.
fn half() -> Response<Body> {
    let pieces = [Ok(Frame::data(Bytes::from_static(b"{\"result\":"))), Err(std::io::Error::other("half"))];
    let mut response = Response::new(BodyExt::boxed_unsync(StreamBody::new(stream::iter(pieces))));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("100"));
    response
}
