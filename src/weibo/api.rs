//! Weibo's API errors: which code asks for what (protocol §9.3).

use serde::Deserialize;
use serde_json::Value;

use super::wire;

/// What a caller should do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// It can pass by itself: try again after a pause.
    Retry,
    /// Too many calls: no call at all until the next full hour.
    Pause,
    /// The access token is missing, expired or revoked: nothing works until the user gives another.
    Token,
    /// Trying again gives the same answer.
    GiveUp,
}

/// Codes and what to do about them; what is not listed is final. The words are ours, for people.
const CODES: &[(u32, Remedy, &str)] = &[
    (10001, Remedy::Retry, "Weibo's system failed"),
    (10002, Remedy::Retry, "the service is unavailable"),
    (10003, Remedy::Retry, "a service behind it failed"),
    (10004, Remedy::Pause, "this IP address is not allowed now"),
    (10005, Remedy::GiveUp, "the app lacks the permission"),
    (10006, Remedy::Token, "the access token is missing or not recognised"),
    (10008, Remedy::GiveUp, "a parameter is wrong"),
    (10009, Remedy::Retry, "Weibo is busy"),
    (10010, Remedy::Retry, "Weibo's job expired"),
    (10011, Remedy::Retry, "a remote call inside Weibo failed"),
    (10012, Remedy::GiveUp, "the request is illegal"),
    (10013, Remedy::GiveUp, "the account is not a valid Weibo user"),
    (10014, Remedy::GiveUp, "the app lacks the permission"),
    (10016, Remedy::GiveUp, "a parameter is missing"),
    (10017, Remedy::GiveUp, "a parameter is out of range"),
    (10022, Remedy::Pause, "this IP address made too many calls"),
    (10023, Remedy::Pause, "this account made too many calls"),
    (10024, Remedy::Pause, "this account made too many calls of this kind"),
    (21301, Remedy::Token, "the authentication failed"),
    (21314, Remedy::Token, "the access token was used already"),
    (21315, Remedy::Token, "the access token expired"),
    (21316, Remedy::Token, "the access token was revoked"),
    (21317, Remedy::Token, "the access token was rejected"),
    (21319, Remedy::Token, "the authorisation was removed"),
    (21327, Remedy::Token, "the access token expired"),
    (21331, Remedy::Retry, "the service is unavailable for now"),
    (21332, Remedy::Token, "the access token is not valid"),
    (21335, Remedy::GiveUp, "only the account itself may ask for this"),
    (21337, Remedy::GiveUp, "the app lacks the permission"),
    (26406, Remedy::GiveUp, "developer mode is off for this account"),
];

/// An error as Weibo words it: `{"error":…,"error_code":…,"request":…}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// Weibo's number.
    pub code: u32,
    /// Weibo's words. Foreign text: it may repeat what was sent, and must be made drawable before it is shown.
    pub message: String,
}

impl ApiError {
    /// The error in an answer's body; `None` when the body is something else. The code may be a number or a string
    /// (trap T23).
    #[must_use]
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
        Some(Self { code, message: error.as_str().unwrap_or_default().to_owned() })
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.row().map_or(Remedy::GiveUp, |(_, remedy, _)| *remedy)
    }

    /// Our words for it and Weibo's own: `the access token expired (21327 expired_token)`.
    #[must_use]
    pub fn describe(&self) -> String {
        let words = self.row().map_or("Weibo refused it", |(_, _, words)| words);
        format!("{words} ({} {})", self.code, self.message).replace(" )", ")")
    }

    fn row(&self) -> Option<&'static (u32, Remedy, &'static str)> {
        CODES.iter().find(|(code, _, _)| *code == self.code)
    }
}

/// What to do about an answer that carries no [`ApiError`], by its HTTP status alone.
#[must_use]
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
        for body in ["", "[]", "{}", r#"{"error_code":"x"}"#, r#"{"error_code":null}"#, "\u{89}PNG"] {
            assert_eq!(ApiError::from_body(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn the_description_has_our_words_and_weibos() {
        let described = |body: &str| ApiError::from_body(body.as_bytes()).map(|error| error.describe());
        assert_eq!(
            described(r#"{"error":"expired_token","error_code":21327}"#).as_deref(),
            Some("the access token expired (21327 expired_token)")
        );
        assert_eq!(described(r#"{"error_code":28412}"#).as_deref(), Some("Weibo refused it (28412)"));
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
