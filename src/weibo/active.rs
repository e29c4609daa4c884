//! The active reply (protocol §6): what goes to Weibo, and what its answer means. Sending it is the work of others.

use serde_json::{Value, json};

use super::api::{ApiError, Remedy, remedy_of_status};
use super::assumptions::{
    CLIENT_ERRORS_ARE_REFUSALS, SAVE_SENDER_BOX, SUCCESS_HAS_NO_ERROR, TEXT_LIMIT, UNKNOWN_AFTER,
};
use super::{UserId, wire};
use crate::reason::{Reason, answers, downloads};

/// What Weibo's answer means for a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendVerdict {
    /// The sender has it.
    Sent,
    /// The sender does not have it, and will not.
    Refused(Reason),
    /// The sender does not have it; it can go later.
    Later(Remedy, Reason),
    /// Nobody knows whether the sender has it.
    Unknown(Reason),
}

/// How many characters a text has, as Weibo is taken to count them.
#[must_use]
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// Whether a text can be sent.
///
/// # Errors
///
/// Why it cannot.
pub fn check(text: &str) -> Result<(), Reason> {
    match length(text) {
        _ if text.trim().is_empty() => Err(answers::ANSWER_EMPTY.into()),
        length if length >= TEXT_LIMIT => Err(answers::ANSWER_TOO_MANY_CHARACTERS.with(length).with(TEXT_LIMIT)),
        _ => Ok(()),
    }
}

/// The fields of the form, without the access token.
#[must_use]
pub fn form(fan: UserId, text: &str) -> [(&'static str, String); 4] {
    [
        ("type", "text".to_owned()),
        ("data", json!({ "text": text }).to_string()),
        ("receiver_id", fan.to_string()),
        ("save_sender_box", SAVE_SENDER_BOX.to_owned()),
    ]
}

/// What an answer means. `quote` makes foreign words fit to be kept.
#[must_use]
pub fn verdict(status: u16, body: &[u8], quote: impl Fn(&str) -> String) -> SendVerdict {
    if let Some(error) = ApiError::from_body(body) {
        let (code, remedy) = (error.code, error.remedy());
        let reason = ApiError { message: quote(&error.message), ..error }.reason();
        return match remedy {
            _ if UNKNOWN_AFTER.contains(&code) => SendVerdict::Unknown(reason),
            Remedy::GiveUp => SendVerdict::Refused(reason),
            Remedy::Retry | Remedy::Pause | Remedy::Token => SendVerdict::Later(remedy, reason),
        };
    }
    let words = quote(&String::from_utf8_lossy(body));
    let answered = || {
        let answered = if words.is_empty() { downloads::WEIBO_ANSWERED } else { downloads::WEIBO_ANSWERED_WITH };
        let answered = answered.with(status);
        if words.is_empty() { answered } else { answered.with(words.as_str()) }
    };
    match (status, serde_json::from_slice::<Value>(wire::bare(body))) {
        (200..=299, Ok(Value::Object(object))) => match object.get("result") {
            Some(Value::Bool(false)) => SendVerdict::Refused(answered()),
            _ if object.contains_key("error") => SendVerdict::Refused(answered()),
            _ if SUCCESS_HAS_NO_ERROR => SendVerdict::Sent,
            _ => SendVerdict::Unknown(answered()),
        },
        (300..=399, _) => SendVerdict::Refused(answered()),
        (400..=499, _) if CLIENT_ERRORS_ARE_REFUSALS => match remedy_of_status(status) {
            Remedy::GiveUp => SendVerdict::Refused(answered()),
            Remedy::Retry if status == 408 => SendVerdict::Unknown(answered()),
            remedy @ (Remedy::Retry | Remedy::Pause | Remedy::Token) => SendVerdict::Later(remedy, answered()),
        },
        _ => SendVerdict::Unknown(answered()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(status: u16, body: &str) -> &'static str {
        match verdict(status, body.as_bytes(), str::to_owned) {
            SendVerdict::Sent => "sent",
            SendVerdict::Refused(_) => "refused",
            SendVerdict::Later(Remedy::Token, _) => "token",
            SendVerdict::Later(Remedy::Pause, _) => "pause",
            SendVerdict::Later(..) => "later",
            SendVerdict::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn only_weibos_own_answer_says_what_became_of_a_reply() {
        for (status, body, expected) in [
            (200, r#"{"result":true}"#, "sent"),
            (200, "{}", "sent"),
            (200, r#"{"result":false}"#, "refused"),
            (200, r#"{"error":"no code"}"#, "refused"),
            (200, r#"{"error":"?","error_code":"20502"}"#, "refused"),
            (400, r#"{"error":"out of time","error_code":20502}"#, "refused"),
            (403, r#"{"error":"expired_token","error_code":21327}"#, "token"),
            (403, r#"{"error":"limit","error_code":10023}"#, "pause"),
            (503, r#"{"error":"busy","error_code":10009}"#, "later"),
            (500, r#"{"error":"system","error_code":10001}"#, "unknown"),
            (200, r#"{"error":"job expired","error_code":"10010"}"#, "unknown"),
            (200, "<!doctype html><p>please log in", "unknown"),
            (200, "", "unknown"),
            (200, "[]", "unknown"),
            (302, "", "refused"),
            (400, "<html>", "refused"),
            (401, "", "token"),
            (408, "", "unknown"),
            (429, "", "later"),
            (502, "<html>bad gateway", "unknown"),
            (504, "", "unknown"),
        ] {
            assert_eq!(name(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_text_has_fewer_characters_than_the_limit_and_is_not_empty() {
        assert!(check(&"字".repeat(TEXT_LIMIT - 1)).is_ok());
        assert!(check(&"字".repeat(TEXT_LIMIT)).is_err());
        assert!(check(" \n").is_err());
        assert_eq!(length("a字👨‍👩‍👧"), 7);
    }
}
