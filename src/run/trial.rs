//! Trials that the user starts from the screen: one call with the access token that changes nothing, and Weibo's
//! handshake with the public URL. The words are those of `weibox doctor`.

use url::Url;

use crate::cli::web_address;
use crate::config::Config;
use crate::dashboard::orders::{Trial, TrialResult};
use crate::download::{self, Checked, TokenVerdict};
use crate::language::{Language, doctor as words, steps};
use crate::reason::Reason;
use crate::simulator::handshake::{Handshake, shake};

use super::fetching::download_settings;
use super::secret::Secrets;
use super::{clock, doctor};

/// Settings that trials need besides the secrets.
pub struct Trials {
    config: Config,
}

impl Trials {
    /// Creates the trials from the config.
    pub(super) fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    /// Runs a trial; fails if it cannot be run at all.
    pub(super) async fn run(&self, trial: Trial, secrets: &Secrets, language: Language) -> Result<TrialResult, Reason> {
        match trial {
            Trial::AccessToken => Ok(self.token(secrets, language).await),
            Trial::PublicUrl(url) => Ok(self.public_url(&web_address(&url)?, secrets, language).await),
        }
    }

    async fn token(&self, secrets: &Secrets, language: Language) -> TrialResult {
        let token = secrets.access_token.borrow().clone();
        let settings = download_settings(&self.config);
        let by = settings.media_url.host_str().unwrap_or_default().to_owned();
        match download::check_token(settings, token).await {
            None => wrong(words::TOKEN_NOTHING.of(language).to_owned(), None, language),
            Some(Checked { verdict: TokenVerdict::Accepted, .. }) => {
                TrialResult { is_good: true, found: words::TOKEN_ACCEPTED.with(language, &[&by]) }
            }
            Some(Checked { verdict: TokenVerdict::Refused(reason), .. }) => {
                let found = words::TOKEN_REFUSED.with(language, &[&reason.of(language)]);
                wrong(found, Some(words::TOKEN_REFUSED_HINT.of(language).to_owned()), language)
            }
            Some(Checked { verdict: TokenVerdict::Unclear(reason), .. }) => {
                let found = words::TOKEN_UNCLEAR.with(language, &[&reason.of(language)]);
                wrong(found, Some(words::TOKEN_UNCLEAR_HINT.of(language).to_owned()), language)
            }
        }
    }

    async fn public_url(&self, url: &Url, secrets: &Secrets, language: Language) -> TrialResult {
        let account = self.config.account_at(url.path());
        let typed = secrets.app_secret.borrow().clone();
        let Some(secret) = account.app_secret.clone().or(typed) else {
            return wrong(words::PUBLIC_NO_SECRET.of(language).to_owned(), None, language);
        };
        let Handshake { difference, took, .. } = shake(url, &secret, clock::now).await;
        match difference {
            None => TrialResult { is_good: true, found: words::HANDSHAKE_GOOD.with(language, &[&took.as_millis()]) },
            Some(difference) => wrong(difference.of(language), doctor::hint(&difference, &account, language), language),
        }
    }
}

/// Returns a failed result, with a hint.
fn wrong(found: String, hint: Option<String>, language: Language) -> TrialResult {
    let found = match hint {
        Some(hint) => steps::AND_HINT.with(language, &[&found, &hint]),
        None => found,
    };
    TrialResult { is_good: false, found }
}
