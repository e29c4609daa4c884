//! A reply on its way to a sender: what was ordered, and what became of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Seq;
use crate::reason::Reason;
use crate::weibo::UserId;
use crate::weibo::active::ReplyForm;

/// The number of a reply: from 1, never used again.
pub type OutgoingId = u64;

named! {
    /// How far a reply is. Only Weibo's answer says that it was sent or refused.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum SendState {
        /// It is sent when it can be.
        Waiting "waiting",
        /// It is going out.
        Sending "sending",
        /// Weibo took it.
        Sent "sent",
        /// Weibo did not take it, or it was withdrawn before.
        Refused "refused",
        /// It went out and nobody knows whether Weibo took it. It is not sent again by itself.
        Unknown "unknown",
    }
}

impl SendState {
    /// Whether it went out, or nobody knows.
    pub const fn has_gone_out(self) -> bool {
        matches!(self, Self::Sent | Self::Unknown)
    }

    /// Whether nothing more happens to it by itself.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Sent | Self::Refused | Self::Unknown)
    }
}

/// A reply as it is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// What tells it from all others: the same order given twice is one reply.
    pub key: String,
    /// The account that answers; empty where there is only one.
    pub account: String,
    /// Who gets it.
    pub fan: UserId,
    /// The message that it answers.
    pub seq: Option<Seq>,
    /// How the words are read.
    #[serde(default)]
    pub form: ReplyForm,
    /// What it says.
    pub text: String,
}

/// What is being written to a sender.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// How the words are read.
    pub form: ReplyForm,
    /// All of it; empty when nothing is.
    pub text: String,
}

/// A reply as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Its number, which is another one on each node.
    #[serde(skip)]
    pub id: OutgoingId,
    /// What was ordered.
    pub composed: Composed,
    /// How far it is.
    pub state: SendState,
    /// Why it is there: why it waits, was refused, or why nobody knows.
    pub reason: Option<Reason>,
    /// When it was ordered.
    pub made_at: DateTime<Utc>,
    /// When its state changed last.
    pub changed_at: DateTime<Utc>,
}
