//! Calls to Weibo's servers: the HTTP client, the shared access token, and the cleaning of foreign text. The callers
//! know the URLs and the meaning of responses. [`serving`] answers HTTP requests other than callbacks, and [`seats`]
//! decides who may stay connected to weibox.

use std::io;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{DATE, HeaderName, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;

use crate::reason::{Reason, downloads};

pub mod seats;
pub mod serving;

/// Maximum length of a quote of foreign text, in characters.
const QUOTE: usize = 80;
/// The maximum time to connect; Weibo answers in a fraction of a second or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The `User-Agent` of every request.
pub const USER_AGENT: &str = concat!("weibox/", env!("CARGO_PKG_VERSION"));

/// The access token of an account, shared by all who call with it.
#[derive(Debug, Clone)]
pub struct AccountToken {
    /// Name of the account; empty for a single account.
    pub account: String,
    token: watch::Receiver<Option<SecretString>>,
    /// Why Weibo refused the token.
    refused: watch::Sender<Option<Reason>>,
}

impl AccountToken {
    /// Makes the token of an account. It may change later, and is `None` while there is none.
    pub fn new(account: String, token: watch::Receiver<Option<SecretString>>) -> Self {
        Self { account, token, refused: watch::channel(None).0 }
    }

    /// Returns the newest token, and marks it as seen.
    pub fn newest(&mut self) -> Option<SecretString> {
        self.token.borrow_and_update().clone()
    }

    /// Whether there is a newer token; false once the sender is dropped.
    pub fn has_changed(&self) -> bool {
        self.token.has_changed().unwrap_or_default()
    }

    /// Waits for a newer token; forever once the sender is dropped.
    pub async fn changed(&mut self) {
        if self.token.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Reports that Weibo refused the token, unless there is a newer one by now.
    pub fn refuse(&self, reason: &Reason) {
        if !self.has_changed() {
            self.refused.send_replace(Some(reason.clone()));
        }
    }

    /// Subscribes to the reasons why Weibo refuses the token.
    pub fn refusals(&self) -> watch::Receiver<Option<Reason>> {
        self.refused.subscribe()
    }
}

/// Returns a client builder with the common settings: the user agent, and no redirects, which could lead elsewhere.
pub fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        // The referring URL may have a token in it.
        .referer(false)
        .redirect(redirect::Policy::none())
}

/// Creates an HTTP client with the system's certificate authorities, or Mozilla's on a machine that has none.
///
/// # Errors
///
/// Fails when neither can be used.
pub fn client(builder: impl Fn() -> ClientBuilder) -> Result<Client, reqwest::Error> {
    // Fails if a provider is installed already, and any provider will do.
    drop(rustls::crypto::ring::default_provider().install_default());
    builder().build().or_else(|_no_authorities| {
        let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        let roots = roots.iter().map(|root| Certificate::from_der(root)).collect::<Result<Vec<_>, _>>()?;
        builder().tls_certs_only(roots).build()
    })
}

/// Reads the body of an answer, up to `limit` bytes.
///
/// # Errors
///
/// Fails when the connection breaks off.
pub async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() < limit {
        let Some(chunk) = response.chunk().await? else { break };
        body.extend_from_slice(&chunk);
    }
    body.truncate(limit);
    Ok(body)
}

/// Returns the pause that an answer asks for with `Retry-After` (RFC 9110 §10.2.3): seconds, or a date, which counts from
/// the date of the answer, or else from `now`. `None` when the header is missing or invalid.
pub fn retry_after(response: &Response, now: Option<DateTime<Utc>>) -> Option<Duration> {
    let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = header(RETRY_AFTER)?;
    if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(asked.parse().unwrap_or(u64::MAX)));
    }
    // Zero when it is past.
    Some((time(asked)? - header(DATE).and_then(time).or(now)?).to_std().unwrap_or_default())
}

/// Parses a date of HTTP in any of its three forms (RFC 9110 §5.6.7).
fn time(text: &str) -> Option<DateTime<Utc>> {
    let obsolete = |form| NaiveDateTime::parse_from_str(text, form).ok().map(|time| time.and_utc());
    let time = DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc());
    time.or_else(|| obsolete("%A, %d-%b-%y %H:%M:%S GMT")).or_else(|| obsolete("%a %b %e %H:%M:%S %Y"))
}

/// Makes foreign text fit to be kept: on one line, not long, and without the token in any spelling.
pub fn quote(token: &SecretString, text: &str) -> String {
    let token = token.expose_secret();
    let form: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    let percent = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
    // Whitespace goes first, because it could hide the token; the cut comes last, or half of the token could stay.
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, "");
    let clean =
        [token, &form, &percent].into_iter().fold(line, |line, spelling| line.replace(spelling, "[access token]"));
    match clean.char_indices().nth(QUOTE) {
        Some(_) => clean.chars().take(QUOTE).chain(['…']).collect(),
        None => clean,
    }
}

/// Returns the root cause of an error: `Connection refused`, not `error sending request`.
pub fn deepest(token: &SecretString, error: &reqwest::Error) -> Reason {
    if error.is_timeout() {
        return downloads::TOOK_TOO_LONG.into();
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    // Errors of ours and of the system hold no token.
    let known = deepest.downcast_ref::<io::Error>().map(Reason::from);
    let known = known.or_else(|| deepest.downcast_ref::<Reason>().cloned());
    known.unwrap_or_else(|| Reason::other(quote(token, &deepest.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_until_a_date_counts_from_the_date_of_the_answer_or_else_from_now() {
        const AT_EIGHT: &str = "Tue, 24 Nov 2026 08:00:00 GMT";
        let now = DateTime::parse_from_rfc3339("2026-11-24T07:30:00Z").unwrap().to_utc();
        let asked = |retry_after: &str, date: Option<&str>, now| {
            let answer = hyper::Response::builder().header(RETRY_AFTER, retry_after);
            let answer = date.into_iter().fold(answer, |answer, date| answer.header(DATE, date));
            super::retry_after(&answer.body("").unwrap().into(), now).map(|pause| pause.as_secs())
        };
        for (retry_after, date, now, pause) in [
            (" 90 ", None, None, Some(90)),
            ("90", Some(AT_EIGHT), Some(now), Some(90)),
            ("Tue, 24 Nov 2026 08:02:00 GMT", Some(AT_EIGHT), Some(now), Some(120)),
            ("Tue, 24 Nov 2026 08:02:00 GMT", None, Some(now), Some(32 * 60)),
            ("Tue, 24 Nov 2026 08:02:00 GMT", Some("today"), Some(now), Some(32 * 60)),
            ("Tue, 24 Nov 2026 07:00:00 GMT", None, Some(now), Some(0)),
            ("Tue, 24 Nov 2026 08:02:00 GMT", None, None, None),
            ("Tuesday, 24-Nov-26 08:02:00 GMT", Some(AT_EIGHT), None, Some(120)),
            ("Tue Nov 24 08:02:00 2026", Some(AT_EIGHT), None, Some(120)),
            ("Mon Nov  2 08:02:00 2026", Some("Mon Nov  2 08:00:00 2026"), None, Some(120)),
            ("99999999999999999999", None, None, Some(u64::MAX)),
            ("soon", Some(AT_EIGHT), Some(now), None),
            ("", Some(AT_EIGHT), Some(now), None),
            ("-1", Some(AT_EIGHT), Some(now), None),
        ] {
            assert_eq!(asked(retry_after, date, now), pause, "{retry_after} {date:?}");
        }
    }
}
