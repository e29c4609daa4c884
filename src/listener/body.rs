//! Reads the body of a request, within limits for each body and for all together.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The maximum length in bytes of a body that takes no space from [`Room`]. Weibo's bodies have a few hundred
/// bytes and must be accepted however many long ones are being read. Short bodies on all connections together
/// take 32 MB.
const SHORT: usize = 16 << 10;

/// The maximum number of bytes beyond the limit that are read and discarded. A caller that is cut off while it
/// sends often never sees the answer with the reason.
const DISCARDED: usize = 8 << 20;

/// The reason why a body could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The body is longer than the limit.
    TooLarge,
    /// The body ended early, or does not match its headers.
    Broken(String),
    /// The body has an unsupported encoding.
    Packed(String),
    /// Long bodies take up all the room.
    Crowded,
}

/// The memory that long bodies share, one permit per byte. Without it, an attacker who has seen one signed
/// address could fill the memory with a body on each connection.
pub(super) struct Room(Arc<Semaphore>);

/// The part of the room that a body takes until this is dropped; `None` for a short body.
pub(super) type Taken = Option<OwnedSemaphorePermit>;

impl Room {
    /// Creates room for this many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Extends what a body takes to this length; returns `None` when there is not enough room. A short body takes
    /// none.
    pub(super) fn grow(&self, taken: Taken, length: usize) -> Option<Taken> {
        let has = taken.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if length <= SHORT.max(has) {
            return Some(taken);
        }
        let mut all = Arc::clone(&self.0).try_acquire_many_owned(u32::try_from(length - has).ok()?).ok()?;
        if let Some(taken) = taken {
            all.merge(taken);
        }
        Some(Some(all))
    }
}

/// Reads a body of at most `limit` bytes; a body longer than [`SHORT`] takes room.
pub(super) async fn read<B>(mut body: B, limit: usize, room: &Room) -> Result<(Vec<u8>, Taken), Failure>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let (mut bytes, mut taken) = (Vec::new(), None);
    let mut length: usize = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::Broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length <= limit {
            taken = room.grow(taken, length).ok_or(Failure::Crowded)?;
            bytes.extend_from_slice(&data);
        } else if length > limit.saturating_add(DISCARDED) {
            break;
        }
    }
    if length > limit { Err(Failure::TooLarge) } else { Ok((bytes, taken)) }
}
