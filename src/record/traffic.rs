//! What came to the listener, counted, and the log of calls that became no message.

use chrono::{DateTime, Utc};

/// Calls since the listener started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Messages stored for the first time.
    pub stored: u64,
    /// Deliveries of messages that were there already.
    pub repeated: u64,
    /// Calls refused: wrong or missing signature, other path, too large, and the like.
    pub refused: u64,
    /// Callbacks answered 503, because the archive failed or was too slow.
    pub busy: u64,
    /// Handshakes answered with their `echostr`.
    pub handshakes: u64,
    /// Why the last callback could not be stored; `None` when it could.
    pub trouble: Option<Trouble>,
    /// Entries of the request log that were dropped because the archive was busy.
    pub unlogged: u64,
}

/// Why messages cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The disk is full.
    Full,
    /// The archive fails, or is too slow.
    Failing,
}

/// A handshake or a refused call, as the request log keeps it. It holds no body and no query string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The caller's address.
    pub remote: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// The path without the query, at most [`Call::PATH_LIMIT`] bytes of it.
    pub path: String,
    /// The HTTP status it was answered with.
    pub status: u16,
    /// Why, in words for people.
    pub reason: String,
}

impl Call {
    /// Longer paths are cut: foreign text must not fill the disk.
    pub const PATH_LIMIT: usize = 256;
}
