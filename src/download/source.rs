//! Where a file is fetched, with what, and what the answer means. The access token goes into the request's address and
//! nowhere else.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::media;
use crate::weibo::FileId;
use crate::weibo::api::{self, ApiError, Remedy};

/// Why a try failed and what that asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) remedy: Remedy,
    /// For people; without the token.
    pub(super) reason: String,
}

impl Failure {
    pub(super) fn new(remedy: Remedy, reason: impl Into<String>) -> Self {
        Self { remedy, reason: reason.into() }
    }
}

/// A server that does not take the connection in this time is taken for unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A server that sends nothing for so long is taken for dead.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// None were ever recorded (protocol §7.2); a few are harmless.
const REDIRECTS: usize = 3;
/// So much of a foreign text is shown.
const EXCERPT: usize = 80;

/// Weibo's file store.
pub(super) struct Source {
    client: Client,
    url: Url,
    token: SecretString,
}

impl Source {
    /// Prepares for fetching.
    ///
    /// A system without CA certificates gets Mozilla's list, because `reqwest` refuses to start with none.
    pub(super) fn new(url: Url, token: SecretString) -> Result<Self, Failure> {
        // Fails when a provider is installed already, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = || {
            Client::builder()
                .user_agent(concat!("weibox/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(CONNECT_TIMEOUT)
                .read_timeout(READ_TIMEOUT)
                // The address of the request holds the token.
                .referer(false)
                .redirect(Policy::custom(|attempt| {
                    let is_same = attempt.previous().last().is_some_and(|last| last.origin() == attempt.url().origin());
                    if is_same && attempt.previous().len() <= REDIRECTS { attempt.follow() } else { attempt.stop() }
                }))
        };
        let built = builder().build().or_else(|_no_certificates| {
            let mozilla = webpki_root_certs::TLS_SERVER_ROOT_CERTS
                .iter()
                .filter_map(|certificate| reqwest::Certificate::from_der(certificate).ok());
            builder().tls_certs_only(mozilla).build()
        });
        match built {
            Ok(client) => Ok(Self { client, url, token }),
            Err(error) => {
                Err(Failure::new(Remedy::GiveUp, format!("no client could be made: {}", error.without_url())))
            }
        }
    }

    /// Asks for a file. What comes back is a 200; whether it is a file is seen at its end ([`Source::check`]).
    pub(super) async fn fetch(&self, fid: FileId) -> Result<Response, Failure> {
        let query = [("access_token", self.token.expose_secret()), ("fid", &fid.to_string())];
        let sent = self.client.get(self.url.clone()).query(&query).send().await;
        let response = sent.map_err(|error| self.broken(error))?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(response);
        }
        if status.is_redirection() {
            return Err(Failure::new(Remedy::GiveUp, "redirected to another host, which does not get the token"));
        }
        let body = self.head(response).await;
        Err(match ApiError::from_body(&body) {
            Some(error) => self.refused(&error),
            None => Failure::new(api::remedy_of_status(status.as_u16()), format!("the server answered {status}")),
        })
    }

    /// What a complete body is: the extension of a file, or why it is none. `content_type` is believed only when the
    /// bytes say nothing.
    pub(super) fn check(&self, head: &[u8], content_type: &str) -> Result<&'static str, Failure> {
        if let Some(format) = media::sniff(head) {
            return Ok(format.extension);
        }
        if head.is_empty() {
            return Err(Failure::new(Remedy::Retry, "the answer was empty"));
        }
        if let Some(error) = ApiError::from_body(head) {
            return Err(self.refused(&error));
        }
        let text = String::from_utf8_lossy(head);
        let is_marked = content_type.starts_with("text/") || content_type.contains("json");
        if is_marked || text.trim_start().starts_with(['{', '[', '<']) {
            let excerpt: String = text.trim().chars().take(EXCERPT).collect();
            let reason = format!("text came instead of a file: {}", self.redact(&excerpt));
            return Err(Failure::new(Remedy::GiveUp, reason));
        }
        Ok(media::UNKNOWN)
    }

    /// A try that the network ended.
    pub(super) fn broken(&self, error: reqwest::Error) -> Failure {
        let error = error.without_url();
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            reason = format!("{reason}: {cause}");
            source = cause.source();
        }
        Failure::new(Remedy::Retry, self.redact(&reason))
    }

    fn refused(&self, error: &ApiError) -> Failure {
        Failure::new(error.remedy(), self.redact(&error.describe()))
    }

    /// The beginning of a body that is only looked at.
    async fn head(&self, mut response: Response) -> Vec<u8> {
        let mut head = Vec::new();
        while head.len() < HEAD
            && let Ok(Some(chunk)) = response.chunk().await
        {
            head.extend_from_slice(&chunk);
        }
        head.truncate(HEAD);
        head
    }

    /// Foreign text without the token, which a server may repeat.
    fn redact(&self, text: &str) -> String {
        let token = self.token.expose_secret();
        let encoded = utf8_percent_encode(token, NON_ALPHANUMERIC).to_string();
        text.replace(token, "[access token]").replace(&encoded, "[access token]")
    }
}

/// So much of a body is kept to see what it is; error answers are far shorter.
pub(super) const HEAD: usize = 64 << 10;
