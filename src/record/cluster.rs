//! How it goes with the cluster that a weibox is a node of, and what the nodes tell each other beside messages.

use serde::{Deserialize, Serialize};

use super::outgoing::Outgoing;
use super::page::Mark;
use super::people::{LONGEST_NAME, LONGEST_NOTE, SenderClaim, label, tidied};
use crate::reason::Reason;
use crate::weibo::UserId;
use crate::weibo::identity::MessageId;

/// How it goes with the cluster. Scripts rely on the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterStatus {
    /// What this node is called.
    pub node: String,
    /// Whether messages get beyond this node.
    pub standing: ClusterStanding,
    /// All nodes that were heard lately, this one first.
    pub nodes: Vec<NodeLine>,
    /// How many messages and marks the stream does not know yet.
    pub untold: u64,
    /// The place in the stream up to which this archive has everything.
    pub cursor: u64,
    /// The last place in the stream.
    pub last: u64,
    /// How many messages the stream has taken from this node since it began.
    pub confirmed: u64,
    /// How many callbacks were answered though the stream did not have their messages yet.
    pub kept_here: u64,
    /// How many events of the stream were none of weibox.
    pub strange: u64,
    /// How many messages were gone from the stream before this node had read them.
    pub missed: u64,
    /// How many messages other nodes have that this archive never had, as far as it has asked.
    pub gaps: u64,
    /// What is wrong.
    pub troubles: Vec<Reason>,
}

named! {
    /// Whether messages get beyond a node.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum ClusterStanding {
        /// It has not followed the stream yet since it began.
        #[default]
        Joining "joining",
        /// A message is answered when the stream has it.
        Whole "whole",
        /// A message is kept here, answered, and told later.
        Alone "alone",
    }
}

/// A node as the others hear it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeLine {
    /// What it is called.
    pub name: String,
    /// Its weibox.
    pub version: String,
    /// How many events of the stream it has not applied yet.
    pub lag: u64,
    /// How many messages and marks the stream does not know yet of it.
    pub untold: u64,
    /// How many messages it has.
    pub messages: u64,
    /// How many messages of others it lacks, as far as it has asked.
    pub gaps: u64,
}

/// What somebody did on a node, as the nodes tell each other. TABLE: one row a kind; what it changes in an archive stands in the
/// table of `archive::write::deed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Deed {
    /// Messages are marked.
    Mark { mark: Mark, ids: Vec<MessageId> },
    /// Messages get labels, and lose others.
    LabelMessages { ids: Vec<MessageId>, add: Vec<String>, remove: Vec<String> },
    /// A sender gets labels, and loses others.
    LabelSender { fan: UserId, add: Vec<String>, remove: Vec<String> },
    /// What the user calls a sender and notes of them; what is missing stays as it is.
    Profile { fan: UserId, name: Option<String>, note: Option<String> },
    /// A sender is muted, or not any more.
    Mute { fan: UserId, is_muted: bool },
    /// A reply went out, and to which message.
    Reply { reply: Box<Outgoing>, answers: Option<MessageId> },
    /// Messages are deleted for good.
    Delete { ids: Vec<MessageId> },
    /// All claims of the node that tells of it.
    Claims { claims: Vec<SenderClaim> },
}

impl Deed {
    /// At most so many messages are named at once.
    pub const MOST: usize = 1_000;

    /// As it is kept until it is told.
    pub fn to_json(&self) -> String {
        // Plain data has a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was kept; `None` for what a later weibox did.
    pub fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Whether a weibox may have told it: others may write into the stream as well.
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
