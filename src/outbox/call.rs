//! One call of `reply.json`. The access token is kept here and leaves only in the body of requests.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, ClientBuilder, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::reason::{answers, downloads};
use crate::record::outgoing::Composed;
use crate::web;
use crate::weibo::UserId;
use crate::weibo::active::{self, SendVerdict};
use crate::weibo::api::Remedy;
use crate::weibo::reply::Reply;

/// The maximum duration of a call. Beyond it, the outcome is unknown.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum number of bytes that are read of a response; Weibo's have about a hundred.
const TEXT_LIMIT: usize = 64 << 10;

/// Sends replies with the token of an account.
pub(super) struct ReplyCaller {
    client: Client,
    token: SecretString,
}

impl ReplyCaller {
    /// Creates the caller without connecting.
    pub(super) fn new(token: SecretString) -> Result<Self, reqwest::Error> {
        Ok(Self { client: web::client(builder)?, token })
    }

    /// Sends a reply, once.
    pub(super) async fn send(&self, url: &Url, composed: &Composed) -> SendVerdict {
        let reply = match active::read(composed.form, &composed.text) {
            Ok(reply) => reply,
            Err(reason) => return SendVerdict::Refused(reason),
        };
        let request = self.client.post(url.clone()).body(self.form(composed.fan, &reply));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.verdict(request).await.unwrap_or_else(|error| self.broken(error))
    }

    async fn verdict(&self, request: RequestBuilder) -> Result<SendVerdict, reqwest::Error> {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let body = web::read(response, TEXT_LIMIT).await?;
        Ok(active::verdict(status, &body, |words| web::quote(&self.token, words)))
    }

    fn form(&self, fan: UserId, reply: &Reply) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("access_token", self.token.expose_secret());
        form.extend_pairs(active::form(fan, reply)).finish()
    }

    /// Returns the verdict for a missing or incomplete response. Without a connection, nothing was sent.
    fn broken(&self, error: reqwest::Error) -> SendVerdict {
        let error = error.without_url();
        let cause = web::deepest(&self.token, &error);
        if error.is_connect() || error.is_builder() {
            return SendVerdict::Later(Remedy::Retry, downloads::CONNECTION_FAILED.with(cause));
        }
        SendVerdict::Unknown(answers::ANSWER_UNANSWERED.with(cause))
    }
}

/// Uses a new connection for each request and never retries one, because the first may have arrived.
fn builder() -> ClientBuilder {
    let builder = web::builder().timeout(TOTAL_TIMEOUT).http1_only();
    builder.pool_max_idle_per_host(0).retry(reqwest::retry::never())
}
