//! Turns one request into one answer.
//!
//! The order of checks is caller, path, method, and then [`callback`] or the handshake. Nothing is acknowledged
//! before it is on disk, and an answer never repeats any part of a request that is not Weibo's.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::Full;
use hyper::body::Body;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use hyper::{Method, Request, Response, StatusCode};

use crate::reason::{HEADER, Reason, calls};
use crate::record::traffic::{Call, Head, Traffic};
use crate::web::seats::Seat;

use super::client::{client, is_in};
use super::verdict::{Kept, Verdict, count, verify};
use super::{Context, ListenerAccount, callback, heads, path};

/// Answers a request within [`super::ANSWER_TIMEOUT`], counts it, and logs it unless it was a message.
pub(super) async fn answer<B>(
    context: &Context,
    peer: IpAddr,
    seat: &Seat,
    request: Request<B>,
) -> Response<Full<Bytes>>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let (method, uri, lines) = (request.method().clone(), request.uri().clone(), heads::lines(&request));
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let client = client(peer, request.headers(), &context.settings.trusted_proxies);
    seat.ask((client != peer).then_some(client));
    let started_at = Instant::now();
    let verdict = judge(context, client, seat, request).await;
    let mut response = respond(&verdict);
    if is_chunked {
        // `super::framing` does not check chunked bodies, so no request may follow one.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if !verdict.is_news() {
        // Delayed by one round of the scheduler, so that thousands of such requests leave the processor to
        // messages.
        let turn = context.turns.acquire().await;
        tokio::task::yield_now().await;
        drop(turn);
    }
    let (at, answered_in) = ((context.settings.now)(), started_at.elapsed());
    count(context, |traffic| tally(traffic, &verdict, at, answered_in));
    let reason = match verdict {
        Verdict::Kept(Kept { stored, .. }) => {
            context.settings.heads.keep(stored.seq, Head { remote: client, lines, answered_in });
            return response;
        }
        Verdict::Handshake { .. } => calls::HANDSHAKE_ANSWERED.into(),
        Verdict::Refused(_, reason) | Verdict::Busy(reason) => reason,
        Verdict::Forged(refusal) => refusal.reason_in_full(),
    };
    let remote = client.to_string();
    let start = |text: &str, limit| text.chars().take(limit).collect();
    let (method, path) = (start(method.as_str(), Call::METHOD_LIMIT), start(uri.path(), Call::PATH_LIMIT));
    let (status, head) = (response.status().as_u16(), lines);
    log(context, Call { at, remote, method, path, status, reason, head });
    response
}

/// Counts the outcome of a request.
fn tally(traffic: &mut Traffic, verdict: &Verdict, at: DateTime<Utc>, answered_in: Duration) {
    match verdict {
        Verdict::Kept(Kept { stored, is_signed, .. }) => {
            traffic.trouble = None;
            traffic.last_call_at = Some(at);
            traffic.signed += u64::from(*is_signed);
            if stored.deliveries == 1 {
                traffic.stored += 1;
            } else {
                traffic.repeated += 1;
            }
            traffic.latency.note(answered_in);
        }
        Verdict::Handshake { account, .. } => {
            *traffic.handshakes.entry(account.clone()).or_default() += 1;
            traffic.last_handshake_at = Some(at);
        }
        Verdict::Refused(..) | Verdict::Forged(_) => traffic.refused += 1,
        Verdict::Busy(_) => {
            traffic.busy += 1;
            traffic.last_call_at = Some(at);
        }
    }
}

/// Counts and logs input that hyper has refused because it is not a request.
pub(super) fn log_unreadable(context: &Context, peer: IpAddr, status: StatusCode, reason: Reason) {
    count(context, |traffic| traffic.refused += 1);
    let at = (context.settings.now)();
    let [method, path] = ["-", "-"].map(str::to_owned);
    let (remote, status, head) = (peer.to_canonical().to_string(), status.as_u16(), String::new());
    log(context, Call { at, remote, method, path, status, reason, head });
}

/// Logs a request without its secrets, unless too many were logged recently.
fn log(context: &Context, call: Call) {
    let Some(untold) = context.logged.take(Instant::now()) else {
        count(context, |traffic| traffic.unlogged += 1);
        return;
    };
    let Call { remote, method, status, reason, .. } = &call;
    tracing::info!(remote, method, status, %reason, untold, "a call that is no message");
    let head = Call::shown(&call.head);
    if !context.archive.log(Call { head, ..call }) {
        count(context, |traffic| traffic.unlogged += 1);
    }
}

async fn judge<B>(context: &Context, client: IpAddr, seat: &Seat, request: Request<B>) -> Verdict
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let settings = &context.settings;
    if !settings.allow.is_empty() && !is_in(&settings.allow, client) {
        return Verdict::Refused(StatusCode::FORBIDDEN, calls::ADDRESS_NOT_ALLOWED.into());
    }
    let account = match path::account(&settings.accounts, request.uri().path()) {
        Ok(account) => account,
        Err(reason) => return Verdict::Refused(StatusCode::NOT_FOUND, reason),
    };
    match *request.method() {
        // hyper omits the body of an answer to HEAD.
        Method::GET | Method::HEAD => handshake(context, account, request.uri().query().unwrap_or_default()),
        Method::POST => callback::take(context, account, client, seat, request).await,
        _ => Verdict::Refused(StatusCode::METHOD_NOT_ALLOWED, calls::WRONG_METHOD.into()),
    }
}

/// Answers the GET by which Weibo checks the URL (protocol §1.3): returns the value unchanged if the signature is
/// right.
fn handshake(context: &Context, account: &ListenerAccount, query: &str) -> Verdict {
    match verify(context, account, query).map(|verified| verified.map(|parameters| parameters.echostr)) {
        Some(Ok(Some(echostr))) => Verdict::Handshake { account: account.name.clone(), echostr },
        Some(Ok(None)) => Verdict::Refused(StatusCode::BAD_REQUEST, calls::PARAMETER_MISSING.with("echostr")),
        Some(Err(refusal)) => Verdict::Forged(refusal),
        None => Verdict::Refused(StatusCode::FORBIDDEN, calls::NO_SECRET_FOR_HANDSHAKE.into()),
    }
}

fn respond(verdict: &Verdict) -> Response<Full<Bytes>> {
    let (status, body) = match verdict {
        Verdict::Handshake { echostr, .. } => (StatusCode::OK, echostr.clone()),
        Verdict::Kept(Kept { stored, .. }) => (StatusCode::OK, stored.reply.clone().unwrap_or_default()),
        Verdict::Refused(status, reason) => (*status, format!("{reason}\n")),
        Verdict::Forged(refusal) => (StatusCode::FORBIDDEN, format!("{}\n", refusal.reason())),
        // Internal errors are only for the user.
        Verdict::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, "not kept, ask again\n".to_owned()),
    };
    let code = match verdict {
        Verdict::Refused(_, reason) => Some(reason.code),
        Verdict::Forged(refusal) => Some(refusal.reason().code),
        Verdict::Handshake { .. } | Verdict::Kept(..) | Verdict::Busy(_) => None,
    };
    let is_empty = body.is_empty();
    let is_json = matches!(verdict, Verdict::Kept(..));
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(code) = code {
        headers.insert(HEADER, HeaderValue::from_static(code.name()));
    }
    if !is_empty {
        let kind = if is_json { "application/json; charset=utf-8" } else { "text/plain; charset=utf-8" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE) {
        // The rest of the body may still be arriving.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
