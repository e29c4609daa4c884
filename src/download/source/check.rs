//! Checks whether Weibo accepts the access token, with one call like a download's, for a file that does not
//! exist.

use chrono::{DateTime, Utc};
use reqwest::header::DATE;
use secrecy::{ExposeSecret as _, SecretString};

use super::{MediaServer, TEXT_LIMIT};
use crate::download::DownloadSettings;
use crate::reason::Reason;
use crate::weibo::FileId;
use crate::weibo::api::{ApiError, Remedy, remedy_of_status};

/// A file id that does not exist: real ones have nine digits and more (protocol §7.1).
const NOBODYS: FileId = FileId(1);
/// Error codes that concern the account or the app rather than the file (§9.3).
const OF_THE_ACCOUNT: [u32; 6] = [10005, 10013, 10014, 21321, 21337, 26406];

/// The result of a check.
#[derive(Debug)]
pub struct Checked {
    /// Whether the token is valid.
    pub verdict: TokenVerdict,
    /// The date of the server that answered.
    pub date: Option<DateTime<Utc>>,
}

/// Whether a token is valid. Reasons are for people and do not contain the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenVerdict {
    /// Weibo accepted it: only the file was missing.
    Accepted,
    /// Weibo refused it.
    Refused(Reason),
    /// The answer does not tell.
    Unclear(Reason),
}

/// Tests a token with the server of the media. Returns `None` when there is no token.
pub async fn check_token(settings: DownloadSettings, token: Option<SecretString>) -> Option<Checked> {
    let token = token.filter(|token| !token.expose_secret().is_empty())?;
    let source = MediaServer::new(settings.media_url, token, settings.max_bytes);
    let unclear = |failure: super::FetchFailure| Checked { verdict: TokenVerdict::Unclear(failure.reason), date: None };
    Some(source.check().await.unwrap_or_else(unclear))
}

impl MediaServer {
    async fn check(&self) -> Result<Checked, super::FetchFailure> {
        let mut response = self.send(NOBODYS, None).await?;
        let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()).map(|date| date.to_utc());
        let status = response.status();
        let mut body = Vec::new();
        self.fill(&mut response, &mut body, TEXT_LIMIT).await?;
        let reason = self.refusal(status, &body).reason;
        let verdict = match ApiError::from_body(&body) {
            Some(error) if OF_THE_ACCOUNT.contains(&error.code) => TokenVerdict::Refused(reason),
            Some(error) => match error.remedy() {
                Remedy::Token => TokenVerdict::Refused(reason),
                Remedy::Retry | Remedy::Pause => TokenVerdict::Unclear(reason),
                Remedy::GiveUp => TokenVerdict::Accepted,
            },
            None if remedy_of_status(status.as_u16()) == Remedy::Token => TokenVerdict::Refused(reason),
            None => TokenVerdict::Unclear(reason),
        };
        Ok(Checked { verdict, date })
    }
}
