//! Callback bytes → [`Message`], parsed liberally (protocol §3, traps T16–T23).
//!
//! Every body yields a message: an undocumented type becomes [`Content::Unknown`], and bytes that are not a message
//! become [`Content::Unreadable`] with the reason. The work for a body is bounded: a member that holds more values
//! than Weibo's do is kept as its JSON text ([`bounded`]). Numbers never pass through `f64`: `serde_json` keeps their
//! digits.

use serde::Deserialize as _;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use super::charset::Charset;
use super::message::{Content, FileId, Medium, Message, UserId};
use super::{created_at, number};
use crate::reason::{Reason, calls};

mod bounded;
mod members;
mod mend;
mod remainder;

use bounded::is_bounded;
use members::Members;

pub use members::{ReadMembers, object};

/// The key that holds `data` that is neither an object nor empty.
const LOOSE_DATA: &str = "value";

/// Parses the body of a callback, which is UTF-8 or begins like UTF-16.
pub fn parse(body: &[u8]) -> Message {
    parse_as(body, None)
}

/// Parses the body of a callback in this encoding; `None` detects it as [`parse`] does.
pub fn parse_as(body: &[u8], charset: Option<Charset>) -> Message {
    let Some(encoding) = charset.or_else(|| Charset::begins(body)) else { return read(bare(body)) };
    let (text, is_lossy) = encoding.decode(body);
    Message { charset, ..decoded(read(bare(text.as_bytes())), body, is_lossy) }
}

/// Returns a body without its UTF-8 byte order mark and surrounding whitespace.
pub fn bare(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii()
}

/// Parses UTF-8, or what a careless sender takes for it.
fn read(body: &[u8]) -> Message {
    if !body.starts_with(b"{") {
        return unreadable(no_object(body));
    }
    let strict = match message(body) {
        Ok(message) => return message,
        Err(strict) => strict,
    };
    // A truncated body cannot be mended. If mending fails, report the error of strict parsing.
    let mended = if strict.is_eof() { None } else { mend::mend(body) };
    match mended.map(|mended| (message(mended.json.as_bytes()), mended.is_lossy)) {
        Some((Ok(message), is_lossy)) => decoded(message, body, is_lossy),
        Some((Err(_), _)) | None => unreadable(calls::BODY_NOT_JSON.with(strict.to_string())),
    }
}

/// Returns a message that was read from decoded or mended bytes. What that lost is in the bytes only, which are the
/// same when Weibo repeats the call.
fn decoded(message: Message, body: &[u8], is_lossy: bool) -> Message {
    let remainder = if is_lossy { Some(Sha1::digest(body).into()) } else { message.remainder };
    Message { is_abridged: true, remainder, ..message }
}

/// Returns the reason why a body that does not begin with `{` is not a JSON object.
fn no_object(body: &[u8]) -> Reason {
    if body.is_empty() {
        return calls::BODY_EMPTY.into();
    }
    if body.starts_with(b"<") {
        return calls::BODY_XML.into();
    }
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => calls::BODY_NO_OBJECT.into(),
        Err(strict) => calls::BODY_NOT_JSON.with(strict.to_string()),
    }
}

fn message(json: &[u8]) -> serde_json::Result<Message> {
    let members: Members<'_> = object(json)?;
    let mut is_abridged = false;
    let mut value = |member: Option<&RawValue>| -> serde_json::Result<Value> {
        let Some(json) = member.map(RawValue::get) else { return Ok(Value::Null) };
        if is_bounded(json) {
            return serde_json::from_str(json);
        }
        is_abridged = true;
        Ok(Value::String(json.to_owned()))
    };
    let type_name = match members.r#type.map(RawValue::get) {
        Some(json) if json.starts_with('"') => String::deserialize(&mut serde_json::Deserializer::from_str(json))?,
        None | Some("null") => return Ok(unreadable(calls::TYPE_MISSING.into())),
        Some(_) => String::new(),
    };
    if type_name.is_empty() {
        return Ok(unreadable(calls::TYPE_NO_WORD.into()));
    }
    let mut id = |member: Option<&RawValue>| match member.and_then(|json| number::whole(json.get())) {
        Some(id) => Ok(Some(id)),
        None => value(member).map(|sent| id(&sent)),
    };
    let [receiver_id, sender_id] = [id(members.receiver_id)?, id(members.sender_id)?];
    let [created_at, text] = [value(members.created_at)?, value(members.text)?].map(words);
    let mut data = normal_data(value(members.data)?);
    let mut others = members.others;
    let is_string = |json: &RawValue| json.get().starts_with('"');
    for (name, sent, is_read) in [
        ("receiver_id", members.receiver_id, receiver_id.is_some()),
        ("sender_id", members.sender_id, sender_id.is_some()),
        ("created_at", members.created_at, members.created_at.is_some_and(is_string)),
        ("text", members.text, members.text.is_some_and(is_string)),
    ] {
        others.extend(sent.filter(|json| !is_read && json.get() != "null").map(|json| (name.into(), json)));
    }
    is_abridged |= !others.is_empty();
    Ok(Message {
        content: content(&type_name, &mut data),
        type_name,
        receiver_id: receiver_id.map(UserId),
        sender_id: sender_id.map(UserId),
        sent_at: created_at::parse(&created_at),
        created_at,
        text,
        data,
        charset: None,
        is_abridged,
        remainder: remainder::of(json, others),
    })
}

/// Reads the content of this type from `data` and normalises the known members in place.
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

/// Returns an unreadable message with this reason.
fn unreadable(reason: Reason) -> Message {
    Message {
        type_name: "unreadable".to_owned(),
        receiver_id: None,
        sender_id: None,
        created_at: String::new(),
        sent_at: None,
        text: String::new(),
        data: Map::new(),
        content: Content::Unreadable { reason },
        charset: None,
        is_abridged: true,
        remainder: None,
    }
}

/// Returns `data` as an object (§3.2): `{}`, `""`, `[]`, null and missing are empty; JSON inside a string is parsed;
/// anything else is kept under [`LOOSE_DATA`].
fn normal_data(data: Value) -> Map<String, Value> {
    match data {
        Value::Object(object) => object,
        Value::Null => Map::new(),
        Value::Array(items) if items.is_empty() => Map::new(),
        Value::String(text) if text.trim().is_empty() => Map::new(),
        Value::String(text) => match is_bounded(&text).then(|| serde_json::from_str(&text)) {
            Some(Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::Null))) => normal_data(inner),
            Some(Ok(_) | Err(_)) | None => loose(Value::String(text)),
        },
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_)) => loose(other),
    }
}

fn loose(value: Value) -> Map<String, Value> {
    Map::from_iter([(LOOSE_DATA.to_owned(), value)])
}

/// Reads an id sent as a number or as a numeric string (trap T16), exactly even when written as a float.
fn id(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number::whole(&number.to_string()),
        Value::String(text) => number::whole(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads the file id under `name` and replaces it with a number.
fn file_id(data: &mut Map<String, Value>, name: &str) -> Option<FileId> {
    let value = data.get_mut(name)?;
    let id = id(value)?;
    *value = id.into();
    Some(FileId(id))
}

/// Reads the key under `name` and turns a number there into a string.
fn key(data: &mut Map<String, Value>, name: &str) -> Option<String> {
    let value = data.get_mut(name)?;
    if let Value::Number(sent) = value {
        let sent = sent.to_string();
        *value = Value::String(number::whole(&sent).map_or(sent, |whole| whole.to_string()));
    }
    value.as_str().filter(|key| !key.is_empty()).map(str::to_owned)
}

/// Returns a value as text: strings as they are, null as the empty string, anything else as JSON (§3.9).
fn words(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
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
            assert_eq!(message.is_abridged, expected.is_none() && sent != "null", "{sent}");
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
            assert!(reason.to_string().contains(words), "{reason}");
        }
    }
}
