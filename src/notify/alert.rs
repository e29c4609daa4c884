//! An alert and its channels, as the config describes them.

use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::SecretString;
use url::Url;

use super::gather::RingPace;
use super::notice::Show;
use super::robot::RobotRow;
use super::template::BodyTemplate;
use crate::query::Query;

/// The default pause between two notifications of an alert.
pub const EVERY: TimeDelta = TimeDelta::seconds(30);

/// An alert: what it notifies of, and how.
#[derive(Debug, Clone)]
pub struct Alert {
    /// The user's name for it, from which the names of its bookmarks derive.
    pub name: String,
    /// The messages that it notifies of; `None` for none.
    pub query: Option<Query>,
    /// Whether it notifies of troubles of weibox itself.
    pub has_trouble: bool,
    /// The ways by which it notifies.
    pub by: Vec<Way>,
    /// When it may notify.
    pub pace: RingPace,
    /// The parts of a message that it may reveal.
    pub show: Show,
}

/// A way by which an alert notifies.
#[derive(Debug, Clone)]
pub enum Way {
    /// Through the terminal that the dashboard runs in.
    Terminal,
    /// Through the desktop, with `notify-send`.
    Desktop,
    /// Through a channel that the user configured.
    Channel(Arc<Channel>),
}

/// A channel for alerts.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The user's name for it.
    pub name: String,
    /// Where it leads.
    pub means: Means,
}

/// Destination of a channel.
#[derive(Debug, Clone)]
pub enum Means {
    /// An address that takes JSON.
    Web(WebHook),
    /// A program with its arguments, which gets JSON on its standard input.
    Program(Vec<String>),
}

/// A URL that takes JSON. It is often a secret itself.
#[derive(Clone)]
pub struct WebHook {
    /// The form of the JSON, and of the answer.
    pub robot: &'static RobotRow,
    /// The URL.
    pub url: Url,
    /// The secret that signs the calls.
    pub secret: Option<SecretString>,
    /// The user's own JSON.
    pub template: Option<BodyTemplate>,
}

/// Omits the URL, which may be a secret.
impl std::fmt::Debug for WebHook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebHook").field("robot", &self.robot).finish_non_exhaustive()
    }
}

impl Way {
    /// TABLE: the ways that need no channel.
    pub const BUILT_IN: [&'static str; 2] = ["terminal", "desktop"];

    /// Returns the name in the config.
    pub fn name(&self) -> &str {
        match self {
            Self::Terminal => "terminal",
            Self::Desktop => "desktop",
            Self::Channel(channel) => &channel.name,
        }
    }
}

impl Alert {
    /// Returns the name of the bookmark that holds how far a way has notified. No follower of `serve` can
    /// have this name.
    pub fn bookmark(&self, way: &Way) -> String {
        format!("alert:{}:{}", self.name, way.name())
    }

    /// Returns the names of the alert and the way to which a bookmark belongs.
    pub fn of_bookmark(bookmark: &str) -> Option<(&str, &str)> {
        bookmark.strip_prefix("alert:")?.split_once(':').filter(|(_, way)| !way.contains(':'))
    }

    /// Returns the name of the bookmark that holds how far a notification reaches that is being sent, or was
    /// when weibox was killed.
    pub fn under_way(&self, way: &Way) -> String {
        format!("{}:sent", self.bookmark(way))
    }
}
