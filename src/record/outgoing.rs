//! A reply on its way to a sender: the order and its outcome.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Seq;
use crate::reason::Reason;
use crate::weibo::UserId;
use crate::weibo::active::ReplyForm;

/// The number of a reply: from 1, never reused.
pub type OutgoingId = u64;

named! {
    /// The state of a reply. Only Weibo's answer says that it was sent or refused.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum SendState {
        /// It waits until it can be sent.
        Waiting "waiting",
        /// It is being sent.
        Sending "sending",
        /// Weibo accepted it.
        Sent "sent",
        /// Weibo did not accept it, or it was withdrawn before it was sent.
        Refused "refused",
        /// It went out, and it is unknown whether Weibo accepted it. It is not resent automatically.
        Unknown "unknown",
    }
}

impl SendState {
    /// Whether it was sent, or may have been.
    pub const fn has_gone_out(self) -> bool {
        matches!(self, Self::Sent | Self::Unknown)
    }

    /// Returns whether the state no longer changes without the user.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Sent | Self::Refused | Self::Unknown)
    }
}

/// The order of a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    /// The unique key of the order: the same order given twice is one reply.
    pub key: String,
    /// The account that answers; empty where there is only one.
    pub account: String,
    /// The recipient.
    pub fan: UserId,
    /// The message that it answers.
    pub seq: Option<Seq>,
    /// The form in which the text is read.
    #[serde(default)]
    pub form: ReplyForm,
    /// The text.
    pub text: String,
    /// The last reply to the recipient that the author was shown: the order is refused if another one has come since.
    /// `None` sends it whatever others have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<OutgoingId>,
}

/// Returns the session of the composer in which the order with this key was given: the beginning of the key. `None` if
/// it was not given in one.
pub fn session_of(key: &str) -> Option<&str> {
    key.rsplit_once('-').map(|(session, _)| session)
}

/// An unsent reply to a sender.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The form in which the text is read.
    pub form: ReplyForm,
    /// The text; empty when there is no draft.
    pub text: String,
}

/// A reply as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Its number, which differs on each node.
    #[serde(skip)]
    pub id: OutgoingId,
    /// The order.
    pub composed: Composed,
    /// Its state.
    pub state: SendState,
    /// The reason for its state: why it waits, was refused, or is unknown.
    pub reason: Option<Reason>,
    /// Time of the order.
    pub made_at: DateTime<Utc>,
    /// Time of the last change of state.
    pub changed_at: DateTime<Utc>,
}
