//! Weibo's handshake with any callback URL, and the first thing about the answer that Weibo would not take (protocol §1).
//!
//! It asks as Weibo does: one signed GET, five seconds of patience, no redirect followed, no proxy of the environment. What
//! to say about a difference is the caller's business.

use std::error::Error as _;
use std::io::ErrorKind;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderName, LOCATION};
use reqwest::{Client, ClientBuilder, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;
use url::Url;

use super::PATIENCE;
use crate::reason::{HEADER, Reason, calls, handshake as reasons};
use crate::web;
use crate::weibo::signature;

/// The most bytes of an answer that are read; an echo has a dozen bytes.
const BODY_LIMIT: usize = 64 << 10;
/// The most characters of an answer that are repeated.
const QUOTE: usize = 80;
/// Before [`PATIENCE`] ends, so that a connection that is never made is told from an answer that never comes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// What came of a handshake.
#[derive(Debug)]
pub struct Handshake {
    /// The first difference from what Weibo wants; `None` when the URL could be bound. Words of the answer in it are one line of
    /// at most 80 characters, control characters and the signature taken out; they are foreign all the same.
    pub difference: Option<Reason>,
    /// What time it is for whoever answered, by the `Date` of the answer.
    pub date: Option<DateTime<Utc>>,
    /// From the first look-up of the name to the end of the answer.
    pub took: Duration,
}

/// Does Weibo's handshake, signed with a secret.
pub async fn shake(url: &Url, app_secret: &SecretString, now: fn() -> DateTime<Utc>) -> Handshake {
    let asked_at = Instant::now();
    let millis = now().timestamp_millis().unsigned_abs();
    let (timestamp, nonce) = (millis.to_string(), (millis % 100_000_000).to_string());
    // Letters and digits as Weibo's, and the one character that breaks on the way most often.
    let echostr = format!("dnPd+{}", millis % 100_000);
    let signature = signature::sign(app_secret.expose_secret(), &timestamp, &nonce);
    let mut signed = url.clone();
    signed
        .query_pairs_mut()
        .append_pair("signature", &signature)
        .append_pair("timestamp", &timestamp)
        .append_pair("nonce", &nonce)
        .append_pair("echostr", &echostr);
    let mut date = None;
    let difference = match tokio::time::timeout(PATIENCE, ask(signed)).await {
        Err(_elapsed) => Some(reasons::HANDSHAKE_TIMED_OUT.into()),
        Ok(Err(difference)) => Some(difference),
        Ok(Ok(answer)) => {
            date = answer.date;
            let quote = |text: &str| quote(text, &signature);
            compare(&answer, &echostr, &quote)
        }
    };
    Handshake { difference, date, took: asked_at.elapsed() }
}

/// An answer, read.
struct Answer {
    status: u16,
    date: Option<DateTime<Utc>>,
    location: String,
    /// The code with which another weibox refuses; empty from others.
    reason: String,
    is_html: bool,
    body: Vec<u8>,
}

async fn ask(url: Url) -> Result<Answer, Reason> {
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or_default();
    // By itself first, because the client's words for it differ from system to system. An address needs no look-up.
    let is_name = url.domain().is_some();
    if is_name && tokio::net::lookup_host((host.as_str(), port)).await.is_err() {
        return Err(reasons::HANDSHAKE_UNKNOWN_HOST.with(host));
    }
    let client =
        web::client(builder).map_err(|error| reasons::HANDSHAKE_NO_CLIENT.with(error.without_url().to_string()))?;
    let response = client.get(url).send().await.map_err(difference)?;
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let date = DateTime::parse_from_rfc2822(header(DATE)).ok().map(|date| date.to_utc());
    let location = header(LOCATION).split(['?', '#']).next().unwrap_or_default().to_owned();
    let reason = header(HeaderName::from_static(HEADER)).to_owned();
    let is_html = header(CONTENT_TYPE).to_ascii_lowercase().contains("html");
    let status = response.status().as_u16();
    let body = web::read(response, BODY_LIMIT).await.map_err(difference)?;
    Ok(Answer { status, date, location, reason, is_html, body })
}

fn builder() -> ClientBuilder {
    Client::builder().connect_timeout(CONNECT_TIMEOUT).redirect(redirect::Policy::none()).no_proxy()
}

/// Why there is no answer, by what lies at the bottom of the error.
fn difference(error: reqwest::Error) -> Reason {
    // Its own words contain the URL, and with it the signature.
    let error = error.without_url();
    if error.is_timeout() {
        return reasons::HANDSHAKE_TIMED_OUT.into();
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = inner.to_string();
        if let Some(known) = known(inner) {
            return known;
        }
        cause = inner.source();
    }
    reasons::HANDSHAKE_UNREACHABLE.with(words)
}

/// A cause that has a name of its own.
fn known(cause: &(dyn std::error::Error + 'static)) -> Option<Reason> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        let is_plain = matches!(error, rustls::Error::InvalidMessage(_));
        return Some(if is_plain {
            reasons::HANDSHAKE_NO_TLS.into()
        } else {
            reasons::HANDSHAKE_TLS_FAILED.with(error.to_string())
        });
    }
    if let Some(error) = cause.downcast_ref::<hyper::Error>() {
        let hung_up = error.is_incomplete_message().then_some(reasons::HANDSHAKE_HUNG_UP.into());
        return hung_up.or_else(|| error.is_parse().then_some(reasons::HANDSHAKE_NO_HTTP.into()));
    }
    let error = cause.downcast_ref::<std::io::Error>()?;
    // TLS hides in the errors of its stream.
    if let Some(known) = error.get_ref().and_then(|inner| known(inner)) {
        return Some(known);
    }
    let kind = error.kind();
    let has_hung_up =
        [ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe, ErrorKind::UnexpectedEof]
            .contains(&kind);
    let timed_out = (kind == ErrorKind::TimedOut).then_some(reasons::HANDSHAKE_TIMED_OUT.into());
    let refused = (kind == ErrorKind::ConnectionRefused).then_some(reasons::HANDSHAKE_REFUSED.into());
    timed_out.or(refused).or_else(|| has_hung_up.then_some(reasons::HANDSHAKE_HUNG_UP.into()))
}

/// The first difference of an answer from the echo: by status, then by kind, then by words.
fn compare(answer: &Answer, echostr: &str, quote: &dyn Fn(&str) -> String) -> Option<Reason> {
    let status = answer.status;
    let body = String::from_utf8_lossy(&answer.body);
    if status == 200 && body == echostr {
        return None;
    }
    let begins_as_html = body.trim_start().starts_with('<');
    Some(match status {
        300..=399 => reasons::HANDSHAKE_REDIRECTED.with(status).with(quote(&answer.location)),
        502..=504 => reasons::HANDSHAKE_GATEWAY.with(status),
        403 if answer.reason == calls::WRONG_SIGNATURE.name() => reasons::HANDSHAKE_WRONG_SECRET.into(),
        403 if answer.reason == calls::STALE_SIGNATURE.name() => reasons::HANDSHAKE_STALE.into(),
        _ if begins_as_html || (answer.is_html && !body.contains(echostr)) => {
            reasons::HANDSHAKE_HTML_CAME.with(status).with(quote(title(&body).unwrap_or(&body)))
        }
        401 | 403 => reasons::HANDSHAKE_DENIED.with(status).with(quote(&body)),
        404 => reasons::HANDSHAKE_NOT_FOUND.with(quote(&body)),
        200 => echo(&body, echostr, quote),
        _ => reasons::HANDSHAKE_STATUS.with(status).with(quote(&body)),
    })
}

/// What was made of the echo on the way.
fn echo(body: &str, echostr: &str, quote: &dyn Fn(&str) -> String) -> Reason {
    let inner = body.trim();
    let encoded: String = url::form_urlencoded::byte_serialize(echostr.as_bytes()).collect();
    let unquoted = ['"', '\''].into_iter().find_map(|mark| inner.strip_prefix(mark)?.strip_suffix(mark));
    if inner.is_empty() {
        reasons::ECHO_EMPTY.into()
    } else if inner == echostr {
        reasons::ECHO_BLANKS.into()
    } else if unquoted.is_some() {
        reasons::ECHO_QUOTED.into()
    } else if inner == echostr.replace('+', " ") {
        reasons::ECHO_PLUS.into()
    } else if inner == encoded {
        reasons::ECHO_STILL_ENCODED.into()
    } else if inner.strip_prefix('\u{feff}') == Some(echostr) {
        reasons::ECHO_MARKED.into()
    } else if inner.contains(echostr) {
        reasons::ECHO_SURROUNDED.with(quote(inner))
    } else {
        reasons::ECHO_SOMETHING_ELSE.with(quote(inner))
    }
}

/// The title of a page.
fn title(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once("<title>")?;
    rest.split_once("</title>").map(|(title, _)| title)
}

/// Foreign words on one line and not long. A page that repeats the URL repeats the signature, with which anyone could
/// post, so that it goes.
fn quote(text: &str, signature: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "");
    let line = line.replace(signature, "[signature]");
    match line.char_indices().nth(QUOTE) {
        Some(_) => line.chars().take(QUOTE).chain(['…']).collect(),
        None => line,
    }
}
