//! The wall clock. Every other room is told the time.

use chrono::{DateTime, Utc};

/// The time.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
