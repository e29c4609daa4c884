//! Trials that the user starts from the screen: one call with the access token that changes nothing, and Weibo's
//! handshake with the public URL. They are checks of `weibox doctor`.

use crate::cli::web_address;
use crate::config::Config;
use crate::dashboard::orders::{Trial, TrialResult};
use crate::language::{Language, doctor as words};
use crate::reason::Reason;
use crate::simulator::handshake::shake;

use super::secret::Secrets;
use super::{clock, doctor};

/// Runs a trial; fails if it cannot be run at all.
pub(super) async fn run(
    config: &Config,
    trial: Trial,
    secrets: &Secrets,
    language: Language,
) -> Result<TrialResult, Reason> {
    let finding = match trial {
        Trial::AccessToken => {
            let token = secrets.access_token.borrow().clone();
            doctor::token(config, "", token, language).await.1
        }
        Trial::PublicUrl(url) => {
            let url = web_address(&url)?;
            let account = config.account_at(url.path());
            let typed = secrets.app_secret.borrow().clone();
            let Some(secret) = account.app_secret.clone().or(typed) else {
                return Ok(TrialResult { is_good: false, found: words::PUBLIC_NO_SECRET.of(language).to_owned() });
            };
            doctor::handshake(&shake(&url, &secret, clock::now).await, &account, language)
        }
    };
    Ok(TrialResult { is_good: finding.is_fine(), found: finding.words() })
}
