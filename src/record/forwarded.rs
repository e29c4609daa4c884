//! What became of a message at one of the user's bots.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Seq;
use crate::reason::Reason;

/// How far a message is at a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardState {
    /// It is tried again, not before this time.
    Waits(DateTime<Utc>),
    /// The target has it.
    Done,
    /// The target refused it again and again, and the messages behind it go on.
    Aside,
}

/// The last attempt to send a message to a target, and what comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// The message.
    pub seq: Seq,
    /// How far it is.
    pub state: ForwardState,
    /// How many attempts there were.
    pub attempts: u32,
    /// When the last one began.
    pub tried_at: DateTime<Utc>,
    /// How long it took.
    pub took: Duration,
    /// The status that the target answered; `None` when it did not answer.
    pub status: Option<u16>,
    /// What its answer said to the sender (protocol §5); `None` when it said nothing, or nothing that Weibo takes.
    pub answer: Option<String>,
    /// What was wrong with it.
    pub reason: Option<Reason>,
    /// How it differs from the answer of the target that it is compared with: `status 200, 500`, `/data/text`, `12 ms, 480 ms`.
    pub differences: Option<String>,
}
