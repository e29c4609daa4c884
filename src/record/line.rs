//! A line of JSON → [`Record`]: what `export` and `serve` write, or the body of a callback as Weibo sent it.
//!
//! The way back from [`Record::to_json`]. It does not read files and does not decide where the record goes.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::weibo::{Content, Message, wire};

use super::{Record, Seq};

/// The largest number that every reader of JSON keeps exactly. A line with a larger `seq` is refused, because it would
/// use up the numbers of the archive that takes it over.
const LARGEST: u64 = 1 << 53;

/// Reads a line without its line break. What only an exported line says is taken from it; the body of a callback is
/// unverified, delivered once, has the seq 0, and was received when it was sent, or `now` if it does not say.
///
/// An exported line holds what was understood of a callback, not its bytes, so the record's `raw` is a body that means
/// the same: its export is the line again.
///
/// # Errors
///
/// Why the line is neither, in words for people.
pub fn read(line: &[u8], now: DateTime<Utc>) -> Result<Record, String> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(object)) if object.contains_key("seq") && object.contains_key("received_at") => {
            exported(object)
        }
        Ok(Value::Object(object)) => callback(wire::read(object), line, now),
        // Weibo's slips are mended there, and what is wrong with the rest is said there.
        Ok(_) | Err(_) => callback(wire::parse(line), line, now),
    }
}

fn callback(message: Message, body: &[u8], now: DateTime<Utc>) -> Result<Record, String> {
    let message = readable(message)?;
    let received_at = message.sent_at.map_or(now, |sent_at| sent_at.to_utc());
    let raw = body.to_vec();
    Ok(Record::of(message, raw, 0, received_at))
}

fn readable(message: Message) -> Result<Message, String> {
    if let Content::Unreadable { reason } = message.content { Err(reason) } else { Ok(message) }
}

/// Takes what weibox added out of the object; what stays is a callback.
fn exported(mut object: Map<String, Value>) -> Result<Record, String> {
    // Order-preserving, so that the body reads like one of Weibo's.
    let mut take = |name: &str| object.shift_remove(name);
    let seq: Seq = number("seq", take("seq").as_ref())?;
    let received_at = take("received_at");
    let received_at = received_at.as_ref().and_then(Value::as_str).and_then(|time| time.parse().ok());
    let verified = take("verified").as_ref().and_then(Value::as_bool).ok_or("`verified` is not true or false")?;
    let deliveries = number("deliveries", take("deliveries").as_ref())?;
    let account = optional("account", take("account"))?.unwrap_or_default();
    let reply = optional("reply", take("reply"))?;
    let bytes = optional("raw", take("raw"))?;
    drop(take("sent_at"));
    let (message, raw) = if let Some(bytes) = bytes {
        (wire::parse(bytes.as_bytes()), bytes.into_bytes())
    } else {
        let raw = serde_json::to_vec(&object).map_err(|error| error.to_string())?;
        (readable(wire::read(object))?, raw)
    };
    let received_at = received_at.ok_or("`received_at` is not a time")?;
    Ok(Record { account, verified, deliveries, reply, ..Record::of(message, raw, seq, received_at) })
}

fn number(name: &str, value: Option<&Value>) -> Result<u64, String> {
    let number = value.and_then(Value::as_u64).filter(|number| (1..=LARGEST).contains(number));
    number.ok_or_else(|| format!("`{name}` is not a number from 1 to {LARGEST}"))
}

fn optional(name: &str, value: Option<Value>) -> Result<Option<String>, String> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(format!("`{name}` is not a string"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_700_000_000_000).unwrap()
    }

    fn exported(body: &[u8]) -> String {
        let mut record = Record::new(7, DateTime::from_timestamp_millis(1_342_433_361_250).unwrap(), body.to_vec());
        (record.verified, record.deliveries, record.reply) = (true, 3, Some(r#"{"result":true}"#.to_owned()));
        record.account = "shop".to_owned();
        record.to_json()
    }

    #[test]
    fn an_exported_line_comes_back_as_itself() {
        for body in [
            r#"{"type":"voice","receiver_id":"1902538057","sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"a\nb 你好","data":{"tovfid":"821804469","x":1.50}}"#,
            r#"{"type":"event","sender_id":"x","data":"{\"subtype\":\"click\",\"key\":7}","extra":1}"#,
            r#"{"type":"unreadable","data":[1,2]}"#,
            r#"{"type":"video"}"#,
            "<xml>",
        ] {
            let line = exported(body.as_bytes());
            let record = read(line.as_bytes(), now()).unwrap();
            assert_eq!(record.to_json(), line);
            let again = wire::parse(&record.raw);
            assert_eq!(again, record.message, "the bytes that are kept mean the same");
        }
        let lossy = exported(b"<xml>\xff");
        assert_eq!(read(lossy.as_bytes(), now()).unwrap().to_json(), lossy);
    }

    #[test]
    fn the_body_of_a_callback_is_kept_byte_for_byte() {
        let body = br#" {"type":"text","created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"hi","seq":4}"#;
        let record = read(body, now()).unwrap();
        assert_eq!((record.seq, record.verified, record.deliveries, record.raw.as_slice()), (0, false, 1, &body[..]));
        assert_eq!(record.received_at.to_rfc3339(), "2012-07-16T10:09:20+00:00");
        assert_eq!(read(b"{\"type\":\"text\",\"text\":\"\xff\"}", now()).unwrap().received_at, now());
    }

    #[test]
    fn what_is_neither_is_refused_with_the_reason() {
        let line = exported(br#"{"type":"text"}"#);
        for (line, words) in [
            ("[1]".to_owned(), "not an object"),
            ("{".to_owned(), "not JSON"),
            ("{}".to_owned(), "`type` is missing"),
            (line.replace("\"type\"", "\"kind\""), "`type` is missing"),
            (line.replace("\"seq\":7", "\"seq\":-7"), "`seq` is not a number from 1 to 9007199254740992"),
            (line.replace("\"seq\":7", "\"seq\":9007199254740993"), "`seq`"),
            (line.replace("\"deliveries\":3", "\"deliveries\":0"), "`deliveries`"),
            (line.replace("2012-07-16T10", "2012-07-16 at 10"), "`received_at` is not a time"),
            (line.replace("true,\"deli", "1,\"deli"), "`verified` is not true or false"),
            (line.replace("\"reply\":\"", "\"reply\":7,\"x\":\""), "`reply` is not a string"),
        ] {
            let refused = read(line.as_bytes(), now()).unwrap_err();
            assert!(refused.contains(words), "{line}: {refused}");
        }
    }
}
