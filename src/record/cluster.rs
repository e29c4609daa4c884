//! How it goes with the cluster that a weibox is a node of.

use serde::{Deserialize, Serialize};

use crate::reason::Reason;

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

/// Whether messages get beyond a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterStanding {
    /// It has not followed the stream yet since it began.
    #[default]
    Joining,
    /// A message is answered when the stream has it.
    Whole,
    /// A message is kept here, answered, and told later.
    Alone,
}

impl ClusterStanding {
    /// What scripts call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Joining => "joining",
            Self::Whole => "whole",
            Self::Alone => "alone",
        }
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
