//! The name of a sender (protocol §8.1): the request holds only an id, and the answer is read here.

use serde_json::{Map, Value};

use super::api::{ApiError, Remedy, remedy_of_status};
use super::assumptions::NAME_HAS_ITS_NUMBER;
use super::{UserId, wire};
use crate::reason::{Reason, downloads};

/// Error codes about the account or the app rather than about the sender (§9.3).
const OF_THE_ACCOUNT: [u32; 7] = [10005, 10013, 10014, 21321, 21335, 21337, 26406];

/// The meaning of an answer about a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserAnswer {
    /// The nickname as Weibo wrote it; foreign text.
    Named(String),
    /// Weibo gives no name: the id belongs to nobody, or to nobody who follows the account.
    Nameless,
    /// The account or its app may not ask for names at all; the token may still be good for everything else.
    Forbidden(Reason),
    /// Nothing is known; the remedy says when to ask again.
    Refused(Remedy, Reason),
}

/// Reads the answer about a sender. `quote` makes foreign text safe to store.
pub fn answer(fan: UserId, status: u16, body: &[u8], quote: impl Fn(&str) -> String) -> UserAnswer {
    if let Some(error) = ApiError::from_body(body) {
        return match error.remedy() {
            Remedy::GiveUp if OF_THE_ACCOUNT.contains(&error.code) => UserAnswer::Forbidden(error.reason(quote)),
            Remedy::GiveUp => UserAnswer::Nameless,
            remedy @ (Remedy::Retry | Remedy::Pause | Remedy::Token) => {
                UserAnswer::Refused(remedy, error.reason(quote))
            }
        };
    }
    match serde_json::from_slice::<Value>(wire::bare(body)) {
        Ok(Value::Object(object)) if NAME_HAS_ITS_NUMBER && is_of_another(&object, fan) => {
            UserAnswer::Refused(Remedy::Retry, downloads::NAME_OF_ANOTHER.into())
        }
        // The documentation's table misprints the first key, and another call uses the third (trap T23).
        Ok(Value::Object(object)) if (200..300).contains(&status) => ["nickname", "nicname", "screen_name"]
            .iter()
            .find_map(|key| object.get(*key)?.as_str())
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map_or(UserAnswer::Nameless, |name| UserAnswer::Named(name.to_owned())),
        _ => {
            let remedy = match remedy_of_status(status) {
                Remedy::GiveUp => Remedy::Retry,
                remedy @ (Remedy::Retry | Remedy::Pause | Remedy::Token) => remedy,
            };
            UserAnswer::Refused(remedy, downloads::WEIBO_ANSWERED.with(status))
        }
    }
}

/// Returns whether the answer names an id other than the requested one. Numbers may arrive as strings.
fn is_of_another(object: &Map<String, Value>, fan: UserId) -> bool {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
    let number = ["uid", "id"].iter().find_map(|key| number(object.get(*key)?));
    number.is_some_and(|number| number != fan.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_in_every_form_that_was_seen() {
        let read = |status, body: &str| answer(UserId(123), status, body.as_bytes(), str::to_owned);
        for (body, name) in [
            (r#"{"subscribe":1,"uid":"123","nickname":"橙子汽水","follow":"1"}"#, "橙子汽水"),
            (r#"{"id":123,"nicname":" a ","follow":1}"#, "a"),
            (r#"{"screen_name":"b"}"#, "b"),
        ] {
            assert_eq!(read(200, body), UserAnswer::Named(name.to_owned()), "{body}");
        }
        for body in
            [r#"{"follow":"0"}"#, r#"{"nickname":""}"#, r#"{"nickname":7}"#, r#"{"error":"no","error_code":20003}"#]
        {
            assert_eq!(read(200, body), UserAnswer::Nameless, "{body}");
        }
        let remedy = |status, body| match read(status, body) {
            UserAnswer::Refused(remedy, _) => Some(remedy),
            UserAnswer::Named(_) | UserAnswer::Nameless | UserAnswer::Forbidden(_) => None,
        };
        assert_eq!(remedy(403, r#"{"error":"limit","error_code":"10023"}"#), Some(Remedy::Pause));
        assert_eq!(remedy(400, r#"{"error":"expired","error_code":21327}"#), Some(Remedy::Token));
        let forbidden = r#"{"error":"permission","error_code":10014}"#;
        assert!(matches!(read(403, forbidden), UserAnswer::Forbidden(_)));
        assert_eq!(remedy(200, "<html>"), Some(Remedy::Retry));
        assert_eq!(remedy(404, ""), Some(Remedy::Retry));
        for of_another in [r#"{"uid":"5","nickname":"x"}"#, r#"{"id":5,"nickname":"x"}"#] {
            assert_eq!(remedy(200, of_another), Some(Remedy::Retry), "{of_another}");
        }
    }
}
