//! How long a server wants to be left alone (RFC 9110 §10.2.3).

use std::time::Duration;

use chrono::DateTime;
use reqwest::Response;
use reqwest::header::{DATE, HeaderName, RETRY_AFTER};

/// Weibo counts some calls by the day (protocol §9.2); nobody has to be waited for longer.
const LONGEST: Duration = Duration::from_hours(24);
/// Less would be no pause.
const SHORTEST: Duration = Duration::from_secs(1);

/// What `Retry-After` asks for: seconds, or a date, which counts from the date of the answer. Between a second and a day;
/// `None` when there is none, or one that means nothing.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let asked = header(RETRY_AFTER)?;
    let wait = match asked.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_no_number) => {
            let time = |text| DateTime::parse_from_rfc2822(text).ok();
            // Nothing when it is past.
            (time(asked)? - time(header(DATE)?)?).to_std().unwrap_or_default()
        }
    };
    Some(wait.clamp(SHORTEST, LONGEST))
}
