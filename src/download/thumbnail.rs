//! Thumbnails of files that are not downloaded (protocol §7.3). They are shown and forgotten: never queued,
//! retried or stored.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::source::{FetchFailure, MediaServer};
use crate::reason::{Reason, downloads};
use crate::web::AccountToken;
use crate::weibo::FileId;
use crate::weibo::api::Remedy;

/// The longer side, in pixels; one of the sizes that the server offers.
const SIDE: &str = "240";
/// The maximum size of a thumbnail, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// The pause after a failure that does not concern the file alone, unless the server names one.
const REST: Duration = Duration::from_mins(1);

/// Fetches thumbnails, one after the other.
#[derive(Debug, Default)]
pub struct Thumbnails {
    /// One for each account; the first one also serves files that belong to none.
    accounts: Vec<ThumbnailAccount>,
}

/// The token and state of an account.
#[derive(Debug)]
struct ThumbnailAccount {
    url: Url,
    token: AccountToken,
    /// `None` without a token.
    source: Option<MediaServer>,
    /// No request is sent before this time.
    rests_until: Option<Instant>,
}

impl Thumbnails {
    /// Creates a fetcher for accounts, whose files are at this `msget` URL.
    pub(super) fn new(media_url: &Url, tokens: &[AccountToken]) -> Self {
        let account = |token: &AccountToken| {
            let (url, token) = (thumbnail_url(media_url), token.clone());
            let mut account = ThumbnailAccount { url, token, source: None, rests_until: None };
            account.renew();
            account
        };
        Self { accounts: tokens.iter().map(account).collect() }
    }

    /// Fetches the thumbnail of a file.
    ///
    /// # Errors
    ///
    /// The reason, without the token.
    pub async fn fetch(&mut self, account: &str, fid: FileId) -> Result<Vec<u8>, Reason> {
        let index = self.accounts.iter().position(|known| known.token.account == account).unwrap_or_default();
        let account = self.accounts.get_mut(index).ok_or(downloads::NO_ACCOUNT)?;
        account.fetch(fid).await.map_err(|failure| {
            tracing::info!(%fid, reason = %failure.reason, "no thumbnail");
            failure.reason
        })
    }
}

impl ThumbnailAccount {
    /// Uses the newest token from here on.
    fn renew(&mut self) {
        self.source = self.token.newest().map(|token| MediaServer::new(self.url.clone(), token, MAX_BYTES));
        self.rests_until = None;
    }

    async fn fetch(&mut self, fid: FileId) -> Result<Vec<u8>, FetchFailure> {
        if self.token.has_changed() {
            self.renew();
        }
        let source =
            self.source.as_ref().ok_or_else(|| FetchFailure::new(Remedy::Token, downloads::NO_ACCESS_TOKEN))?;
        if self.rests_until.is_some_and(|until| until > Instant::now()) {
            return Err(FetchFailure::new(Remedy::Pause, downloads::LEFT_ALONE));
        }
        let fetched = fetch(source, fid).await;
        if let Err(FetchFailure { remedy: Remedy::Token | Remedy::Pause | Remedy::Retry, wait, .. }) = &fetched {
            self.rests_until = Some(Instant::now() + wait.unwrap_or(REST));
        }
        fetched
    }
}

async fn fetch(source: &MediaServer, fid: FileId) -> Result<Vec<u8>, FetchFailure> {
    let mut answer = source.ask(fid, None).await?;
    let mut bytes = std::mem::take(&mut answer.head);
    while let Some(chunk) = source.next(&mut answer, bytes.len() as u64).await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Returns the URL of thumbnails, beside `msget`, with the size.
fn thumbnail_url(media_url: &Url) -> Url {
    let mut url = super::source::whole_url(media_url.clone());
    let path = format!("{}_thumbnail", url.path());
    url.set_path(&path);
    url.query_pairs_mut().append_pair("high", SIDE).append_pair("width", SIDE);
    url
}
