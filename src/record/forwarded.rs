//! The outcome of a message at one of the user's bots.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Seq;
use crate::reason::Reason;

/// The state of a message at a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardState {
    /// It will be retried, but not before this time.
    Waits(DateTime<Utc>),
    /// The target has it.
    Done,
    /// The target refused it repeatedly, and later messages are sent without it.
    Aside,
}

/// The last attempt to send a message to a target, and what comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwarded {
    /// The message.
    pub seq: Seq,
    /// Its state.
    pub state: ForwardState,
    /// Number of attempts.
    pub attempts: u32,
    /// Time at which the last attempt began.
    pub tried_at: DateTime<Utc>,
    /// Duration of the last attempt.
    pub took: Duration,
    /// The HTTP status of the target's answer; `None` when it did not answer.
    pub status: Option<u16>,
    /// The reply to the sender in its answer (protocol §5); `None` when there was none, or none that Weibo takes.
    pub answer: Option<String>,
    /// The fault of the attempt.
    pub reason: Option<Reason>,
    /// The differences from the answer of the target that it is compared with: `status 200, 500`, `/data/text`, `12
    /// ms, 480 ms`.
    pub differences: Option<String>,
}
