//! Callback bytes → [`Message`], liberally (protocol §3, traps T16–T23).
//!
//! Whatever comes, a message comes out: a type of tomorrow is [`Content::Unknown`], and bytes that are no message are
//! [`Content::Unreadable`] with the reason. Numbers never pass through `f64`: `serde_json` keeps their digits.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::created_at;
use super::message::{Content, FileId, Medium, Message, UserId};

/// The member under which `data` that is neither an object nor empty is kept.
const LOOSE_DATA: &str = "value";

/// The members of a callback that mean something; others are not even kept in memory.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Members {
    r#type: Value,
    receiver_id: Value,
    sender_id: Value,
    created_at: Value,
    text: Value,
    data: Value,
}

/// Reads the body of one callback.
#[must_use]
pub fn parse(body: &[u8]) -> Message {
    // Most are strict JSON with each member once. Of several with one name the last one counts.
    if body.trim_ascii_start().starts_with(b"{")
        && let Ok(members) = serde_json::from_slice(body)
    {
        return message(members);
    }
    match object(body) {
        Ok(object) => read(object),
        Err(reason) => unreadable(reason),
    }
}

/// A body without the byte order mark that may stand in front of it, and without blanks around it.
#[must_use]
pub fn bare(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii()
}

/// The JSON object in the body, or why there is none, in words for people.
fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    let body = bare(body);
    if body.is_empty() {
        return Err("the body is empty".to_owned());
    }
    if body.starts_with(b"<") {
        let hint = "switch the account's push format to JSON with `eps/push/set_format`";
        return Err(format!("the body is XML; {hint}"));
    }
    let parsed = serde_json::from_slice(body).or_else(|strict| {
        // What strict JSON refuses and a careless sender emits: say what strict reading said if mending does not help.
        serde_json::from_str(&mend(body)).map_err(|_mended| format!("the body is not JSON: {strict}"))
    })?;
    match parsed {
        Value::Object(object) => Ok(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err("the body is JSON, but not an object".to_owned())
        }
    }
}

/// Reads the JSON object of a callback, for callers that have parsed it already. The same as [`parse`] of its text.
#[must_use]
pub fn read(object: Map<String, Value>) -> Message {
    match Members::deserialize(Value::Object(object)) {
        Ok(members) => message(members),
        Err(error) => unreadable(error.to_string()),
    }
}

fn message(members: Members) -> Message {
    let Members { r#type, receiver_id, sender_id, created_at, text, data } = members;
    let type_name = match r#type {
        Value::String(name) if !name.is_empty() => name,
        Value::Null => return unreadable("`type` is missing".to_owned()),
        Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            return unreadable("`type` is not a word".to_owned());
        }
    };
    let mut data = normal_data(data);
    let content = content(&type_name, &mut data);
    let created_at = words(created_at);
    Message {
        receiver_id: id(&receiver_id).map(UserId),
        sender_id: id(&sender_id).map(UserId),
        sent_at: created_at::parse(&created_at),
        created_at,
        text: words(text),
        type_name,
        data,
        content,
    }
}

/// What this type carries in `data`, whose known members are normalised on the way.
fn content(type_name: &str, data: &mut Map<String, Value>) -> Content {
    let medium = Medium { vfid: file_id(data, "vfid"), tovfid: file_id(data, "tovfid") };
    match type_name {
        "text" => Content::Text,
        "position" => Content::Position {
            longitude: words(data.get("longitude").cloned().unwrap_or_default()),
            latitude: words(data.get("latitude").cloned().unwrap_or_default()),
        },
        "voice" => Content::Voice(medium),
        "image" => Content::Image(medium),
        "event" => Content::Event {
            subtype: key(data, "subtype").unwrap_or_default(),
            key: key(data, "key"),
            ticket: key(data, "ticket"),
        },
        "mention" => Content::Mention { subtype: key(data, "subtype").unwrap_or_default(), key: key(data, "key") },
        _ => Content::Unknown(medium),
    }
}

/// A message of which nothing is known but why.
fn unreadable(reason: String) -> Message {
    Message {
        type_name: "unreadable".to_owned(),
        receiver_id: None,
        sender_id: None,
        created_at: String::new(),
        sent_at: None,
        text: String::new(),
        data: Map::new(),
        content: Content::Unreadable { reason },
    }
}

/// `data` as an object (§3.2): `{}`, `""`, `[]`, null and missing are the empty one; JSON inside a string is read; anything
/// else is kept under [`LOOSE_DATA`].
fn normal_data(data: Value) -> Map<String, Value> {
    match data {
        Value::Object(object) => object,
        Value::Null => Map::new(),
        Value::Array(items) if items.is_empty() => Map::new(),
        Value::String(text) if text.trim().is_empty() => Map::new(),
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::Null)) => normal_data(inner),
            Ok(_) | Err(_) => loose(Value::String(text)),
        },
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_)) => loose(other),
    }
}

fn loose(value: Value) -> Map<String, Value> {
    Map::from_iter([(LOOSE_DATA.to_owned(), value)])
}

/// An id sent as a number or as a string of digits (trap T16).
fn id(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => {
            let digits = digits.trim();
            // `parse` would take a sign.
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The file id under `name`, which becomes a number there.
fn file_id(data: &mut Map<String, Value>, name: &str) -> Option<FileId> {
    let value = data.get_mut(name)?;
    let id = id(value)?;
    *value = id.into();
    Some(FileId(id))
}

/// The key under `name`, which becomes a string there.
fn key(data: &mut Map<String, Value>, name: &str) -> Option<String> {
    let value = data.get_mut(name)?;
    if let Value::Number(number) = value {
        *value = Value::String(number.to_string());
    }
    value.as_str().filter(|key| !key.is_empty()).map(str::to_owned)
}

/// A value that should be a string; anything else as the JSON it is (§3.9), nothing as nothing.
fn words(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Makes strict JSON of three slips: bytes that are not UTF-8 and lone surrogate escapes become U+FFFD (trap T20), raw
/// control characters inside strings become escapes.
fn mend(body: &[u8]) -> String {
    let text: Cow<'_, str> = String::from_utf8_lossy(body);
    let mut mended = String::with_capacity(text.len() + 16);
    let mut rest = text.chars();
    let mut is_in_string = false;
    while let Some(char) = rest.next() {
        match char {
            '"' => {
                is_in_string = !is_in_string;
                mended.push('"');
            }
            '\\' => match surrogate(rest.as_str()) {
                Some(0xd800..=0xdbff) => {
                    let unit: String = rest.by_ref().take(5).collect();
                    let low = rest.as_str().strip_prefix('\\').and_then(surrogate);
                    if matches!(low, Some(0xdc00..=0xdfff)) {
                        mended.push('\\');
                        mended.push_str(&unit);
                        mended.extend(rest.by_ref().take(6));
                    } else {
                        mended.push('\u{fffd}');
                    }
                }
                Some(_) => {
                    rest.by_ref().take(5).for_each(drop);
                    mended.push('\u{fffd}');
                }
                None => {
                    mended.push('\\');
                    mended.extend(rest.next());
                }
            },
            control if is_in_string && control < ' ' => {
                // Writing to a string cannot fail.
                let _infallible = write!(mended, "\\u{:04x}", u32::from(control));
            }
            other => mended.push(other),
        }
    }
    mended
}

/// The surrogate that an escape names, given what follows its backslash.
fn surrogate(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix('u')?.get(..4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    (0xd800..=0xdfff).contains(&unit).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weibo::Kind;

    fn envelope(rest: &str) -> String {
        format!(
            r#"{{"receiver_id":1902538057,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012",{rest}}}"#
        )
    }

    #[test]
    fn ids_are_numbers_or_digit_strings_and_never_floats() {
        for (sent, expected) in [
            ("2489518277", Some(2_489_518_277)),
            ("\"2489518277\"", Some(2_489_518_277)),
            ("9007199254740993", Some(9_007_199_254_740_993)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            ("1.5", None),
            ("\"+1\"", None),
            ("\"\"", None),
            ("\"x\"", None),
            ("null", None),
        ] {
            let message = parse(format!(r#"{{"type":"text","sender_id":{sent}}}"#).as_bytes());
            assert_eq!(message.sender_id, expected.map(UserId), "{sent}");
            assert_eq!(message.kind(), Kind::Text, "{sent}");
        }
    }

    #[test]
    fn every_form_of_empty_data_is_the_empty_object() {
        for data in ["{}", "\"\"", "[]", "null", "\"{}\"", "\"[]\"", "\" \"", "\"null\""] {
            let message = parse(envelope(&format!(r#""type":"text","text":"t","data":{data}"#)).as_bytes());
            assert_eq!(message.data, Map::new(), "{data}");
        }
        assert_eq!(parse(envelope(r#""type":"text""#).as_bytes()).data, Map::new());
    }

    #[test]
    fn data_that_is_no_object_never_fails_the_envelope() {
        for (data, expected) in [
            ("5", r#"{"value":5}"#),
            ("true", r#"{"value":true}"#),
            ("[1]", r#"{"value":[1]}"#),
            (r#""hello""#, r#"{"value":"hello"}"#),
            (r#""{\"tovfid\":\"7\"}""#, r#"{"tovfid":7}"#),
        ] {
            let message = parse(envelope(&format!(r#""type":"image","data":{data}"#)).as_bytes());
            assert_eq!(Value::Object(message.data).to_string(), expected, "{data}");
        }
    }

    #[test]
    fn attachments_are_tovfid_never_vfid() {
        let attachment = |rest| parse(envelope(rest).as_bytes()).attachment();
        assert_eq!(attachment(r#""type":"voice","data":{"vfid":1,"tovfid":"2"}"#), Some(FileId(2)));
        assert_eq!(attachment(r#""type":"image","data":{"vfid":1}"#), None);
        assert_eq!(attachment(r#""type":"image","data":{"tovfid":"../../x"}"#), None);
        assert_eq!(
            attachment(r#""type":"video","data":{"tovfid":5326071353316787}"#),
            Some(FileId(5_326_071_353_316_787))
        );
        assert_eq!(attachment(r#""type":"text","data":{"tovfid":2}"#), None);
    }

    #[test]
    fn coordinates_keep_their_digits() {
        for (sent, expected) in
            [("\"116.3085860\"", "116.3085860"), ("116.30858600000000001", "116.30858600000000001"), ("31", "31")]
        {
            let message = parse(envelope(&format!(r#""type":"position","data":{{"longitude":{sent}}}"#)).as_bytes());
            assert_eq!(
                message.content,
                Content::Position { longitude: expected.to_owned(), latitude: String::new() },
                "{sent}"
            );
        }
    }

    #[test]
    fn careless_json_is_mended() {
        for (sent, expected) in [
            (&br#"{"type":"text","text":"a\ud83d"}"#[..], "a\u{fffd}"),
            (br#"{"type":"text","text":"\ude00b\\ud83d"}"#, "\u{fffd}b\\ud83d"),
            (br#"{"type":"text","text":"\ud83d\ud83d\ude00"}"#, "\u{fffd}\u{1f600}"),
            (b"{\"type\":\"text\",\"text\":\"\xff\"}", "\u{fffd}"),
            (b"{\"type\":\"text\",\"text\":\"a\nb\x1b\"}", "a\nb\u{1b}"),
            (b"\xef\xbb\xbf \r\n{\"type\":\"text\",\"text\":\"bom\"}\n", "bom"),
            (br#"{"type":"text","text":"100%25 + 1"}"#, "100%25 + 1"),
            (br#"{"type":"text","text":{"a":1}}"#, r#"{"a":1}"#),
            (br#"{"type":"text","text":null}"#, ""),
            (br#"{"type":"image","type":"text","text":"first","text":"last"}"#, "last"),
        ] {
            let message = parse(sent);
            assert_eq!(
                (message.kind(), message.text.as_str()),
                (Kind::Text, expected),
                "{}",
                String::from_utf8_lossy(sent)
            );
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (body, words) in [
            ("", "empty"),
            ("  ", "empty"),
            ("<xml><MsgType>text</MsgType></xml>", "set_format"),
            ("{\"type\":\"text\"", "not JSON"),
            ("[1]", "not an object"),
            ("[\"text\", 1, 2, \"\", \"t\", {}]", "not an object"),
            ("\"text\"", "not an object"),
            ("{}", "`type` is missing"),
            ("{\"type\":5}", "`type` is not a word"),
            ("{\"type\":\"\"}", "`type` is not a word"),
            (&"[".repeat(100_000), "not JSON"),
        ] {
            let Content::Unreadable { reason } = parse(body.as_bytes()).content else { panic!("{body} was read") };
            assert!(reason.contains(words), "{reason}");
        }
    }
}
