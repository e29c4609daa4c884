//! One call to a target: its content, and the meaning of the answer. The app secret signs the call and is not
//! part of it.

use std::error::Error as _;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, ErrorKind};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, Request, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio::time::Instant;
use url::Url;

use super::origin::CallbackOrigin;
use super::target::Target;
use crate::reason::{Reason, forward, start};
use crate::record::Record;
use crate::web;
use crate::weibo::signature;

/// The maximum length of an answer, in bytes: a text reply has at most some 3,000, eight articles some
/// 20,000.
pub const ANSWER_LIMIT: usize = 64 << 10;
/// The maximum time to connect: a running bot accepts a connection at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The time after which an idle connection is closed. Common servers close theirs after two seconds or more, and a
/// call that meets the closing has to be repeated.
const IDLE: Duration = Duration::from_secs(1);
/// The age up to which Weibo's own signature is forwarded; bots refuse older ones.
const FRESH: Duration = Duration::from_secs(30);

/// Room for the headers of a usual call, with those of the HTTP client.
const HEADERS: usize = 8;

/// Header with the seq of the message.
const SEQ: HeaderName = HeaderName::from_static("x-weibox-seq");
/// Header with the number of the attempt.
const ATTEMPT: HeaderName = HeaderName::from_static("x-weibox-attempt");
/// Header that marks a message that the user sent again.
const REPLAY: HeaderName = HeaderName::from_static("x-weibox-replay");
/// Header that marks a message that the user changed.
const DERIVED: HeaderName = HeaderName::from_static("x-weibox-derived");

/// The result of a call.
#[derive(Debug)]
pub(super) struct CallOutcome {
    pub(super) status: Option<u16>,
    /// Time from the start of the call to the end of the answer.
    pub(super) took: Duration,
    pub(super) result: CallResult,
}

/// The meaning of an answer.
#[derive(Debug)]
pub(super) enum CallResult {
    /// The target has the message. Holds the answer, or the reason why it was not read.
    Taken(Result<Vec<u8>, Reason>),
    /// The target refuses this message.
    Refused(Reason),
    /// The target wants no more messages.
    Gone(Reason),
    /// The call failed and may succeed later, perhaps after the pause that the target asked for.
    Failed(Reason, Option<Duration>),
}

/// The parameters of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) record: &'a Record,
    /// Number of the attempt, from 1.
    pub(super) number: u32,
    pub(super) origin: Option<&'a CallbackOrigin>,
    pub(super) is_replay: bool,
    /// Whether the user changed the body.
    pub(super) is_derived: bool,
}

/// The app secrets by account name; the secret of the first account may change.
pub type AppSecrets = Vec<(String, watch::Receiver<Option<SecretString>>)>;

/// The HTTP client that calls targets.
#[derive(Debug, Clone)]
pub(super) struct TargetCaller {
    client: Client,
    secrets: AppSecrets,
    now: fn() -> DateTime<Utc>,
    random: RandomState,
}

impl TargetCaller {
    /// Creates a client, without connecting.
    pub(super) fn new(secrets: AppSecrets, now: fn() -> DateTime<Utc>) -> Result<Self, Reason> {
        // Bots run in the private network, which a proxy does not reach.
        let client = client(|builder| builder.no_proxy().pool_idle_timeout(IDLE))?;
        Ok(Self { client, secrets, now, random: RandomState::new() })
    }

    /// Sends a message and reads the answer, within the timeout of the target. A call that meets the end of its
    /// connection is repeated at once.
    pub(super) async fn call(&self, target: &Target, attempt: Attempt<'_>) -> CallOutcome {
        let begun_at = Instant::now();
        let called = tokio::time::timeout(target.timeout, self.ask(target, attempt)).await;
        let (status, result) = called.unwrap_or_else(|_elapsed| {
            let millis = u64::try_from(target.timeout.as_millis()).unwrap_or(u64::MAX);
            (None, CallResult::Failed(forward::TARGET_SLOW.with(millis), None))
        });
        CallOutcome { status, took: begun_at.elapsed(), result }
    }

    async fn ask(&self, target: &Target, attempt: Attempt<'_>) -> (Option<u16>, CallResult) {
        let mut sent = self.send(target, attempt).await;
        if sent.as_ref().is_err_and(is_cut_off) {
            // The bot may have got the message, so that the repeat must look like one.
            sent = self.send(target, Attempt { number: attempt.number.saturating_add(1), ..attempt }).await;
        }
        match sent {
            Ok(response) => {
                let status = response.status();
                (Some(status.as_u16()), judge(response, (self.now)()).await)
            }
            Err(error) => (None, CallResult::Failed(unanswered(&error), None)),
        }
    }

    async fn send(&self, target: &Target, attempt: Attempt<'_>) -> Result<Response, reqwest::Error> {
        let Attempt { record, number, origin, is_replay, is_derived } = attempt;
        // A target with a secret of its own would refuse Weibo's signature.
        let origin = origin.filter(|origin| origin.received_at.elapsed() < FRESH);
        let as_received = origin.filter(|_| number == 1 && target.secret.is_none() && !is_replay);
        let query = as_received.map_or_else(|| self.query(target, record), |origin| origin.query.clone());
        let mut headers = HeaderMap::with_capacity(HEADERS);
        match origin.map(|origin| &origin.headers).filter(|headers| !headers.is_empty()) {
            Some(received) => headers.extend(received.iter().cloned()),
            None => drop(headers.insert(CONTENT_TYPE, content_type(record))),
        }
        // Headers of the target replace Weibo's, and ours replace both.
        headers.extend(target.headers.iter().cloned().map(|(name, value)| (Some(name), value)));
        headers.insert(SEQ, record.seq.into());
        headers.insert(ATTEMPT, number.into());
        for (name, _) in [(REPLAY, is_replay), (DERIVED, is_derived)].into_iter().filter(|(_, is_marked)| *is_marked) {
            headers.insert(name, HeaderValue::from_static("1"));
        }
        let mut request = Request::new(Method::POST, with_query(&target.url, &query));
        *request.headers_mut() = headers;
        *request.body_mut() = Some(record.raw.clone().into());
        self.client.execute(request).await
    }

    /// Returns a query with a new signature; an empty one when there is no secret to sign with.
    fn query(&self, target: &Target, record: &Record) -> String {
        let of_account = |(name, _): &&(String, _)| *name == record.account;
        // Messages from before there were several accounts belong to the first one.
        let account = self.secrets.iter().find(of_account).or_else(|| self.secrets.first());
        let sign = |secret: &SecretString| {
            let timestamp = (self.now)().timestamp_millis().to_string();
            let drawn = self.random.hash_one((record.seq, &timestamp, std::time::Instant::now()));
            let nonce = (drawn % 10_000_000_000).to_string();
            let signature = signature::sign(secret.expose_secret(), &timestamp, &nonce);
            format!("signature={signature}&timestamp={timestamp}&nonce={nonce}")
        };
        let of_account = || account.and_then(|(_, secret)| secret.borrow().as_ref().map(sign));
        target.secret.as_ref().map(sign).or_else(of_account).unwrap_or_default()
    }
}

/// Creates an HTTP client for the user's targets.
///
/// # Errors
///
/// When the client cannot be created.
pub(crate) fn client(also: fn(ClientBuilder) -> ClientBuilder) -> Result<Client, Reason> {
    let builder = || also(web::builder().connect_timeout(CONNECT_TIMEOUT));
    web::client(builder).map_err(|error| start::NO_HTTP_CLIENT.with(error.without_url().to_string()))
}

/// Judges an answer by its status, and reads the body of a successful one.
async fn judge(response: Response, now: DateTime<Utc>) -> CallResult {
    let status = response.status();
    match status {
        StatusCode::GONE => CallResult::Gone(forward::TARGET_GONE.into()),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => failed(&response, now),
        _ if status.is_success() => read(response).await,
        _ if status.is_client_error() => CallResult::Refused(forward::TARGET_REFUSED.with(status.as_u16())),
        _ if status.is_redirection() => CallResult::Failed(forward::TARGET_REDIRECTS.with(status.as_u16()), None),
        _ => failed(&response, now),
    }
}

fn failed(response: &Response, now: DateTime<Utc>) -> CallResult {
    let reason = forward::TARGET_REFUSED.with(response.status().as_u16());
    CallResult::Failed(reason, web::retry_after(response, Some(now)))
}

/// Reads the body, unless it is too long. A target whose answer breaks off may not have the message.
async fn read(response: Response) -> CallResult {
    match web::read(response, ANSWER_LIMIT + 1).await {
        Ok(body) if body.len() > ANSWER_LIMIT => CallResult::Taken(Err(forward::ANSWER_TOO_LONG.with(ANSWER_LIMIT))),
        Ok(body) => CallResult::Taken(Ok(body)),
        Err(error) => CallResult::Failed(forward::TARGET_BROKE_OFF.with(cause(&error)), None),
    }
}

/// Whether the connection of a call ended before the answer, as when a bot closes an idle one just then.
fn is_cut_off(error: &reqwest::Error) -> bool {
    let is_end = |kind| matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof);
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    let is_cut_off = causes.any(|cause| {
        cause.downcast_ref().is_some_and(hyper::Error::is_incomplete_message)
            || cause.downcast_ref().map(io::Error::kind).is_some_and(is_end)
    });
    is_cut_off && !error.is_connect()
}

/// Returns why a call got no answer: the target was not reached, or it answered with something else.
pub(crate) fn unanswered(error: &reqwest::Error) -> Reason {
    if error.is_connect() && error.is_timeout() {
        return forward::TARGET_NOT_CONNECTED.with(CONNECT_TIMEOUT.as_secs());
    }
    let reason = match of_tls(error) {
        Some(rustls::Error::InvalidCertificate(_)) => forward::TARGET_UNTRUSTED,
        Some(rustls::Error::InvalidMessage(_)) => forward::TARGET_NO_TLS,
        Some(_) | None if error.is_connect() => forward::TARGET_NOT_REACHED,
        Some(_) | None => forward::TARGET_NO_ANSWER,
    };
    reason.with(cause(error))
}

/// Returns the error of TLS in an error. TLS wraps its errors in those of the stream.
fn of_tls<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e rustls::Error> {
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let wrapped = wrapped.and_then(|wrapped| of_tls(wrapped));
    error.downcast_ref::<rustls::Error>().or(wrapped).or_else(|| of_tls(error.source()?))
}

/// Returns the innermost cause of an error: the outer ones contain the URL, which may hold a secret.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut source = error.source();
    let mut words = None;
    while let Some(error) = source {
        words = Some(error.to_string());
        source = error.source();
    }
    words.unwrap_or_else(|| "no HTTP".to_owned())
}

/// Appends our query to the target's own.
fn with_query(url: &Url, query: &str) -> Url {
    let mut url = url.clone();
    let own = url.query().filter(|own| !own.is_empty()).map(str::to_owned);
    match (own, query) {
        (_, "") => {}
        (Some(own), query) => url.set_query(Some(&format!("{own}&{query}"))),
        (None, query) => url.set_query(Some(query)),
    }
    url
}

/// Returns the content type of a message whose callback is no longer kept.
fn content_type(record: &Record) -> HeaderValue {
    let Some(charset) = record.message.charset else {
        return HeaderValue::from_static("application/json; charset=utf-8");
    };
    let named = HeaderValue::from_str(&format!("application/json; charset={}", charset.name()));
    named.unwrap_or(HeaderValue::from_static("application/json"))
}
