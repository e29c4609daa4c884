//! How it goes with the user's bots, and what may be done about it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Seq;
use super::traffic::Latency;
use crate::query::Query;
use crate::reason::Reason;

/// After so long weibox answers Weibo without a bot.
pub const BUDGET: std::time::Duration = std::time::Duration::from_millis(2500);
/// A target whose oldest message waits for so long lags.
pub const LATE: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

/// What a target is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetMode {
    /// What it answers in time is the answer to Weibo.
    Answer,
    /// It gets the messages, and what it answers is not passed on.
    #[default]
    Copy,
    /// The same, and its answers are compared with those of another target.
    Shadow,
}

impl TargetMode {
    /// What the config calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Copy => "copy",
            Self::Shadow => "shadow",
        }
    }

    /// The one with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Answer, Self::Copy, Self::Shadow].into_iter().find(|mode| mode.name() == name)
    }
}

/// Whether a target is sent messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// It is.
    #[default]
    Working,
    /// It failed again and again: one call then finds out whether it works.
    Down(DateTime<Utc>),
    /// It is not since then, as the user wished.
    Paused(DateTime<Utc>),
    /// It is not since then, because it answered 410.
    Gone(DateTime<Utc>),
}

impl TargetState {
    /// What scripts call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Down(_) => "down",
            Self::Paused(_) => "paused",
            Self::Gone(_) => "gone",
        }
    }
}

/// Why a target is not sent messages until somebody says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPause {
    /// Since when.
    pub at: DateTime<Utc>,
    /// What it answered; `None` where the user wished it.
    pub reason: Option<Reason>,
}

/// What is remembered of a target beside its bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetMemory {
    /// When its bookmark was moved by hand; what became of messages before counts no more.
    pub moved_at: DateTime<Utc>,
    /// Why it is paused, if it is.
    pub pause: Option<TargetPause>,
}

/// What went wrong last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetError {
    /// When.
    pub at: DateTime<Utc>,
    /// With which message.
    pub seq: Seq,
    /// What it was.
    pub reason: Reason,
}

/// What was counted of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetCounts {
    /// Messages that it took since the start.
    pub delivered: u64,
    /// Attempts that failed or were refused since the start.
    pub failed: u64,
    /// Messages that are set aside.
    pub aside: u64,
    /// Its answers that were compared with those of another target, since the start.
    pub compared: u64,
    /// Messages that it answered otherwise than the target that it is compared with, since the start.
    pub different: u64,
    /// Messages that it took in the last minute.
    pub last_minute: u64,
}

/// How it goes with a target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetStatus {
    /// What the user calls it.
    pub name: String,
    /// Where it is, without the query of the address.
    pub place: String,
    /// What it is there for.
    pub mode: TargetMode,
    /// The target that its answers are compared with.
    pub compare: Option<String>,
    /// Whether it is sent messages.
    pub state: TargetState,
    /// The last message before which it has all.
    pub bookmark: Seq,
    /// How many messages it does not have, those among them that it does not want and nobody has looked at yet.
    pub lag: u64,
    /// When the oldest of them came, as far as it is known.
    pub waits_since: Option<DateTime<Utc>>,
    /// Before when nothing is sent, while something waits for its time and nothing else is under way.
    pub next_try_at: Option<DateTime<Utc>>,
    /// What was counted.
    pub counts: TargetCounts,
    /// How long its answers took since the start.
    pub latency: Latency,
    /// What went wrong last.
    pub last_error: Option<TargetError>,
}

impl TargetStatus {
    /// For how long its oldest message waits.
    pub fn delay(&self, now: DateTime<Utc>) -> Option<chrono::TimeDelta> {
        self.waits_since.map(|since| (now - since).max(chrono::TimeDelta::zero()))
    }

    /// Whether it has too little to be called well, though it is called.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.state == TargetState::Working && self.delay(now).is_some_and(|delay| delay >= LATE)
    }
}

/// A place to which a target's bookmark is moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookmarkPlace {
    /// Behind the last message: what it does not have it does not get.
    End,
    /// Before the first message that this finds.
    Before(Query),
    /// Before the first message of all.
    Start,
}

/// What lies between a bookmark and a place to which it may be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leap {
    /// So many messages, which are left out.
    Skips(u64),
    /// So many, which are sent again.
    Repeats(u64),
}

/// What is to be done with a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetOrder {
    /// Send it nothing until it is to go on.
    Pause,
    /// Go on.
    GoOn,
    /// Send once more what was set aside.
    Retry,
    /// Move its bookmark.
    Move(BookmarkPlace),
}

/// A message that is to be sent to a bot at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOrder {
    /// The name of a target, or an address.
    pub to: String,
    /// The message.
    pub seq: Seq,
    /// What is sent in the place of its bytes, derived from them.
    #[serde(default)]
    pub body: Option<String>,
}

/// What a bot answered to a message that was sent to it at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentAnswer {
    /// The message.
    pub seq: Seq,
    /// The status; `None` for no answer.
    pub status: Option<u16>,
    /// How long it took.
    pub took: std::time::Duration,
    /// What it said, for people; empty for nothing.
    pub said: String,
    /// What was wrong with it.
    pub reason: Option<Reason>,
}
