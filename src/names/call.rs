//! One call of `user/info.json`. The access token is here and leaves in requests only.

use std::time::Duration;

use reqwest::Client;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::reason::downloads;
use crate::web;
use crate::weibo::UserId;
use crate::weibo::api::Remedy;
use crate::weibo::user_info::{self, UserAnswer};

/// From the beginning to the end of an answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);
/// The most characters of a name that are kept; Weibo allows thirty.
const LONGEST: usize = 64;
/// The most bytes that are read of an answer; Weibo's have a few hundred.
const TEXT_LIMIT: usize = 64 << 10;

/// Whoever may ask for an account.
pub(super) struct NameCaller {
    client: Client,
    token: SecretString,
}

impl NameCaller {
    /// Connects to nothing.
    pub(super) fn new(token: SecretString) -> Result<Self, reqwest::Error> {
        Ok(Self { client: web::client(|| web::builder().timeout(TOTAL_TIMEOUT))?, token })
    }

    /// Asks who somebody is.
    pub(super) async fn ask(&self, url: &Url, fan: UserId) -> UserAnswer {
        let mut url = url.clone();
        url.query_pairs_mut()
            .append_pair("access_token", self.token.expose_secret())
            .append_pair("uid", &fan.to_string());
        self.read(fan, url).await.unwrap_or_else(|error| {
            // Its own words contain the URL, and with it the token.
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
            // Whoever repeats the token tells no name.
            UserAnswer::Named(name) if name.contains(self.token.expose_secret()) => UserAnswer::Nameless,
            UserAnswer::Named(name) => UserAnswer::Named(name.chars().take(LONGEST).collect()),
            other @ (UserAnswer::Nameless | UserAnswer::Forbidden(_) | UserAnswer::Refused(..)) => other,
        })
    }
}
