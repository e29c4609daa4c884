//! One call of `reply.json`. The access token is here and leaves in the body of requests only.

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

/// From the beginning to the end of an answer. After that nobody knows.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);
/// The most bytes that are read of an answer; Weibo's have a hundred.
const TEXT_LIMIT: usize = 64 << 10;

/// Whoever may answer for an account.
pub(super) struct ReplyCaller {
    client: Client,
    token: SecretString,
}

impl ReplyCaller {
    /// Connects to nothing.
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

    /// No answer, or not all of it. Without a connection nothing went out.
    fn broken(&self, error: reqwest::Error) -> SendVerdict {
        let error = error.without_url();
        let cause = web::deepest(&self.token, &error);
        if error.is_connect() || error.is_builder() {
            return SendVerdict::Later(Remedy::Retry, downloads::CONNECTION_FAILED.with(cause));
        }
        SendVerdict::Unknown(answers::ANSWER_UNANSWERED.with(cause))
    }
}

/// Each request has a connection of its own and is sent once: nothing is sent again that may have arrived.
fn builder() -> ClientBuilder {
    let builder = web::builder().timeout(TOTAL_TIMEOUT).http1_only();
    builder.pool_max_idle_per_host(0).retry(reqwest::retry::never())
}
