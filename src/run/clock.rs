//! The wall clock. Everyone else is handed the time, so that tests decide it.

use chrono::{DateTime, Utc};

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
