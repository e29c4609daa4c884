//! The status of the user's bots and of the channels of alerts, and the orders for bots.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Seq;
use super::traffic::Latency;
use crate::query::Query;
use crate::reason::Reason;

/// The time after which weibox answers Weibo without a bot.
pub const BUDGET: std::time::Duration = std::time::Duration::from_millis(2500);
/// The time after which a target whose oldest message still waits is late.
pub const LATE: chrono::TimeDelta = chrono::TimeDelta::seconds(30);

named! {
    /// The purpose of a target.
    #[derive(Default, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum TargetMode {
        /// Its answer, if in time, is the answer to Weibo.
        Answer "answer",
        /// It gets the messages, and its answers are not passed on.
        #[default]
        Copy "copy",
        /// The same, and its answers are compared with those of another target.
        Shadow "shadow",
    }
}

named! {
    /// The kind of a target's state, with its name for scripts.
    pub enum TargetStateKind {
        /// [`TargetState::Working`].
        Working "working",
        /// [`TargetState::Down`].
        Down "down",
        /// [`TargetState::Paused`].
        Paused "paused",
        /// [`TargetState::Gone`].
        Gone "gone",
    }
}

/// Whether a target is sent messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// It is sent messages.
    #[default]
    Working,
    /// It failed repeatedly. At this time one call tests whether it works again.
    Down(DateTime<Utc>),
    /// The user has paused it since this time.
    Paused(DateTime<Utc>),
    /// It has been sent nothing since this time, because it answered 410.
    Gone(DateTime<Utc>),
}

impl TargetState {
    /// Returns its kind.
    pub const fn kind(self) -> TargetStateKind {
        match self {
            Self::Working => TargetStateKind::Working,
            Self::Down(_) => TargetStateKind::Down,
            Self::Paused(_) => TargetStateKind::Paused,
            Self::Gone(_) => TargetStateKind::Gone,
        }
    }
}

/// A pause of a target, which lasts until somebody ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPause {
    /// Time at which the pause began.
    pub at: DateTime<Utc>,
    /// The target's answer; `None` when the user ordered the pause.
    pub reason: Option<Reason>,
}

/// The stored state of a target besides its bookmark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetMemory {
    /// Time at which its bookmark was moved by hand; outcomes of messages from before no longer count.
    pub moved_at: DateTime<Utc>,
    /// The pause, if the target is paused.
    pub pause: Option<TargetPause>,
}

/// The last error of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetError {
    /// Time of the error.
    pub at: DateTime<Utc>,
    /// The message that failed.
    pub seq: Seq,
    /// The reason.
    pub reason: Reason,
}

/// Counts of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetCounts {
    /// Number of messages that it accepted since the start.
    pub delivered: u64,
    /// Number of attempts that failed or were refused since the start.
    pub failed: u64,
    /// Number of messages that are set aside.
    pub aside: u64,
    /// Number of its answers that were compared with those of another target, since the start.
    pub compared: u64,
    /// Number of messages since the start that it answered differently from the target that it is compared with.
    pub different: u64,
    /// Number of messages that it accepted in the last minute.
    pub last_minute: u64,
}

/// The status of a target.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetStatus {
    /// Its name.
    pub name: String,
    /// Its address without the query.
    pub place: String,
    /// Its purpose.
    pub mode: TargetMode,
    /// The target that its answers are compared with.
    pub compare: Option<String>,
    /// Whether it is sent messages.
    pub state: TargetState,
    /// The message up to which it has every message.
    pub bookmark: Seq,
    /// Number of messages that it does not have, including unwanted ones that nobody has looked at yet.
    pub lag: u64,
    /// Time at which the oldest of these messages arrived, if it is known.
    pub waits_since: Option<DateTime<Utc>>,
    /// Time before which nothing is sent, while a retry waits and no call is in flight.
    pub next_try_at: Option<DateTime<Utc>>,
    /// Its counts.
    pub counts: TargetCounts,
    /// The latency of its answers since the start.
    pub latency: Latency,
    /// Its last error.
    pub last_error: Option<TargetError>,
}

impl TargetStatus {
    /// Returns the time for which its oldest message has waited.
    pub fn delay(&self, now: DateTime<Utc>) -> Option<chrono::TimeDelta> {
        self.waits_since.map(|since| (now - since).max(chrono::TimeDelta::zero()))
    }

    /// Returns whether it is working but lags too far behind to be called well.
    pub fn is_late(&self, now: DateTime<Utc>) -> bool {
        self.state == TargetState::Working && self.delay(now).is_some_and(|delay| delay >= LATE)
    }
}

/// A channel that does not take an alert. It is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilentChannel {
    /// Name of the alert.
    pub alert: String,
    /// Name of the channel.
    pub channel: String,
    /// Time of the first of the attempts that failed.
    pub since: DateTime<Utc>,
    /// The reason why the last attempt failed.
    pub reason: Reason,
}

/// The position to which a target's bookmark is moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookmarkPlace {
    /// After the last message: the target does not get the messages that it lacks.
    End,
    /// Before the first message that this query finds.
    Before(Query),
    /// Before the first message of all.
    Start,
}

/// The messages between a bookmark and a place to which it may be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leap {
    /// The number of messages that are skipped.
    Skips(u64),
    /// The number of messages that are sent again.
    Repeats(u64),
}

/// An order for a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetOrder {
    /// Send nothing until it is resumed.
    Pause,
    /// Resume.
    GoOn,
    /// Send the messages that were set aside again.
    Retry,
    /// Move its bookmark.
    Move(BookmarkPlace),
}

/// An order to send a message to a bot immediately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOrder {
    /// The name of a target, or an address.
    pub to: String,
    /// The message.
    pub seq: Seq,
    /// The body that is sent instead of the message's bytes, derived from them.
    #[serde(default)]
    pub body: Option<String>,
}

/// The answer of a bot to a message that was sent immediately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentAnswer {
    /// The message.
    pub seq: Seq,
    /// The HTTP status; `None` for no answer.
    pub status: Option<u16>,
    /// The time that the answer took.
    pub took: std::time::Duration,
    /// The text of the answer, for people; empty for none.
    pub said: String,
    /// The fault of the answer.
    pub reason: Option<Reason>,
}
