//! The wall clock. All other code is passed the time, so that tests control it.

use chrono::{DateTime, Utc};

/// Returns the current time.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
