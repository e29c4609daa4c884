//! Plays a user's bot, which answers callbacks well or badly, so that forwarding can be tried without writing one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, Collected, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use hyper::{Request, Response};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::reason::{Reason, start};
use crate::web::serving::{self, Body, full, respond};
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
/// The most callers at once; more wait.
const CALLERS: usize = 1_000;

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
    let answer = move |request| answer(request, manner, n_calls.fetch_add(1, Ordering::Relaxed));
    let _stopped = stop.run_until_cancelled(serving::serve(socket, CALLERS, None, answer)).await;
}

async fn answer(request: Request<Incoming>, manner: BotManner, before: u64) -> io::Result<Response<Body>> {
    let body = Limited::new(request.into_body(), CALL_LIMIT).collect().await;
    let body = body.map(Collected::to_bytes).unwrap_or_default();
    let said = |status, body: String| respond(status, "application/json; charset=utf-8", full(body));
    Ok(match manner {
        BotManner::Silent => said(200, String::new()),
        BotManner::Slow => {
            tokio::time::sleep(SLOW).await;
            said(200, echo(&body))
        }
        BotManner::Flaky if before.is_multiple_of(2) => said(500, String::new()),
        BotManner::Answers | BotManner::Flaky => said(200, echo(&body)),
        BotManner::Fails => said(500, String::new()),
        BotManner::Hangs => std::future::pending().await,
        BotManner::Wrong => said(200, r#"{"errcode":0}"#.to_owned()),
        BotManner::Huge => said(200, " ".repeat(HUGE)),
        BotManner::Half => half(),
    })
}

/// The words of the message back to its sender.
fn echo(body: &[u8]) -> String {
    let message = wire::parse(body);
    let words: String = message.text.chars().take(200).collect();
    let words = if words.trim().is_empty() { message.type_name.clone() } else { words };
    reply::text_to(&message, &words).unwrap_or_default()
}

/// Half of an answer, and then the end of the connection.
fn half() -> Response<Body> {
    let pieces = [Ok(Frame::data(Bytes::from_static(b"{\"result\":"))), Err(io::Error::other("half"))];
    let mut response = Response::new(BodyExt::boxed_unsync(StreamBody::new(stream::iter(pieces))));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("100"));
    response
}
