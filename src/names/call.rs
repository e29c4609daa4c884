//! One call of `user/info.json`. The access token is kept here and leaves only in requests.

use std::time::Duration;

use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::reason::downloads;
use crate::web;
use crate::weibo::UserId;
use crate::weibo::api::Remedy;
use crate::weibo::user_info::{self, UserAnswer};

/// The maximum duration of a call.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);
/// The maximum length of a stored name in characters; Weibo allows 30.
const LONGEST: usize = 64;
/// The maximum number of bytes that are read of a response; Weibo's have a few hundred.
const TEXT_LIMIT: usize = 64 << 10;

/// Calls Weibo with the token of an account.
pub(super) struct NameCaller {
    client: Client,
    token: SecretString,
}

impl NameCaller {
    /// Creates the caller without connecting.
    pub(super) fn new(token: SecretString) -> Result<Self, reqwest::Error> {
        Ok(Self { client: web::client(|| web::builder().timeout(TOTAL_TIMEOUT))?, token })
    }

    /// Requests the name of a user.
    pub(super) async fn ask(&self, url: &Url, fan: UserId) -> UserAnswer {
        let mut url = url.clone();
        url.query_pairs_mut()
            .append_pair("access_token", self.token.expose_secret())
            .append_pair("uid", &fan.to_string());
        self.read(fan, url).await.unwrap_or_else(|error| {
            // The message of the error contains the URL, and with it the token.
            let cause = web::deepest(&self.token, &error.without_url());
            UserAnswer::Refused(Remedy::Retry, downloads::CONNECTION_FAILED.with(cause))
        })
    }

    async fn read(&self, fan: UserId, url: Url) -> Result<UserAnswer, reqwest::Error> {
        let response = self.client.get(url).send().await?;
        let status = response.status().as_u16();
        let body = web::read(response, TEXT_LIMIT).await?;
        let answer = user_info::answer(fan, status, &body, |words| web::quote(&self.token, words));
        Ok(match answer {
            // A name that repeats the token is not stored.
            UserAnswer::Named(name) if name.contains(self.token.expose_secret()) => UserAnswer::Nameless,
            UserAnswer::Named(name) => UserAnswer::Named(name.chars().take(LONGEST).collect()),
            other @ (UserAnswer::Nameless | UserAnswer::Forbidden(_) | UserAnswer::Refused(..)) => other,
        })
    }
}
