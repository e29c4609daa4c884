//! Small pictures of files that nobody asked for whole (protocol §7.3). They are seen and forgotten: nothing of them is
//! queued, tried again or kept.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::source::{FetchFailure, MediaServer};
use crate::reason::{Reason, downloads};
use crate::web::AccountToken;
use crate::weibo::FileId;
use crate::weibo::api::Remedy;

/// The longer side, in pixels: one of the sizes that the store has.
const SIDE: &str = "240";
/// Longer ones are no thumbnails, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// How long nothing is asked after a failure that is not about the file alone, unless the server says for how long.
const REST: Duration = Duration::from_mins(1);

/// What fetches them, one after the other.
#[derive(Debug, Default)]
pub struct Thumbnails {
    /// One an account; the first stands in for what belongs to none.
    accounts: Vec<ThumbnailAccount>,
}

/// With whose token.
#[derive(Debug)]
struct ThumbnailAccount {
    url: Url,
    token: AccountToken,
    /// `None` without a token.
    source: Option<MediaServer>,
    /// Nothing is asked before.
    rests_until: Option<Instant>,
}

impl Thumbnails {
    /// For accounts by their names, whose files are at this `msget` URL.
    pub(super) fn new(media_url: &Url, tokens: &[AccountToken]) -> Self {
        let account = |token: &AccountToken| {
            let (url, token) = (thumbnail_url(media_url), token.clone());
            let mut account = ThumbnailAccount { url, token, source: None, rests_until: None };
            account.renew();
            account
        };
        Self { accounts: tokens.iter().map(account).collect() }
    }

    /// The small picture of a file.
    ///
    /// # Errors
    ///
    /// Free of the token.
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
    /// Fetches with the newest token from here on.
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

/// Beside `msget`, with the size.
fn thumbnail_url(media_url: &Url) -> Url {
    let mut url = super::source::whole_url(media_url.clone());
    let path = format!("{}_thumbnail", url.path());
    url.set_path(&path);
    url.query_pairs_mut().append_pair("high", SIDE).append_pair("width", SIDE);
    url
}
