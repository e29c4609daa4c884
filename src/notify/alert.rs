//! An alert and the channels it is told by, as the config has them.

use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;

use super::gather::RingPace;
use super::notice::Show;
use super::robot::RobotRow;
use super::template::BodyTemplate;
use crate::query::Query;

/// The pause between two times that an alert rings, unless it is set.
pub const EVERY: TimeDelta = TimeDelta::seconds(30);

/// What rings, and how.
#[derive(Debug, Clone)]
pub struct Alert {
    /// What the user calls it, and what its bookmarks go by.
    pub name: String,
    /// Which messages it rings for; `None` for none.
    pub query: Option<Query>,
    /// Whether it rings for what is wrong with weibox itself.
    pub has_trouble: bool,
    /// How it is told.
    pub by: Vec<Way>,
    /// When it may ring.
    pub pace: RingPace,
    /// What it may say of a message.
    pub show: Show,
}

/// How an alert is told.
#[derive(Debug, Clone)]
pub enum Way {
    /// By the terminal that the dashboard runs in.
    Terminal,
    /// By the desktop, through `notify-send`.
    Desktop,
    /// By a channel of the user's.
    Channel(Arc<Channel>),
}

/// Where an alert is sent.
#[derive(Debug, Clone)]
pub struct Channel {
    /// What the user calls it.
    pub name: String,
    /// What it is.
    pub means: Means,
}

/// What a channel is.
#[derive(Debug, Clone)]
pub enum Means {
    /// An address that takes JSON.
    Web(WebHook),
    /// A program with its arguments, which gets JSON on its standard input.
    Program(Vec<String>),
}

/// An address that takes JSON. It is often a secret itself.
#[derive(Clone)]
pub struct WebHook {
    /// Which JSON, and what the answer means.
    pub robot: &'static RobotRow,
    /// Where it is.
    pub url: Url,
    /// What the calls are signed with.
    pub secret: Option<SecretString>,
    /// The user's own JSON.
    pub template: Option<BodyTemplate>,
}

/// Without the address.
impl std::fmt::Debug for WebHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebHook").field("robot", &self.robot).finish_non_exhaustive()
    }
}

impl Way {
    /// TABLE: the ways that need no channel.
    pub const BUILT_IN: [&'static str; 2] = ["terminal", "desktop"];

    /// What the config calls it.
    pub fn name(&self) -> &str {
        match self {
            Self::Terminal => "terminal",
            Self::Desktop => "desktop",
            Self::Channel(channel) => &channel.name,
        }
    }
}

impl Alert {
    /// The name of the bookmark up to which it was told by a way, which no follower of `serve` can have.
    pub fn bookmark(&self, way: &Way) -> String {
        format!("alert:{}:{}", self.name, way.name())
    }

    /// The name of the bookmark up to which it was being told when weibox was killed, or is.
    pub fn under_way(&self, way: &Way) -> String {
        format!("{}:sent", self.bookmark(way))
    }
}
