//! Plays a user's bot that answers callbacks well or badly, so that forwarding can be tried without writing
//! one.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
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
    /// The behaviour of a bot.
    pub enum BotManner {
        /// Answers with the text of the message, at once.
        Answers "answers",
        /// Answers with an empty body.
        Silent "silent",
        /// Answers with the text of the message, after three seconds.
        Slow "slow",
        /// Answers every other call with 500, the rest as `Answers`.
        Flaky "flaky",
        /// Answers with 500.
        Fails "fails",
        /// Never answers.
        Hangs "hangs",
        /// Answers with JSON that is no reply.
        Wrong "wrong",
        /// Answers with a megabyte.
        Huge "huge",
        /// Sends only part of the body that it announces.
        Half "half",
    }
}

/// The delay of a slow bot: within Weibo's time, but beyond that of a bot behind weibox.
const SLOW: Duration = Duration::from_secs(3);
/// The size of a huge answer, in bytes.
const HUGE: usize = 1 << 20;
/// The maximum size of a call, in bytes.
const CALL_LIMIT: usize = 16 << 20;
/// The maximum number of concurrent callers; more wait.
const CALLERS: usize = 1_000;

impl BotManner {
    /// Returns the behaviour with this name.
    ///
    /// # Errors
    ///
    /// When there is none; lists the names.
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

/// Returns a reply with the text of the message.
fn echo(body: &[u8]) -> String {
    let message = wire::parse(body);
    let words: String = message.text.chars().take(200).collect();
    let words = if words.trim().is_empty() { message.type_name.clone() } else { words };
    reply::text_to(&message, &words).unwrap_or_default()
}

/// Returns an answer that breaks off before its announced length.
fn half() -> Response<Body> {
    let begun = stream::once(async { Ok(Frame::data(Bytes::from_static(b"{\"result\":"))) });
    let broken = stream::once(async {
        // Until then hyper has sent nothing.
        tokio::task::yield_now().await;
        Err(io::Error::other("half"))
    });
    let mut response = Response::new(BodyExt::boxed_unsync(StreamBody::new(begun.chain(broken))));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("100"));
    response
}
