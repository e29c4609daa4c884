//! Performs Weibo's handshake with any callback URL, and finds the first thing about the answer that Weibo
//! would not accept (protocol §1).
//!
//! The request is like Weibo's: one signed GET, a timeout of five seconds, no redirects, no proxy from the
//! environment. The caller decides what to say about a difference.

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

/// The maximum number of bytes that are read of an answer; an echo has a dozen.
const BODY_LIMIT: usize = 64 << 10;
/// The maximum number of characters that are quoted from an answer.
const QUOTE: usize = 80;
/// The timeout of the connection, which ends before [`PATIENCE`], so that a missing connection can be told
/// from a missing answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// The result of a handshake.
#[derive(Debug)]
pub struct Handshake {
    /// The first difference from what Weibo expects; `None` when the URL could be bound. Text that it quotes
    /// from the answer is one line of at most 80 characters without control characters and signature, but
    /// still foreign.
    pub difference: Option<Reason>,
    /// The server's time, from the `Date` of the answer.
    pub date: Option<DateTime<Utc>>,
    /// Time from the lookup of the host name to the end of the answer.
    pub took: Duration,
}

/// Performs Weibo's handshake, signed with a secret.
pub async fn shake(url: &Url, app_secret: &SecretString, now: fn() -> DateTime<Utc>) -> Handshake {
    let asked_at = Instant::now();
    let millis = now().timestamp_millis().unsigned_abs();
    let (timestamp, nonce) = (millis.to_string(), (millis % 100_000_000).to_string());
    // Letters and digits like Weibo's, and the character that is most often damaged on the way.
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

/// An answer that was read.
struct Answer {
    status: u16,
    date: Option<DateTime<Utc>>,
    location: String,
    /// The code with which a weibox refuses; empty from other servers.
    reason: String,
    is_html: bool,
    body: Vec<u8>,
}

async fn ask(url: Url) -> Result<Answer, Reason> {
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or_default();
    // Looked up separately first, because the client's message for a failed lookup differs between systems.
    // An IP address needs no lookup.
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

/// Returns the reason why there is no answer, by the innermost known cause of the error.
fn difference(error: reqwest::Error) -> Reason {
    // The message of the error contains the URL, and with it the signature.
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

/// Returns the reason for a cause that has one of its own.
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
    // TLS wraps its errors in those of the stream.
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

/// Returns the first difference between an answer and the echo: by status, then by content type, then by
/// text.
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

/// Returns how the echo was changed on the way.
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

/// Returns the title of an HTML page.
fn title(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once("<title>")?;
    rest.split_once("</title>").map(|(title, _)| title)
}

/// Shortens foreign text to one line. Removes the signature, which a page that repeats the URL contains,
/// because anyone could post with it.
fn quote(text: &str, signature: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "");
    let line = line.replace(signature, "[signature]");
    match line.char_indices().nth(QUOTE) {
        Some(_) => line.chars().take(QUOTE).chain(['…']).collect(),
        None => line,
    }
}
