//! The state of an attachment, and of the downloads as a whole.

use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

use super::{Record, Seq};
use crate::reason::Reason;
use crate::weibo::{FileId, Kind, UserId};

/// The state of a wanted medium, as the archive keeps it; [`Progress`] holds what changes while a worker fetches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Waiting for a worker, for a token, or for the next try.
    Queued {
        /// Number of failed tries so far.
        attempts: u32,
        /// Time before which it is not tried.
        next_try_at: DateTime<Utc>,
        /// The reason why the last try failed, if one did.
        reason: Option<Reason>,
    },
    /// Complete on disk.
    Done {
        /// Its location below the media directory, such as `2026-11-23/200000-2489518277-821804469.jpg`; [`path`]
        /// makes it a path.
        file: String,
        /// Its length in bytes.
        bytes: u64,
        /// The SHA-256 of its content in hexadecimal digits; `None` when an older weibox fetched it.
        sha256: Option<String>,
    },
    /// Given up.
    Failed {
        /// The reason.
        reason: Reason,
    },
}

/// Returns the path of a file, which always lies below the media directory, whatever the archive says.
pub fn path(media: &Path, file: &str) -> PathBuf {
    let inside = Path::new(file).components().filter(|part| matches!(part, Component::Normal(_)));
    media.join(inside.collect::<PathBuf>())
}

/// A medium that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The file.
    pub fid: FileId,
    /// The newest message that it came with; `None` when that message is gone.
    pub seq: Option<Seq>,
    /// What is known about that message.
    pub origin: Option<MediumOrigin>,
    /// Its state.
    pub stage: Stage,
}

/// The sender, the time and the message of a medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediumOrigin {
    /// The receiving account; empty where there is only one.
    pub account: String,
    /// The sender, if the message names one.
    pub sender_id: Option<UserId>,
    /// The sender's name, if it is known; foreign text.
    #[serde(default)]
    pub name: Option<String>,
    /// Time at which the message was sent.
    pub sent_at: DateTime<FixedOffset>,
    /// The kind of the message.
    pub kind: Kind,
}

impl MediumOrigin {
    /// Returns the origin of a message's medium.
    pub fn of(record: &Record) -> Self {
        Self {
            account: record.account.clone(),
            sender_id: record.message.sender_id,
            name: record.sender.called().map(str::to_owned),
            sent_at: record.sent_at(),
            kind: record.message.kind(),
        }
    }
}

/// The states of the files of some messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weight {
    /// Number of files that would have to be fetched: never asked for, given up, or cancelled.
    pub new: u64,
    /// Number of files that wait or are being fetched.
    pub coming: u64,
    /// Number of files on disk.
    pub saved: u64,
    /// The total size of the files on disk, in bytes.
    pub saved_bytes: u64,
}

/// The progress of a running download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The file.
    pub fid: FileId,
    /// Number of bytes received so far.
    pub received: u64,
    /// Total number of bytes, if the server sent it.
    pub total: Option<u64>,
}

/// The state of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// The queue moves, or is empty.
    #[default]
    Open,
    /// There is no access token; items wait for one.
    NoToken,
    /// Weibo refused the token; items wait for another one.
    TokenRefused(Reason),
    /// Weibo asked for a pause, or the disk is full.
    Paused {
        /// The reason.
        reason: Reason,
        /// Time before which no call is made.
        until: DateTime<Utc>,
    },
}

impl Queue {
    /// Returns whether Weibo cannot be called until there is another token.
    pub const fn lacks_token(&self) -> bool {
        matches!(self, Self::NoToken | Self::TokenRefused(_))
    }
}

/// The state of the downloads, for display.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Board {
    /// The state of the queue.
    pub queue: Queue,
    /// The running downloads, oldest first.
    pub running: Vec<Progress>,
    /// Number of media that wait, including the running ones.
    pub queued: u64,
    /// Number of media that were given up.
    pub failed: u64,
    /// Number of media on disk.
    pub done: u64,
    /// The queue of each account by its name, where there are several.
    pub by_account: Vec<(String, Queue)>,
}

impl Board {
    /// Returns the state of the queue for the files of an account's messages.
    pub fn queue_of(&self, account: &str) -> &Queue {
        let of_name = self.by_account.iter().find(|(name, _)| name == account);
        // A file of none of these accounts is fetched as the first account's.
        of_name.or(self.by_account.first()).map_or(&self.queue, |(_, queue)| queue)
    }
}
