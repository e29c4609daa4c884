//! Reads a request's body within bounds.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body;

/// Up to so many bytes beyond the limit are read and thrown away, because a caller that is cut off while it sends often
/// never sees the answer that says why.
const DISCARDED: usize = 8 << 20;

/// Why there is no body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is longer than the limit.
    TooLarge,
    /// It ended early, or is not HTTP.
    Broken(String),
}

/// Collects a body of at most `limit` bytes.
pub(super) async fn read<B>(mut body: B, limit: usize) -> Result<Vec<u8>, Failure>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let mut bytes = Vec::new();
    let mut length: usize = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::Broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= limit {
            bytes.extend_from_slice(&data);
        } else if length > limit.saturating_add(DISCARDED) {
            break;
        }
    }
    if length > limit { Err(Failure::TooLarge) } else { Ok(bytes) }
}
