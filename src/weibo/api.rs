//! Weibo's API errors and the remedy for each code (protocol §9.3).

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::wire;
use crate::reason::{self, Code, Reason, downloads};

/// What a caller should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The error may be temporary: try again after a pause.
    Retry,
    /// Too many calls: make none until the next full hour.
    Pause,
    /// The access token is missing, expired or revoked: no call works until the user supplies a new one.
    Token,
    /// Trying again gives the same answer.
    GiveUp,
}

/// Returns the duration of [`Remedy::Pause`]: Weibo counts calls by the hour (protocol §9.2).
pub fn until_next_hour(now: DateTime<Utc>) -> Duration {
    const HOUR: i64 = 3_600_000;
    Duration::from_millis((HOUR - now.timestamp_millis().rem_euclid(HOUR)).unsigned_abs())
}

/// Error codes and their remedies; any code that is not listed is final.
const CODES: &[(u32, Remedy, Code)] = &[
    (10001, Remedy::Retry, downloads::WEIBO_FAILED),
    (10002, Remedy::Retry, downloads::SERVICE_UNAVAILABLE),
    (10003, Remedy::Retry, downloads::SERVICE_BEHIND_FAILED),
    (10004, Remedy::Pause, downloads::ADDRESS_LIMITED),
    (10005, Remedy::GiveUp, downloads::NO_PERMISSION_OF_APP),
    (10006, Remedy::Token, downloads::TOKEN_UNKNOWN),
    (10008, Remedy::GiveUp, downloads::WRONG_PARAMETER),
    (10009, Remedy::Retry, downloads::WEIBO_BUSY),
    (10010, Remedy::Retry, downloads::JOB_EXPIRED),
    (10011, Remedy::Retry, downloads::REMOTE_CALL_FAILED),
    (10012, Remedy::GiveUp, downloads::ILLEGAL_REQUEST),
    (10013, Remedy::GiveUp, downloads::NO_WEIBO_USER),
    (10014, Remedy::GiveUp, downloads::NO_PERMISSION_OF_APP),
    (10016, Remedy::GiveUp, downloads::NO_PARAMETER),
    (10017, Remedy::GiveUp, downloads::PARAMETER_OUT_OF_RANGE),
    (10022, Remedy::Pause, downloads::ADDRESS_CALLS_TOO_MUCH),
    (10023, Remedy::Pause, downloads::ACCOUNT_CALLS_TOO_MUCH),
    (10024, Remedy::Pause, downloads::ACCOUNT_CALLS_KIND_TOO_MUCH),
    (21301, Remedy::Token, downloads::AUTHENTICATION_FAILED),
    (21314, Remedy::Token, downloads::TOKEN_USED),
    (21315, Remedy::Token, downloads::TOKEN_EXPIRED),
    (21316, Remedy::Token, downloads::TOKEN_REVOKED),
    (21317, Remedy::Token, downloads::TOKEN_REJECTED),
    (21319, Remedy::Token, downloads::AUTHORISATION_REMOVED),
    (21327, Remedy::Token, downloads::TOKEN_EXPIRED),
    (21331, Remedy::Retry, downloads::SERVICE_UNAVAILABLE_NOW),
    (21332, Remedy::Token, downloads::TOKEN_INVALID),
    (21335, Remedy::GiveUp, downloads::ACCOUNT_ONLY),
    (21337, Remedy::GiveUp, downloads::NO_PERMISSION_OF_APP),
    (26406, Remedy::GiveUp, downloads::NO_DEVELOPER_MODE),
];

/// An error in Weibo's format: `{"error":…,"error_code":…,"request":…}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Weibo's error code.
    pub code: u32,
    /// Weibo's message. This is foreign text: it may repeat the request, and must be made drawable before it is
    /// shown.
    pub message: String,
}

impl ApiError {
    /// Reads the error from the body of an answer; `None` when the body holds something else. The code may be a
    /// number or a string (trap T23).
    pub fn from_body(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            error_code: Value,
            #[serde(default)]
            error: Value,
        }
        let Body { error_code, error } = serde_json::from_slice(wire::bare(body)).ok()?;
        let code = match &error_code {
            Value::String(digits) => digits.trim().parse().ok()?,
            Value::Number(number) => number.as_u64().and_then(|number| u32::try_from(number).ok())?,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        // An error code of 0 means success.
        (code != 0).then(|| Self { code, message: error.as_str().unwrap_or_default().to_owned() })
    }

    /// Returns what to do about this error.
    pub fn remedy(&self) -> Remedy {
        self.row().map_or(Remedy::GiveUp, |(_, remedy, _)| *remedy)
    }

    /// Returns the reason in our words and Weibo's, which `quote` makes safe to store: `the access token
    /// expired (21327 expired_token)`.
    pub fn reason(&self, quote: impl Fn(&str) -> String) -> Reason {
        let code = self.row().map_or(downloads::REFUSED_BY_WEIBO, |(_, _, code)| *code);
        code.with(format!("{} {}", self.code, quote(&self.message)).trim_end())
    }

    fn row(&self) -> Option<&'static (u32, Remedy, Code)> {
        CODES.iter().find(|(code, _, _)| *code == self.code)
    }
}

/// Returns the reason for an answer without an [`ApiError`]: its status, and its text if it has any.
pub fn answered(status: impl Into<reason::Value>, words: &str) -> Reason {
    if words.is_empty() {
        return downloads::WEIBO_ANSWERED.with(status);
    }
    downloads::WEIBO_ANSWERED_WITH.with(status).with(words)
}

/// Returns the remedy for an answer without an [`ApiError`], by its HTTP status alone.
pub const fn remedy_of_status(status: u16) -> Remedy {
    match status {
        408 | 425 | 429 | 500..=599 => Remedy::Retry,
        401 => Remedy::Token,
        _ => Remedy::GiveUp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_lasts_until_the_next_full_hour() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (now, end) in
            [("2026-10-11T08:15:30.5Z", "2026-10-11T09:00:00Z"), ("2026-10-11T23:00:00Z", "2026-10-12T00:00:00Z")]
        {
            assert_eq!(at(now) + until_next_hour(at(now)), at(end));
        }
    }

    #[test]
    fn codes_as_number_or_string_ask_for_the_same() {
        for (body, remedy) in [
            (r#"{"error":"expired_token","error_code":21327,"request":"/2/mss/msget"}"#, Remedy::Token),
            (r#"{"error":"expired_token","error_code":"21327"}"#, Remedy::Token),
            (r#"{"error_code":10001}"#, Remedy::Retry),
            (r#"{"error":"limit","error_code":10023}"#, Remedy::Pause),
            (r#"{"error":"?","error_code":28412}"#, Remedy::GiveUp),
            ("\u{feff} {\"error_code\":21332}", Remedy::Token),
        ] {
            assert_eq!(ApiError::from_body(body.as_bytes()).map(|error| error.remedy()), Some(remedy), "{body}");
        }
        for body in [
            "",
            "[]",
            "{}",
            r#"{"error_code":"x"}"#,
            r#"{"error_code":null}"#,
            r#"{"error_code":0,"error":""}"#,
            "\u{89}PNG",
        ] {
            assert_eq!(ApiError::from_body(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn the_reason_has_our_words_and_weibos() {
        let reason =
            |body: &str| ApiError::from_body(body.as_bytes()).map(|error| error.reason(str::to_owned).to_string());
        assert_eq!(
            reason(r#"{"error":"expired_token","error_code":21327}"#).as_deref(),
            Some("the access token expired (21327 expired_token)")
        );
        assert_eq!(reason(r#"{"error_code":28412}"#).as_deref(), Some("Weibo refused it (28412)"));
    }

    #[test]
    fn codes_are_listed_once_and_in_order() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn a_bare_status_is_classified() {
        assert_eq!(
            [404, 401, 429, 503, 403].map(remedy_of_status),
            [Remedy::GiveUp, Remedy::Token, Remedy::Retry, Remedy::Retry, Remedy::GiveUp]
        );
    }
}
