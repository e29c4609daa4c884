//! A line of JSON → [`Record`]: what `export` and `serve` write, or the body of a callback as Weibo sent it.
//!
//! The inverse of [`Record::to_json`]. This module reads no files and does not decide where the record goes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _, MapAccess};
use serde_json::value::RawValue;

use crate::reason::{Reason, archive};
use crate::weibo::charset::Charset;
use crate::weibo::wire::{ReadMembers, object};
use crate::weibo::{Content, Message, created_at, wire};

use super::people::{self, KnownSender};
use super::{Marks, Record, Seq};

/// The largest number that every JSON reader keeps exactly. A line with a larger `seq` is refused, because it would
/// use up the numbers of the archive that imports it.
pub(crate) const LARGEST: u64 = 1 << 53;
/// The maximum number of members in an exported line; weibox writes twenty.
const MEMBERS: usize = 1_000;

/// The maximum length of a nickname in characters; Weibo's have thirty.
const LONGEST_NICKNAME: usize = 200;

/// Parses a line without its line break. An exported line holds everything that weibox added, including the
/// facts about the sender. The body of a callback becomes a record that is unverified, delivered once, has
/// the seq 0, and was received when it was sent, or `now` if it does not contain that time.
///
/// An exported line contains the bytes of its callback where they say more than the line does. Otherwise the record's
/// `raw` is a body with the same meaning. Exporting either record yields the line again.
///
/// # Errors
///
/// Returns the reason why the line is neither.
pub fn read(line: &[u8], now: DateTime<Utc>) -> Result<Record, Reason> {
    match object(line) {
        Ok(Members(members)) if ["seq", "received_at"].iter().all(|name| members.iter().any(|(of, _)| of == name)) => {
            exported(Members(members))
        }
        // `wire::parse` mends Weibo's slips and reports what is wrong with any other line.
        Ok(_) | Err(_) => callback(wire::parse(line), line, now),
    }
}

fn callback(message: Message, body: &[u8], now: DateTime<Utc>) -> Result<Record, Reason> {
    let message = readable(message)?;
    let received_at = created_at::believed(message.sent_at, now).map_or(now, |sent_at| sent_at.to_utc());
    let raw = body.to_vec();
    Ok(Record::of(message, raw, 0, received_at))
}

fn readable(message: Message) -> Result<Message, Reason> {
    if let Content::Unreadable { reason } = message.content { Err(reason) } else { Ok(message) }
}

/// Removes what weibox added from the object; the rest is a callback.
fn exported(mut members: Members<'_>) -> Result<Record, Reason> {
    let seq: Seq = number("seq", members.take("seq"))?;
    let received_at: Option<DateTime<Utc>> = members.take("received_at");
    let verified: bool = members.take("verified").ok_or(archive::LINE_NOT_A_BOOL)?;
    let deliveries = number("deliveries", members.take("deliveries"))?;
    let account = members.optional("account")?.unwrap_or_default();
    let reply = members.optional("reply")?;
    let charset = members.optional("charset")?.and_then(|name| Charset::named(&name));
    let text = members.optional("raw")?;
    let bytes = match members.optional("raw_base64")? {
        Some(encoded) => {
            Some(BASE64_STANDARD.decode(encoded).map_err(|error| archive::LINE_NOT_BASE64.with(error.to_string()))?)
        }
        None => text.map(String::into_bytes),
    };
    let (sender, labels) = known(&mut members)?;
    let marks = Marks { labels, ..Marks::default() };
    let _derived: [Option<&RawValue>; 2] = ["sent_at", "sample"].map(|name| members.remove(name));
    let (message, raw) = if let Some(bytes) = bytes {
        (wire::parse_as(&bytes, charset), bytes)
    } else {
        let raw = serde_json::to_vec(&members).map_err(Reason::other)?;
        (readable(wire::parse(&raw))?, raw)
    };
    let received_at = received_at.ok_or(archive::LINE_NO_ARRIVAL)?;
    let verified = verified && !message.is_sample();
    Ok(Record { account, verified, deliveries, reply, marks, sender, ..Record::of(message, raw, seq, received_at) })
}

/// Reads the facts about the sender and the labels of the message, in the form in which the archive keeps
/// them.
fn known(members: &mut Members<'_>) -> Result<(KnownSender, Vec<String>), Reason> {
    let mut text = |name, longest| {
        let typed = members.optional(name)?.unwrap_or_default();
        Ok::<_, Reason>(people::tidied(&typed, longest))
    };
    let nickname = text("sender_name", LONGEST_NICKNAME)?;
    let (name, note) = (text("sender_alias", people::LONGEST_NAME)?, text("sender_note", people::LONGEST_NOTE)?);
    let mut all = |name| {
        let typed: Vec<String> = members.take(name).unwrap_or_default();
        typed.iter().filter_map(|typed| people::label(typed)).collect()
    };
    let (of_sender, labels) = (all("sender_labels"), all("labels"));
    let is_muted = members.take("sender_muted").unwrap_or_default();
    Ok((KnownSender { is_muted, nickname, name, note, labels: of_sender, ..KnownSender::default() }, labels))
}

fn number(name: &str, number: Option<u64>) -> Result<u64, Reason> {
    let number = number.filter(|number| (1..=LARGEST).contains(number));
    number.ok_or_else(|| archive::LINE_NOT_A_NUMBER.with(name).with(1_u64).with(LARGEST))
}

/// The members of a JSON object in order, each as raw JSON, so that a long line does not take many times its length
/// in memory.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Removes and returns the last member with this name.
    fn remove(&mut self, name: &str) -> Option<&'a RawValue> {
        let at = self.0.iter().rposition(|(of, _)| of == name)?;
        // The order is kept, so that the body reads like one of Weibo's.
        Some(self.0.remove(at).1)
    }

    /// Removes the last member with this name, and returns it if it has this type.
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        self.remove(name).and_then(|json| serde_json::from_str(json.get()).ok())
    }

    /// Removes the last member with this name, which must be a string if present.
    fn optional(&mut self, name: &str) -> Result<Option<String>, Reason> {
        let text = |json: &RawValue| serde_json::from_str(json.get());
        self.remove(name).map(text).transpose().map_err(|_other| archive::LINE_NOT_A_STRING.with(name))
    }
}

impl<'a> ReadMembers<'a> for Members<'a> {
    fn read<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            if members.len() == MEMBERS {
                return Err(A::Error::custom("too many members"));
            }
            members.push(member);
        }
        Ok(Self(members))
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
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
    fn what_is_known_of_a_sender_is_none_of_the_message() {
        let body = br#"{"type":"text","sender_id":7,"text":"hi"}"#;
        let mut record = Record::new(7, now(), body.to_vec());
        let text = str::to_owned;
        record.sender = KnownSender {
            window_until: None,
            is_muted: true,
            nickname: text("橙子"),
            name: text("老王"),
            note: text("要发票"),
            labels: vec![text("VIP")],
            draft: String::new(),
        };
        record.marks.labels = vec![text("退款"), text("急")];
        let line = record.to_json();
        let known = r#""sender_name":"橙子","sender_alias":"老王","sender_note":"要发票","sender_labels":["VIP"],"labels":["退款","急"],"sender_muted":true"#;
        assert!(line.contains(known), "{line}");
        let read = read(line.as_bytes(), now()).unwrap();
        assert_eq!((&read.sender, &read.marks), (&record.sender, &record.marks));
        let raw = String::from_utf8(read.raw.clone()).unwrap();
        assert!(!raw.contains("sender_name") && !raw.contains("sender_muted") && !raw.contains("labels"), "{raw}");
        assert_eq!(read.to_json(), line);
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
            assert!(refused.to_string().contains(words), "{line}: {refused}");
        }
    }
}
