//! The policy for automatic downloads of attachments.

use serde::{Deserialize, Serialize};

use crate::weibo::{Kind, Message};

use super::Record;

named! {
    /// The event that starts an automatic download of an attachment.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Auto {
        /// Never.
        #[default]
        Off "off",
        /// Its message was shown for a moment.
        Selected "selected",
        /// Its message arrives.
        All "all",
    }
}

/// The attachments that are downloaded automatically, and the event that starts it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// The event that starts a download.
    pub auto: Auto,
    /// The kinds of messages; empty for every kind.
    pub kinds: Vec<Kind>,
}

impl Policy {
    /// The kinds whose messages may have a file.
    pub const KINDS: [Kind; 3] = [Kind::Image, Kind::Voice, Kind::Unknown];

    /// Returns whether the attachment of a message is wanted as soon as it arrives.
    pub fn wants_new(&self, message: &Message) -> bool {
        self.auto == Auto::All && self.wants(message)
    }

    /// Returns whether the attachment of a message on the screen is wanted. That includes [`Auto::All`],
    /// because the message may have arrived before that was set. Attachments of muted senders are not wanted.
    pub fn wants_shown(&self, record: &Record) -> bool {
        self.auto != Auto::Off && !record.sender.is_muted && self.wants(&record.message)
    }

    fn wants(&self, message: &Message) -> bool {
        let is_of_kind = self.kinds.is_empty() || self.kinds.contains(&message.kind());
        is_of_kind && message.attachment().is_some()
    }
}
