//! What orders to the shell carry, and what comes back of them: pictures, voices, files elsewhere, secrets.

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
use crate::record::outgoing::{Draft, Outgoing};
use crate::record::page::Selection;
use crate::weibo::{FileId, UserId};

/// What is known of what is said to a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderAnswers {
    /// The sender.
    pub fan: UserId,
    /// What tells a reply that is written now from all others.
    pub key: String,
    /// What is being written.
    pub draft: Draft,
    /// What was sent, or is to be, oldest first.
    pub outgoing: Vec<Outgoing>,
}

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureOrigin {
    /// A saved file.
    File(PathBuf),
    /// Weibo's small picture of a file that is not saved. It is shown and forgotten.
    Thumbnail {
        /// The account whose message it came with.
        account: String,
        /// The file.
        fid: FileId,
    },
}

/// A picture, or a part of it, in a number of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureRequest {
    /// Which picture.
    pub origin: PictureOrigin,
    /// The most cells it may cover.
    pub most: Size,
    /// What is shown of it.
    pub part: Viewport,
    /// `None` for the picture, or the first frame of an animation; for the motion, the drawing of that frame.
    pub motion_of: Option<u32>,
}

/// What to draw instead of what was ordered before. [`PictureAnswer`] comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureOrder {
    /// What is to be drawn.
    pub request: PictureRequest,
    /// What it is drawn for.
    pub canvas: Canvas,
}

/// What came of an order to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureAnswer {
    /// What was to be drawn.
    pub request: PictureRequest,
    /// The drawing, or why there is none.
    pub drawn: Result<Arc<Drawing>, Reason>,
}

/// What to do with a voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceOrder {
    /// Decode a file instead of the one before, then [`VoiceAnswer::Decoded`].
    Decode {
        /// The file's name, for the answer.
        file: String,
        /// Where it is.
        path: PathBuf,
    },
    /// End the player and start one here, then [`VoiceAnswer::Started`] and [`VoiceAnswer::Ended`].
    Play {
        /// The number of this order, for the answers.
        run: u64,
        /// Where the file is.
        path: PathBuf,
        /// The play head.
        from: Duration,
    },
    /// End the player. No answer comes of it.
    Stop,
}

/// What came of an order about a voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceAnswer {
    /// A file was decoded, or why it cannot be.
    Decoded {
        /// The file's name.
        file: String,
        /// What is in it.
        summary: Result<VoiceSummary, Reason>,
    },
    /// A player runs.
    Started {
        /// The number of the order.
        run: u64,
    },
    /// The player came to the end by itself, or could not play.
    Ended {
        /// The number of the order.
        run: u64,
        /// Why it could not.
        result: Result<(), Reason>,
    },
}

/// How long deleted messages can be brought back.
pub const UNDO: TimeDelta = TimeDelta::seconds(30);

/// What is written into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveSource {
    /// A saved file.
    Medium {
        /// Where it is.
        path: PathBuf,
        /// Whether it is a voice, which is decoded for a path that ends with `.wav`.
        is_voice: bool,
    },
    /// Messages, as JSON lines or CSV, as the path ends.
    Messages(Selection),
}

/// A file that is to be written elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveOrder {
    /// What is written.
    pub from: SaveSource,
    /// Where it goes, as it was typed: `~/` is the home directory.
    pub to: String,
    /// Whether a file that is there may be replaced.
    pub may_replace: bool,
}

/// What came of typing or ordering a path to save to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveAnswer {
    /// The paths that begin with what was typed; directories end with a slash.
    Completed {
        /// What was typed.
        typed: String,
        /// What it can become, in order.
        found: Vec<String>,
    },
    /// Something is there already, and nothing was written.
    Taken(SaveOrder),
    /// The file is written, or why not.
    Saved(Result<PathBuf, Reason>),
}

/// Which secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// What Weibo signs its calls with.
    AppSecret,
    /// What downloads need.
    AccessToken,
}

/// What is tried, because the user asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// One call with the access token that changes nothing.
    AccessToken,
    /// Weibo's handshake with this public URL, as it was typed.
    PublicUrl(String),
}

/// What came of a [`Trial`], in the language that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialResult {
    /// Whether it went well.
    pub is_good: bool,
    /// What was found, and what to do about it.
    pub found: String,
}

/// The longest secret that can be typed, in bytes. Weibo's have some thirty characters. The room is taken at once, because
/// a text that grows leaves copies of itself behind.
const LONGEST_SECRET: usize = 1_024;

/// A secret as it was typed: never printed, and wiped when it is given away.
#[derive(Clone, PartialEq, Eq)]
pub struct TypedSecret {
    /// Which secret it is.
    pub secret: Secret,
    typed: Zeroizing<String>,
}

impl fmt::Debug for TypedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypedSecret({:?}, {} characters)", self.secret, self.len())
    }
}

impl TypedSecret {
    /// Nothing typed yet.
    pub fn new(secret: Secret) -> Self {
        Self { secret, typed: Zeroizing::new(String::with_capacity(LONGEST_SECRET)) }
    }

    /// The number of its characters, which is all that may be shown.
    pub fn len(&self) -> usize {
        self.typed.chars().count()
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.typed.is_empty()
    }

    /// What was typed, to be kept.
    pub fn into_secret(self) -> SecretString {
        SecretString::from(self.typed.as_str())
    }

    /// Adds text, without its control characters, as far as there is room.
    pub fn push(&mut self, text: &str) {
        for char in text.chars().filter(|char| !char.is_control()) {
            if self.typed.len() + char.len_utf8() <= LONGEST_SECRET {
                self.typed.push(char);
            }
        }
    }

    /// Takes the last character away.
    pub fn pop(&mut self) {
        self.typed.pop();
    }

    /// Takes all of it away.
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
