//! Reads a request's body within bounds: of each, and of all together.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Up to here a body needs no room of [`Room`]: Weibo's have a few hundred bytes, and must find some however many long ones
/// there are. All connections together take 32 MB of that.
const SHORT: usize = 16 << 10;

/// The most bytes beyond the limit that are read and thrown away, because a caller that is cut off while it sends often
/// never sees the answer that says why.
const DISCARDED: usize = 8 << 20;

/// Why there is no body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is longer than the limit.
    TooLarge,
    /// It ended early, or is not what its headers say.
    Broken(String),
    /// It is packed in a way that is not unpacked here.
    Packed(String),
    /// All the room for long ones is taken.
    Crowded,
}

/// The room that long bodies share, a permit a byte. Who has once seen a signed address could fill the memory else, with a
/// body on each connection.
pub(super) struct Room(Arc<Semaphore>);

/// What a body takes of it, until it is dropped; none of a short one.
pub(super) type Taken = Option<OwnedSemaphorePermit>;

impl Room {
    /// Room for this many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Room for what became this long; `None` when there is not so much. What is short needs none.
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

/// Collects a body of at most `limit` bytes; what is longer than [`SHORT`] takes room.
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
