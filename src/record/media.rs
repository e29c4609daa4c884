//! How far an attachment is, and what the downloads as a whole are doing.

use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, FixedOffset, Utc};
use serde::{Deserialize, Serialize};

use super::{Record, Seq};
use crate::reason::Reason;
use crate::weibo::{FileId, Kind, UserId};

/// How far a wanted medium is. This is what the archive keeps; what moves while a worker fetches is [`Progress`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Waiting for a worker, for a token, or for the next try.
    Queued {
        /// Tries that failed so far.
        attempts: u32,
        /// Not before this.
        next_try_at: DateTime<Utc>,
        /// Why the last try failed, if one did.
        reason: Option<Reason>,
    },
    /// On disk, whole.
    Done {
        /// Where it is below the media directory, such as `2026-11-23/200000-2489518277-821804469.jpg`; [`path`]
        /// makes it a path.
        file: String,
        /// Its length in bytes.
        bytes: u64,
        /// The SHA-256 of its content in hexadecimal digits; `None` when an older weibox fetched it.
        sha256: Option<String>,
    },
    /// Given up.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// The path of a file below the media directory, and nowhere else, whatever the archive says.
pub fn path(media: &Path, file: &str) -> PathBuf {
    let inside = Path::new(file).components().filter(|part| matches!(part, Component::Normal(_)));
    media.join(inside.collect::<PathBuf>())
}

/// A medium that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Which file.
    pub fid: FileId,
    /// The newest message that it came with; `None` when that is gone.
    pub seq: Option<Seq>,
    /// What is known of that message.
    pub origin: Option<MediumOrigin>,
    /// How far it is.
    pub stage: Stage,
}

/// Whom a medium came from, when, and in what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediumOrigin {
    /// The account that it came for; empty where there is only one.
    pub account: String,
    /// The sender, if the message says.
    pub sender_id: Option<UserId>,
    /// What the sender is called, if that is known; foreign text.
    #[serde(default)]
    pub name: Option<String>,
    /// When the message was sent.
    pub sent_at: DateTime<FixedOffset>,
    /// What kind of message it is.
    pub kind: Kind,
}

impl MediumOrigin {
    /// Of a message.
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

/// How far the files of some messages are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weight {
    /// How many would have to be fetched: never asked for, given up, or cancelled.
    pub new: u64,
    /// How many wait or are being fetched.
    pub coming: u64,
    /// How many are on disk.
    pub saved: u64,
    /// How long those are together, in bytes.
    pub saved_bytes: u64,
}

/// How one running download goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which file.
    pub fid: FileId,
    /// Bytes so far.
    pub received: u64,
    /// Bytes in all, if the server said.
    pub total: Option<u64>,
}

/// Whether the queue moves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// It moves, or is empty.
    #[default]
    Open,
    /// There is no access token; items wait for one.
    NoToken,
    /// Weibo refused the token; items wait for another.
    TokenRefused(Reason),
    /// Weibo asked for a pause, or the disk is full.
    Paused {
        /// Why.
        reason: Reason,
        /// No call before this.
        until: DateTime<Utc>,
    },
}

/// What the downloads are doing, for whoever shows them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Board {
    /// Whether the queue moves.
    pub queue: Queue,
    /// What is being fetched now, oldest first.
    pub running: Vec<Progress>,
    /// How many media wait, those running included.
    pub queued: u64,
    /// How many were given up.
    pub failed: u64,
    /// How many are on disk.
    pub done: u64,
    /// The queue of each account by its name, where there are several.
    pub by_account: Vec<(String, Queue)>,
}

impl Board {
    /// Whether the queue moves that the files of an account's messages are in.
    pub fn queue_of(&self, account: &str) -> &Queue {
        let of_name = self.by_account.iter().find(|(name, _)| name == account);
        // What belongs to none of them is fetched as the first one's.
        of_name.or(self.by_account.first()).map_or(&self.queue, |(_, queue)| queue)
    }
}
