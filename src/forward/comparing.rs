//! Compares two answers by their structure, and the answers of two bots to one message. Places at which the
//! old bot also differs from itself do not count.

use serde_json::Value;

use super::call::{Attempt, CallOutcome, CallResult, TargetCaller};
use super::target::Target;
use crate::record::Record;
use crate::record::forwarded::Forwarded;

/// The parts of an answer that are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BotSaid {
    /// HTTP status; `None` for no answer.
    pub status: Option<u16>,
    /// Body as JSON, with `data` unpacked.
    pub answer: Value,
}

/// Compares an answer with that of another bot, and returns the differences. The other bot is asked now
/// unless its answer is given. Where they differ it is asked once more, and places at which its own two
/// answers differ do not count. Returns `None` when the other bot gives no answer.
pub(super) async fn three_way(
    caller: &TargetCaller,
    compared: &Target,
    record: &Record,
    (old, new): (Option<BotSaid>, &BotSaid),
) -> Option<Vec<String>> {
    let ask = async || {
        let attempt = Attempt { record, number: 1, origin: None, is_replay: true, is_derived: false };
        Some(said(&caller.call(compared, attempt).await)).filter(|said| said.status.is_some())
    };
    let old = match old {
        Some(old) => old,
        None => ask().await?,
    };
    let found = differences(&old, new);
    if found.is_empty() {
        return Some(found);
    }
    let by_itself = differences(&old, &ask().await?);
    Some(found.into_iter().filter(|place| !by_itself.contains(place)).take(NAMED).collect())
}

/// Returns a bot's stored answer to a settled message; `None` when its text was not stored.
pub(super) fn kept(row: &Forwarded) -> Option<BotSaid> {
    let is_refused = row.status.is_some_and(|status| !(200..300).contains(&status));
    let answer = match &row.answer {
        Some(answer) => structure(answer.as_bytes()),
        None if is_refused => Value::Null,
        None => return None,
    };
    Some(BotSaid { status: row.status, answer })
}

pub(super) fn said(outcome: &CallOutcome) -> BotSaid {
    let answer = match &outcome.result {
        CallResult::Taken(Ok(body)) => structure(body),
        CallResult::Taken(Err(_)) | CallResult::Refused(_) | CallResult::Gone(_) | CallResult::Failed(..) => {
            Value::Null
        }
    };
    BotSaid { status: outcome.status, answer }
}

/// Parses an answer as JSON and unpacks its `data` (protocol §5). Other text becomes a JSON string, and empty
/// text becomes null.
fn structure(body: &[u8]) -> Value {
    let text = String::from_utf8_lossy(body);
    let mut value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(_) if text.trim().is_empty() => return Value::Null,
        Err(_) => return Value::String(text.into_owned()),
    };
    let data = value.get("data").and_then(Value::as_str).and_then(|data| {
        let data = percent_encoding::percent_decode_str(data).decode_utf8().ok()?;
        serde_json::from_str::<Value>(&data).ok()
    });
    if let (Some(data), Some(place)) = (data, value.get_mut("data")) {
        *place = data;
    }
    value
}

/// The maximum number of places that are listed.
const NAMED: usize = 10;

/// Returns the differences between an answer and an old one: `status 200 → 500`, or the paths of values, such
/// as `/data/text`. Returns all of them, so that none is hidden behind those that may differ.
pub fn differences(old: &BotSaid, new: &BotSaid) -> Vec<String> {
    let word = |status: Option<u16>| status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    if old.status != new.status {
        return vec![format!("status {} → {}", word(old.status), word(new.status))];
    }
    let mut found = Vec::new();
    walk("", &old.answer, &new.answer, &mut found);
    found
}

/// Formats places on one line; lists only the first of many.
pub fn line_of(places: &[String]) -> String {
    let more = if places.len() > NAMED { ", …" } else { "" };
    format!("{}{more}", places.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn walk(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
            for name in names {
                let path = format!("{path}/{name}");
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => walk(&path, one, other, found),
                    // A member that is null differs from a missing one.
                    _ => found.push(path),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                walk(&format!("{path}/{index}"), one, other, found);
            }
        }
        _ if one == other => {}
        _ => found.push(if path.is_empty() { "body".to_owned() } else { path.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> BotSaid {
        BotSaid { status: Some(status), answer: structure(body.as_bytes()) }
    }

    #[test]
    fn answers_are_compared_by_their_structure() {
        let one = answer(200, r#"{"type":"text","receiver_id":1,"data":"%7B%22text%22%3A%22a%22%7D"}"#);
        let spelt = answer(200, "{ \"receiver_id\": 1, \"data\": \"{\\\"text\\\":\\\"a\\\"}\", \"type\": \"text\" }");
        assert_eq!(differences(&one, &spelt), [""; 0]);
        let other = answer(200, r#"{"type":"text","receiver_id":1,"data":"%7B%22text%22%3A%22b%22%7D","more":[]}"#);
        assert_eq!(differences(&one, &other), ["/data/text", "/more"]);
        assert_eq!(differences(&one, &answer(500, "")), ["status 200 → 500"]);
        assert_eq!(differences(&answer(200, r#"{"a":null}"#), &answer(200, "{}")), ["/a"]);
        assert_eq!(differences(&answer(200, ""), &answer(200, " \n")), [""; 0]);
        assert_eq!(differences(&answer(200, ""), &answer(200, "success")), ["body"]);
    }
    #[test]
    fn all_places_are_found_and_ten_are_named() {
        let with = |value: u8| {
            let members: Vec<String> = (0..12).map(|n| format!("\"a{n:02}\":{value}")).collect();
            answer(200, &format!("{{{}}}", members.join(",")))
        };
        let found = differences(&with(0), &with(1));
        assert_eq!((found.len(), found.last().map(String::as_str)), (12, Some("/a11")));
        assert!(line_of(&found).ends_with("/a09, …"));
        assert_eq!(line_of(&found[..2]), "/a00, /a01");
    }
}
