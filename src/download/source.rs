//! Requests for files and the interpretation of the answers. The access token stays here and leaves only in
//! requests.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, IF_RANGE, RANGE};
use reqwest::{Client, ClientBuilder, Response, StatusCode, redirect};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::OnceCell;
use url::Url;

use super::part::{Beginning, Origin};
use crate::media;
use crate::reason::{Reason, downloads};
use crate::web;
use crate::weibo::api::{ApiError, Remedy, answered, remedy_of_status};
use crate::weibo::{FileId, wire};

mod check;
mod range;

pub use check::{Checked, TokenVerdict, check_token};

/// The path of files when a URL names only a host (protocol §7.1).
const PATH: &str = "/2/mss/msget";
/// The time without data after which a connection counts as dead.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum time of a request, so that a slow server cannot occupy a worker forever; the largest file
/// needs 40 kB/s.
const TOTAL_TIMEOUT: Duration = Duration::from_mins(30);
/// Asks for unencoded files: otherwise a server may compress them (RFC 9110 §12.5.3), and few bytes could
/// become many.
const IDENTITY: &str = "identity";
/// The maximum number of redirects; none are expected (§7.2).
const REDIRECTS: usize = 3;
/// The maximum number of bytes that are read of an answer that is no file; errors have about a hundred.
const TEXT_LIMIT: usize = 64 << 10;

/// The shortest pause that a server can ask for, and the longest: Weibo limits some calls by the day (protocol §9.2).
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_hours(24);

/// A failure to fetch a file.
#[derive(Debug)]
pub(super) struct FetchFailure {
    /// The remedy for it.
    pub(super) remedy: Remedy,
    /// The reason, without the token.
    pub(super) reason: Reason,
    /// The pause that the server asked for, if any.
    pub(super) wait: Option<Duration>,
}

impl FetchFailure {
    pub(super) fn new(remedy: Remedy, reason: impl Into<Reason>) -> Self {
        Self { remedy, reason: reason.into(), wait: None }
    }
}

/// An answer that is a file, with its beginning already read.
#[derive(Debug)]
pub(super) struct MediaAnswer {
    /// The first bytes; never empty.
    pub(super) head: Vec<u8>,
    /// Length of the whole file, if the server sent it.
    pub(super) total: Option<u64>,
    /// Number of bytes of the file that are on disk already and precede this answer: 0 unless the rest was
    /// requested.
    pub(super) from: u64,
    /// Identifies the file for a request for the rest if this one breaks off; `None` when that is not
    /// possible.
    pub(super) origin: Option<Origin>,
    response: Response,
}

/// Adds the usual path to a URL that is only a host.
pub(super) fn whole_url(mut url: Url) -> Url {
    if url.path() == "/" {
        url.set_path(PATH);
    }
    url
}

/// The server of media, with an account's token.
#[derive(Debug)]
pub(super) struct MediaServer {
    url: Url,
    token: SecretString,
    max_bytes: u64,
    client: OnceCell<Client>,
}

impl MediaServer {
    /// Creates the server, without connecting to it.
    pub(super) fn new(url: Url, token: SecretString, max_bytes: u64) -> Self {
        Self { url: whole_url(url), token, max_bytes, client: OnceCell::new() }
    }

    /// Requests a file and reads enough of the answer to tell whether it is one. If the beginning of the file
    /// is kept, requests the rest and the last kept bytes before it; if the answer does not match exactly
    /// that, requests the whole file.
    pub(super) async fn ask(&self, fid: FileId, kept: Option<&Beginning>) -> Result<MediaAnswer, FetchFailure> {
        let mut response = self.send(fid, kept).await?;
        if let Some(Beginning { origin, bytes, end }) = kept {
            if origin.total > self.max_bytes {
                return Err(self.too_large());
            }
            if range::is_rest(&response, bytes - end.len() as u64, origin) {
                let mut head = Vec::new();
                self.fill(&mut response, &mut head, end.len() + 1).await?;
                if let Some(rest) = head.strip_prefix(end) {
                    let (head, total, origin) = (rest.to_vec(), Some(origin.total), Some(origin.clone()));
                    return Ok(MediaAnswer { head, total, from: *bytes, origin, response });
                }
            }
            if matches!(response.status(), StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE) {
                response = self.send(fid, None).await?;
            }
        }
        if response.status() == StatusCode::PARTIAL_CONTENT {
            return Err(FetchFailure::new(Remedy::Retry, downloads::OTHER_PART_CAME));
        }
        if response.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding != IDENTITY) {
            return Err(FetchFailure::new(Remedy::GiveUp, downloads::OTHER_ENCODING_CAME));
        }
        // Read now, because it decreases with every byte that is read.
        let total = response.content_length();
        let mut head = Vec::new();
        let is_ended = self.fill(&mut response, &mut head, media::HEAD).await?;
        let is_good = response.status().is_success();
        let is_words = is_text(&response, &head);
        match media::sniff(&head) {
            Some(_) if is_good => self.admit(head, total, response),
            None if is_good && is_ended && head.is_empty() => {
                Err(FetchFailure::new(Remedy::Retry, downloads::NOTHING_CAME))
            }
            None if is_good && !is_words => self.admit(head, total, response),
            None if is_words => {
                self.fill(&mut response, &mut head, TEXT_LIMIT).await?;
                Err(self.refused(&response, &head))
            }
            // A refusal with an image as its body.
            Some(_) | None => Err(self.refused(&response, &[])),
        }
    }

    async fn send(&self, fid: FileId, kept: Option<&Beginning>) -> Result<Response, FetchFailure> {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("access_token", self.token.expose_secret())
            .append_pair("fid", &fid.to_string());
        let client = self.client.get_or_try_init(client).await.map_err(|error| self.broken(error))?;
        let mut request = client.get(url).header(ACCEPT_ENCODING, IDENTITY);
        if let Some(Beginning { origin, bytes, end }) = kept {
            let from = bytes - end.len() as u64;
            request = request.header(RANGE, format!("bytes={from}-")).header(IF_RANGE, &origin.validator);
        }
        request.send().await.map_err(|error| self.broken(error))
    }

    /// Returns the next bytes of a file; `None` after the last. `received` is the number of bytes so far,
    /// including the head.
    pub(super) async fn next(
        &self,
        answer: &mut MediaAnswer,
        received: u64,
    ) -> Result<Option<bytes::Bytes>, FetchFailure> {
        if let Some(chunk) = answer.response.chunk().await.map_err(|error| self.broken(error))? {
            let length = received + chunk.len() as u64;
            return if length > self.max_bytes { Err(self.too_large()) } else { Ok(Some(chunk)) };
        }
        match answer.total {
            Some(total) if total != received => {
                Err(FetchFailure::new(Remedy::Retry, downloads::PART_CAME.with(received).with(total)))
            }
            Some(_) | None => Ok(None),
        }
    }

    fn admit(&self, head: Vec<u8>, total: Option<u64>, response: Response) -> Result<MediaAnswer, FetchFailure> {
        if total.unwrap_or_default().max(head.len() as u64) > self.max_bytes {
            return Err(self.too_large());
        }
        // The validator is stored on disk, so it must not contain the token.
        let validator = range::validator(&response).filter(|validator| self.quote(validator) == *validator);
        let origin = total.zip(validator).map(|(total, validator)| Origin { total, validator });
        Ok(MediaAnswer { head, total, from: 0, origin, response })
    }

    fn too_large(&self) -> FetchFailure {
        FetchFailure::new(Remedy::GiveUp, downloads::FILE_TOO_LARGE.with(self.max_bytes))
    }

    /// Reads until there are `wanted` bytes, or until the end; returns whether it was the end.
    async fn fill(&self, response: &mut Response, bytes: &mut Vec<u8>, wanted: usize) -> Result<bool, FetchFailure> {
        while bytes.len() < wanted {
            match response.chunk().await.map_err(|error| self.broken(error))? {
                Some(chunk) => bytes.extend_from_slice(&chunk),
                None => return Ok(true),
            }
        }
        Ok(false)
    }

    /// Returns the failure for an answer that is no file. A temporary failure with `Retry-After` pauses the
    /// whole queue until then.
    fn refused(&self, response: &Response, body: &[u8]) -> FetchFailure {
        let failure = self.refusal(response.status(), body);
        let wait = web::retry_after(response, None).map(|wait| wait.clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
        match (failure.remedy, wait) {
            (Remedy::Retry | Remedy::Pause, wait @ Some(_)) => FetchFailure { remedy: Remedy::Pause, wait, ..failure },
            _ => failure,
        }
    }

    /// Returns the failure for such an answer without a pause: by Weibo's error code if it has one, else by
    /// its status, else by its text.
    fn refusal(&self, status: StatusCode, body: &[u8]) -> FetchFailure {
        if let Some(error) = ApiError::from_body(body) {
            return FetchFailure::new(error.remedy(), error.reason(|words| self.quote(words)));
        }
        let quote = self.quote(&String::from_utf8_lossy(body));
        if status.is_success() {
            // The text may also come from an overloaded front end or a proxy, but a success is not retried.
            return FetchFailure::new(Remedy::GiveUp, downloads::TEXT_CAME.with(quote));
        }
        FetchFailure::new(remedy_of_status(status.as_u16()), answered(status.to_string(), &quote))
    }

    /// Returns the failure for a request without a complete answer.
    fn broken(&self, error: reqwest::Error) -> FetchFailure {
        // The message of the error contains the URL, and with it the token.
        let error = error.without_url();
        let remedy = if error.is_redirect() || error.is_builder() { Remedy::GiveUp } else { Remedy::Retry };
        let cause = web::deepest(&self.token, &error);
        FetchFailure::new(remedy, if error.is_redirect() { cause } else { downloads::CONNECTION_FAILED.with(cause) })
    }

    fn quote(&self, text: &str) -> String {
        web::quote(&self.token, text)
    }
}

/// Whether an answer of an unknown format is text, by its content type or its first byte.
fn is_text(response: &Response, head: &[u8]) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default().to_ascii_lowercase();
    content_type.starts_with("text/")
        || content_type.starts_with("application/json")
        || wire::bare(head).first().is_none_or(|first| b"{[<".contains(first))
}

/// Creates the client, when it is first needed.
async fn client() -> Result<Client, reqwest::Error> {
    web::client(builder)
}

fn builder() -> ClientBuilder {
    web::builder().read_timeout(IDLE_TIMEOUT).timeout(TOTAL_TIMEOUT).redirect(redirect::Policy::custom(|attempt| {
        let asked = attempt.previous().first().map(Url::origin);
        if asked.is_some_and(|asked| asked != attempt.url().origin()) {
            attempt.error(Reason::from(downloads::REDIRECTED_AWAY))
        } else if attempt.previous().len() > REDIRECTS {
            attempt.error(Reason::from(downloads::REDIRECTED_TOO_OFTEN))
        } else {
            attempt.follow()
        }
    }))
}
