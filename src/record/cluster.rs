//! The status of the cluster of which a weibox is a node, and the deeds that nodes send each other besides
//! messages.

use serde::{Deserialize, Serialize};

use super::outgoing::Outgoing;
use super::page::Mark;
use super::people::{LONGEST_NAME, LONGEST_NOTE, SenderClaim, label, tidied};
use crate::reason::Reason;
use crate::weibo::UserId;
use crate::weibo::identity::MessageId;

/// The status of the cluster. Scripts rely on the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterStatus {
    /// The name of this node.
    pub node: String,
    /// Whether messages reach other nodes.
    pub standing: ClusterStanding,
    /// All nodes that were heard recently, this one first.
    pub nodes: Vec<NodeLine>,
    /// Number of messages and marks that the stream does not have yet.
    pub untold: u64,
    /// The position in the stream up to which this archive has everything.
    pub cursor: u64,
    /// The last position in the stream.
    pub last: u64,
    /// Number of messages that the stream has taken from this node since the node started.
    pub confirmed: u64,
    /// Number of callbacks that were answered before the stream had their messages.
    pub kept_here: u64,
    /// Number of events in the stream that did not come from weibox.
    pub strange: u64,
    /// Number of messages that left the stream before this node had read them.
    pub missed: u64,
    /// Number of messages of other nodes that this archive never had, as far as it has asked.
    pub gaps: u64,
    /// Current faults.
    pub troubles: Vec<Reason>,
}

named! {
    /// Whether messages reach other nodes.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum ClusterStanding {
        /// It has not followed the stream yet since its start.
        #[default]
        Joining "joining",
        /// A message is answered once the stream has it.
        Whole "whole",
        /// A message is stored here, answered, and published later.
        Alone "alone",
    }
}

/// A node as the others see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeLine {
    /// Its name.
    pub name: String,
    /// The version of its weibox.
    pub version: String,
    /// Number of events in the stream that it has not applied yet.
    pub lag: u64,
    /// Number of its messages and marks that the stream does not have yet.
    pub untold: u64,
    /// Number of its messages.
    pub messages: u64,
    /// Number of messages of other nodes that it lacks, as far as it has asked.
    pub gaps: u64,
}

/// A user's deed on a node, as sent to the other nodes. TABLE: one row for each kind; the table of
/// `archive::write::deed` has its effect on an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Deed {
    /// Messages are marked.
    Mark { mark: Mark, ids: Vec<MessageId> },
    /// Labels are added to messages, and others removed.
    LabelMessages { ids: Vec<MessageId>, add: Vec<String>, remove: Vec<String> },
    /// Labels are added to a sender, and others removed.
    LabelSender { fan: UserId, add: Vec<String>, remove: Vec<String> },
    /// The user's name for a sender and note about them; a missing field stays unchanged.
    Profile { fan: UserId, name: Option<String>, note: Option<String> },
    /// A sender is muted or unmuted.
    Mute { fan: UserId, is_muted: bool },
    /// A reply went out, and the message that it answers.
    Reply { reply: Box<Outgoing>, answers: Option<MessageId> },
    /// Messages are deleted for good.
    Delete { ids: Vec<MessageId> },
    /// All claims of the node that sends this.
    Claims { claims: Vec<SenderClaim> },
}

impl Deed {
    /// The maximum number of messages in one deed.
    pub const MOST: usize = 1_000;

    /// Returns the form in which the deed is stored until it is published.
    pub fn to_json(&self) -> String {
        // Plain data always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Restores a stored deed; `None` for a deed of a later weibox.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Returns whether a weibox may have sent this deed: others may write into the stream as well.
    pub fn is_sound(&self) -> bool {
        let are_few = |ids: &[MessageId]| ids.len() <= Self::MOST;
        let are_labels = |some: &[String]| some.iter().all(|one| label(one).as_deref() == Some(one));
        let is_tidy =
            |typed: &Option<String>, longest| typed.as_ref().is_none_or(|typed| tidied(typed, longest) == *typed);
        match self {
            Self::Mark { ids, .. } | Self::Delete { ids } => are_few(ids),
            Self::LabelMessages { ids, add, .. } => are_few(ids) && are_labels(add),
            Self::LabelSender { add, .. } => are_labels(add),
            Self::Profile { name, note, .. } => is_tidy(name, LONGEST_NAME) && is_tidy(note, LONGEST_NOTE),
            Self::Reply { reply, .. } => reply.state.has_gone_out(),
            Self::Claims { claims } => claims.len() <= Self::MOST,
            Self::Mute { .. } => true,
        }
    }
}
