//! Requests for the rest of a file (RFC 9110 §14): the validator to ask with, and whether an answer is the
//! rest. The server is not trusted: an answer is the rest only if everything that it says about itself fits
//! what is there, and if it begins with the end of what is there.

use chrono::{DateTime, TimeDelta};
use reqwest::header::{CONTENT_RANGE, DATE, ETAG, HeaderName, LAST_MODIFIED};
use reqwest::{Response, StatusCode};

use crate::download::part::Origin;

/// How much older than the answer a `Last-Modified` must be to distinguish two states of a file (RFC 9110
/// §8.8.2.2).
const SETTLED: TimeDelta = TimeDelta::seconds(60);
/// The maximum length of a validator; longer ones are not worth keeping.
const LONGEST: usize = 200;

/// Returns the validator that tells this state of the file from any other: a strong `ETag`, else a
/// `Last-Modified` that serves as one.
pub(super) fn validator(response: &Response) -> Option<String> {
    let tag = header(response, &ETAG).filter(|tag| tag.starts_with('"'));
    let changed = || header(response, &LAST_MODIFIED).filter(|changed| is_settled(response, changed));
    tag.or_else(changed).filter(|validator| validator.len() <= LONGEST).map(ToOwned::to_owned)
}

fn is_settled(response: &Response, changed: &str) -> bool {
    let time = |text: &str| DateTime::parse_from_rfc2822(text).ok();
    let sent = header(response, &DATE).and_then(time);
    sent.zip(time(changed)).is_some_and(|(sent, changed)| sent - changed >= SETTLED)
}

/// Returns whether the answer is what follows the first `from` bytes of a file, up to its end.
pub(super) fn is_rest(response: &Response, from: u64, origin: &Origin) -> bool {
    let Origin { total, validator } = origin;
    let Some(missing) = total.checked_sub(from).filter(|missing| *missing > 0) else { return false };
    let is_same = if validator.starts_with('"') {
        header(response, &ETAG) == Some(validator)
    } else {
        // The header is optional here.
        header(response, &LAST_MODIFIED).is_none_or(|changed| changed == validator)
    };
    response.status() == StatusCode::PARTIAL_CONTENT
        && header(response, &CONTENT_RANGE) == Some(&format!("bytes {from}-{}/{total}", total - 1))
        && response.content_length().is_none_or(|length| length == missing)
        && is_same
}

fn header<'a>(response: &'a Response, name: &HeaderName) -> Option<&'a str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}
