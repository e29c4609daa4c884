//! The wall clock. All other code is passed the time, so that tests control it.

use chrono::{DateTime, Local, Utc};

/// Returns the current time.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the wall clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Returns a time as people read it, by the clock of this machine, with its zone.
pub(super) fn local(time: DateTime<Utc>) -> String {
    time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S %:z").to_string()
}
