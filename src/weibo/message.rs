//! The message that a callback carries. [`wire`](super::wire) parses it.

use std::fmt;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::charset::Charset;
use crate::reason::Reason;

/// The id of a Weibo account. Modern ids have ten digits, more than 32 bits hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserId(pub u64);

/// The id of a file in Weibo's message store: nine digits in 2012, sixteen today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub u64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

named! {
    /// The kind of a message: one for each of the six documented types, one for all other types, and one for
    /// unreadable messages, in the order of the tabs. The names are weibox's own, as used in the archive, in
    /// reply rules and in statistics. Weibo's `type` is [`Message::type_name`], which differs only for
    /// unknown types.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind {
        /// A private text message (protocol §3.3).
        Text "text",
        /// A place (§3.4).
        Position "position",
        /// A voice recording (§3.5).
        Voice "voice",
        /// A picture (§3.6).
        Image "image",
        /// An action of the sender, such as a follow, a scan or a click in a menu (§3.7).
        Event "event",
        /// A public post or comment that names the account (§3.8).
        Mention "mention",
        /// An undocumented type; kept as received (§2.5).
        Unknown "unknown",
        /// Bytes that are no message; kept as received.
        Unreadable "unreadable",
    }
}

impl Kind {
    /// Returns the letter that stands for it in lists.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Text => "T",
            Self::Position => "P",
            Self::Voice => "V",
            Self::Image => "I",
            Self::Event => "E",
            Self::Mention => "@",
            Self::Unknown => "?",
            Self::Unreadable => "!",
        }
    }
}

/// The two ids of one file (§3.5). Both may be missing from a malformed callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Medium {
    /// The id with which the sender may fetch it.
    pub vfid: Option<FileId>,
    /// The id with which the receiver, that is the user of weibox, may fetch it.
    pub tovfid: Option<FileId>,
}

/// The part of a message that depends on its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Only text.
    Text,
    /// Coordinates, digit for digit as Weibo sent them: not checked, not rounded, not converted (§10).
    Position {
        /// Decimal degrees; empty when missing.
        longitude: String,
        /// Decimal degrees; empty when missing.
        latitude: String,
    },
    /// A recording, AMR as far as is known.
    Voice(Medium),
    /// A picture.
    Image(Medium),
    /// An event and its subject.
    Event {
        /// `follow`, `unfollow`, `subscribe`, `unsubscribe`, `scan`, `scan_follow`, `click`, `view` or a later one.
        subtype: String,
        /// Menu key, menu URL or QR scene.
        key: Option<String>,
        /// The ticket with which a QR code can be fetched.
        ticket: Option<String>,
    },
    /// A public post or comment.
    Mention {
        /// `status` or `comment`.
        subtype: String,
        /// The id of that status or comment.
        key: Option<String>,
    },
    /// A type that is not documented, with the file ids that it may carry.
    Unknown(Medium),
    /// Not a message, with the reason.
    Unreadable {
        /// For people: in lower case, without a period.
        reason: Reason,
    },
}

/// The receiver of the samples that weibox sends itself. No account has it: Weibo's ids have ten digits, and this is
/// the highest number that every JSON reader keeps.
pub const SAMPLE_RECEIVER: UserId = UserId((1 << 53) - 1);

/// A digest of what a callback holds besides the fields of its [`Message`].
pub type Remainder = [u8; 20];

/// A parsed callback. The archive also keeps the original bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `type` as sent; `unreadable` for an unreadable callback.
    pub type_name: String,
    /// The verified account; `None` when missing or not an id.
    pub receiver_id: Option<UserId>,
    /// The sender; `None` when missing or not an id.
    pub sender_id: Option<UserId>,
    /// `created_at` as sent, not checked; empty when missing.
    pub created_at: String,
    /// `created_at` parsed; `None` when it holds no time (§4).
    pub sent_at: Option<DateTime<FixedOffset>>,
    /// The sender's text, or Weibo's default text for the type.
    pub text: String,
    /// `data` normalised (§3.2): always an object, empty for all forms of empty; file ids are integers, keys are
    /// strings, everything else is as sent.
    pub data: Map<String, Value>,
    /// The part that depends on the kind.
    pub content: Content,
    /// The declared encoding of the original bytes; `None` for UTF-8.
    pub charset: Option<Charset>,
    /// Whether the original bytes hold more than this: they were decoded or mended, or have members that weibox does
    /// not use.
    pub is_abridged: bool,
    /// A digest of what no other field holds of the original bytes, so that it counts for the identity; `None` for
    /// the messages that Weibo documents.
    pub remainder: Option<Remainder>,
}

impl Message {
    /// Returns the kind of the message.
    pub const fn kind(&self) -> Kind {
        match self.content {
            Content::Text => Kind::Text,
            Content::Position { .. } => Kind::Position,
            Content::Voice(_) => Kind::Voice,
            Content::Image(_) => Kind::Image,
            Content::Event { .. } => Kind::Event,
            Content::Mention { .. } => Kind::Mention,
            Content::Unknown(_) => Kind::Unknown,
            Content::Unreadable { .. } => Kind::Unreadable,
        }
    }

    /// Returns whether weibox made this message as a sample: no account has its receiver's id.
    pub fn is_sample(&self) -> bool {
        self.receiver_id == Some(SAMPLE_RECEIVER)
    }

    /// Returns the file that the receiver may download: `tovfid`, never `vfid` (trap T24).
    pub const fn attachment(&self) -> Option<FileId> {
        match &self.content {
            Content::Voice(medium) | Content::Image(medium) | Content::Unknown(medium) => medium.tovfid,
            Content::Text
            | Content::Position { .. }
            | Content::Event { .. }
            | Content::Mention { .. }
            | Content::Unreadable { .. } => None,
        }
    }
}
