//! Data of orders to the shell and of their answers: pictures, voices, exported files, secrets.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use crate::controls::layout::Size;
use crate::media::picture::Viewport;
use crate::media::picture::drawing::{Canvas, Drawing};
use crate::media::voice::VoiceSummary;
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::media::Job;
use crate::record::outgoing::{Draft, Outgoing};
use crate::record::page::{Mark, Selection};
use crate::record::people::Relabel;
use crate::record::target::TargetOrder;
use crate::weibo::{FileId, UserId};

/// A change of what is kept. The process that holds the archive carries it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveChange {
    /// Queue the attachments of messages.
    #[serde(rename = "want")]
    Download(Selection),
    /// Mark messages.
    Mark(Selection, Mark),
    /// Mute or unmute a sender.
    Mute(UserId, bool),
    /// Delete messages, which can be restored for [`UNDO`].
    Discard(Vec<Seq>),
    /// Undo the last deletion or the last marking of several messages.
    Restore,
    /// Give up a medium that is queued or being fetched.
    Cancel(FileId),
    /// Remove a settled medium from the archive, and its file from the disk.
    Remove(Box<Job>),
    /// Carry out an order for the target with this name.
    Target(String, TargetOrder),
    /// Store the user's name for a sender and a note about them. If both are empty, nothing is kept.
    Profile {
        /// The sender.
        fan: UserId,
        /// The name.
        name: String,
        /// The note.
        note: String,
    },
    /// Add and remove labels of messages or a sender.
    Relabel(Relabel),
}

/// The conversation with a sender, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderAnswers {
    /// The sender.
    pub fan: UserId,
    /// Key of the reply that is being written.
    pub key: String,
    /// The draft of that reply.
    pub draft: Draft,
    /// Replies that were sent or are to be sent, oldest first.
    pub outgoing: Vec<Outgoing>,
}

/// The source of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureOrigin {
    /// A saved file.
    File(PathBuf),
    /// Weibo's thumbnail of a file that is not saved. It is shown and forgotten.
    Thumbnail {
        /// The account of the message that had it.
        account: String,
        /// The file.
        fid: FileId,
    },
}

/// A picture, or a part of it, for an area of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureRequest {
    /// The source of the picture.
    pub origin: PictureOrigin,
    /// The maximum size in cells.
    pub most: Size,
    /// The visible part.
    pub part: Viewport,
    /// `None` for the picture, or the first frame of an animation; for its animation, the id of the first
    /// frame's drawing.
    pub motion_of: Option<u32>,
}

/// An order to draw, which replaces the one before. [`PictureAnswer`] answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureOrder {
    /// The picture to draw.
    pub request: PictureRequest,
    /// The canvas to draw it for.
    pub canvas: Canvas,
}

/// The answer to an order to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureAnswer {
    /// The request.
    pub request: PictureRequest,
    /// The drawing, or why there is none.
    pub drawn: Result<Arc<Drawing>, Reason>,
}

/// An order about a voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceOrder {
    /// Decode a file in the place of the one before, then [`VoiceAnswer::Decoded`].
    Decode {
        /// Name of the file, for the answer.
        file: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// Stop the player and start one at a position, then [`VoiceAnswer::Started`] and [`VoiceAnswer::Ended`].
    Play {
        /// Number of this order, for the answers.
        run: u64,
        /// Path of the file.
        path: PathBuf,
        /// The position to start at.
        from: Duration,
    },
    /// Stop the player. Has no answer.
    Stop,
}

/// The answer to an order about a voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceAnswer {
    /// A file was decoded, or cannot be.
    Decoded {
        /// Name of the file.
        file: String,
        /// Its summary, or why there is none.
        summary: Result<VoiceSummary, Reason>,
    },
    /// A player started.
    Started {
        /// Number of the order.
        run: u64,
    },
    /// The player reached the end without being stopped, or could not play.
    Ended {
        /// Number of the order.
        run: u64,
        /// The reason, if it could not.
        result: Result<(), Reason>,
    },
}

/// How long deleted messages can be restored.
pub const UNDO: TimeDelta = TimeDelta::seconds(30);

/// The content of a file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveSource {
    /// A saved file.
    Medium {
        /// Path of the file.
        path: PathBuf,
        /// Whether it is a voice, which is decoded if the target path ends with `.wav`.
        is_voice: bool,
    },
    /// Messages, as JSON lines or CSV, depending on the extension.
    Messages(Selection),
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveOrder {
    /// The content.
    pub from: SaveSource,
    /// The target path as typed: `~/` is the home directory.
    pub to: String,
    /// Whether an existing file may be replaced.
    pub may_replace: bool,
}

/// The answer to typing or ordering a target path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveAnswer {
    /// The paths that begin with what was typed; directories end with a slash.
    Completed {
        /// The typed text.
        typed: String,
        /// Its completions, in order.
        found: Vec<String>,
    },
    /// A file exists there, and nothing was written.
    Taken(SaveOrder),
    /// The file was written, or could not be.
    Saved(Result<PathBuf, Reason>),
}

/// A kind of secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// The secret with which Weibo signs its callbacks.
    AppSecret,
    /// The token that downloads need.
    AccessToken,
}

/// A trial that the user asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// A call with the access token that changes nothing.
    AccessToken,
    /// Weibo's handshake with this public URL, as typed.
    PublicUrl(String),
}

/// The result of a [`Trial`], in the requested language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialResult {
    /// Whether it succeeded.
    pub is_good: bool,
    /// What was found, and what to do about it.
    pub found: String,
}

/// The maximum length of a secret, in bytes; Weibo's have about thirty characters. The whole buffer is
/// allocated at once, because a string that grows leaves copies of its content in memory.
const LONGEST_SECRET: usize = 1_024;

/// A secret as typed: never printed, and wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedSecret {
    /// The kind of secret.
    pub secret: Secret,
    typed: Zeroizing<String>,
}

impl fmt::Debug for TypedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypedSecret({:?}, {} characters)", self.secret, self.len())
    }
}

impl TypedSecret {
    /// Creates an empty secret.
    pub fn new(secret: Secret) -> Self {
        Self { secret, typed: Zeroizing::new(String::with_capacity(LONGEST_SECRET)) }
    }

    /// Returns the number of characters, the only thing that may be shown.
    pub fn len(&self) -> usize {
        self.typed.chars().count()
    }

    /// Returns whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// Converts it into a secret to be stored.
    pub fn into_secret(self) -> SecretString {
        SecretString::from(self.typed.as_str())
    }

    /// Appends text without control characters, as far as it fits.
    pub fn push(&mut self, text: &str) {
        for char in text.chars().filter(|char| !char.is_control()) {
            if self.typed.len() + char.len_utf8() <= LONGEST_SECRET {
                self.typed.push(char);
            }
        }
    }

    /// Removes the last character.
    pub fn pop(&mut self) {
        self.typed.pop();
    }

    /// Removes all characters.
    pub fn clear(&mut self) {
        self.typed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_grows_beyond_its_room() {
        let mut secret = TypedSecret::new(Secret::AppSecret);
        let room = secret.typed.as_ptr();
        secret.push(&"字".repeat(LONGEST_SECRET));
        assert_eq!((secret.len(), secret.typed.as_ptr()), (LONGEST_SECRET / 3, room));
    }
}
