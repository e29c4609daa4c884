//! Who is answering a sender: a claim, which others see and which runs out.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Record;
use crate::weibo::UserId;

/// How long a claim stands after the last key of whoever has it.
pub const CLAIM: TimeDelta = TimeDelta::minutes(10);

/// Somebody answers a sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderClaim {
    /// The account that answers; empty where there is only one.
    pub account: String,
    /// The sender.
    pub fan: UserId,
    /// Who it is, as they call themselves.
    pub user: String,
    /// What tells this composer from all others.
    pub session: String,
    /// When it runs out.
    pub until: DateTime<Utc>,
}

impl SenderClaim {
    /// Whether it is on the sender of a message.
    #[must_use]
    pub fn is_on(&self, record: &Record) -> bool {
        Some(self.fan) == record.message.sender_id && self.account == record.account
    }
}
