//! How long a server asks to be left alone (RFC 9110 §10.2.3).

use std::time::Duration;

use chrono::DateTime;
use reqwest::Response;
use reqwest::header::{DATE, HeaderName, RETRY_AFTER};

/// Weibo limits some calls by the day (protocol §9.2); no pause needs to be longer.
const LONGEST: Duration = Duration::from_hours(24);
/// The shortest pause.
const SHORTEST: Duration = Duration::from_secs(1);

/// Returns the pause that `Retry-After` asks for: seconds, or a date, which counts from the date of the
/// answer. Limited to between a second and a day; `None` when the header is missing or invalid.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = header(RETRY_AFTER)?;
    let wait = match asked.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_no_number) => {
            let time = |text| DateTime::parse_from_rfc2822(text).ok();
            // Zero when it is past.
            (time(asked)? - time(header(DATE)?)?).to_std().unwrap_or_default()
        }
    };
    Some(wait.clamp(SHORTEST, LONGEST))
}
