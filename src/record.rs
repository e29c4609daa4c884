//! The stored form of a message: a row of the archive, read back, without the SQL.
//!
//! Everything that the bytes say is derived from them again by [`wire::parse`]; only what arrival added is stored
//! beside them.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::text;
use crate::weibo::charset::Charset;
use crate::weibo::window::WINDOW;
use crate::weibo::{Kind, Message, UserId, created_at, wire};

use people::KnownSender;

pub mod cluster;
pub mod forwarded;
pub mod line;
pub mod media;
pub mod outgoing;
pub mod page;
pub mod people;
pub mod place;
pub mod policy;
pub mod quick_reply;
pub mod statistics;
pub mod target;
pub mod template;
pub mod title;
pub mod traffic;

/// The number of a message in the archive: from 1, increasing in order of arrival, never reused. It alone orders the
/// archive.
pub type Seq = u64;

/// A message as the archive keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub seq: Seq,
    /// The name of the receiving account; empty where there is only one.
    pub account: String,
    /// Time at which its first delivery was received.
    pub received_at: DateTime<Utc>,
    /// Whether its first delivery was signed with the app secret.
    pub verified: bool,
    /// Number of deliveries; 1 for most messages.
    pub deliveries: u64,
    /// The body of the answer, if a bot or a reply rule gave one.
    pub reply: Option<String>,
    /// The body exactly as received.
    pub raw: Vec<u8>,
    /// The parsed body.
    pub message: Message,
    /// The user's marks.
    pub marks: Marks,
    /// What is known about its sender.
    pub sender: KnownSender,
    /// The state of its attachment; `None` without one, and until somebody asks for it.
    pub medium: Option<media::Stage>,
}

/// The user's marks of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// Whether it was read.
    pub is_read: bool,
    /// Whether it has a star.
    pub is_starred: bool,
    /// Its labels, in order. Foreign text, because they may have been imported.
    pub labels: Vec<String>,
}

/// A record as `serve` and `export` write it. The names are fixed because scripts rely on them.
#[derive(Debug, Serialize)]
struct Line<'a> {
    seq: Seq,
    r#type: &'a str,
    receiver_id: Option<UserId>,
    sender_id: Option<UserId>,
    #[serde(skip_serializing_if = "str::is_empty")]
    sender_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    sender_alias: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    sender_note: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    sender_labels: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    labels: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sender_muted: bool,
    created_at: &'a str,
    sent_at: String,
    received_at: String,
    text: &'a str,
    data: &'a Map<String, Value>,
    verified: bool,
    deliveries: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sample: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charset: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

impl Record {
    /// Returns the time until which Weibo lets the account answer the sender; a mention can be answered once within
    /// the same time (protocol T34).
    pub fn answerable_until(&self) -> Option<DateTime<Utc>> {
        let is_mention = self.message.kind() == Kind::Mention;
        self.sender.window_until.max(is_mention.then(|| self.sent_at().to_utc() + WINDOW))
    }

    /// Returns the location of its file below the media directory, if the file is saved.
    pub fn saved_file(&self) -> Option<&str> {
        if let Some(media::Stage::Done { file, .. }) = &self.medium { Some(file) } else { None }
    }

    /// Creates a record from the bytes of a message and the facts of its arrival.
    pub fn new(seq: Seq, received_at: DateTime<Utc>, raw: Vec<u8>) -> Self {
        Self::decoded(seq, received_at, raw, None)
    }

    /// Creates a record from bytes in an encoding.
    pub(crate) fn decoded(seq: Seq, received_at: DateTime<Utc>, raw: Vec<u8>, charset: Option<Charset>) -> Self {
        let message = wire::parse_as(&raw, charset);
        Self::of(message, raw, seq, received_at)
    }

    /// Creates a record of a parsed message: unverified, delivered once, unread.
    pub(crate) fn of(message: Message, raw: Vec<u8>, seq: Seq, received_at: DateTime<Utc>) -> Self {
        Self {
            seq,
            account: String::new(),
            received_at,
            verified: false,
            deliveries: 1,
            reply: None,
            raw,
            message,
            marks: Marks::default(),
            sender: KnownSender::default(),
            medium: None,
        }
    }

    /// Returns the time at which the message was sent, in the sender's offset; if it does not say, the time of
    /// receipt in China's offset, as other messages have (protocol §4).
    pub fn sent_at(&self) -> DateTime<FixedOffset> {
        self.dated_at().unwrap_or_else(|| self.received_at.with_timezone(&created_at::china()))
    }

    /// Returns the time at which the message says that it was sent, if that is plausible.
    pub fn dated_at(&self) -> Option<DateTime<FixedOffset>> {
        created_at::believed(self.message.sent_at, self.received_at)
    }

    /// Returns the record as one JSON object without a line break or anything else that a terminal would obey;
    /// [`line::read`] is the inverse. `sample` and `sender_muted` are present if true, `account`, names, notes and
    /// labels if not empty, `reply` if one was given. If the bytes hold more than the rest of the line, `raw` shows
    /// them, and bytes that are not UTF-8 are also complete in `raw_base64`.
    pub fn to_json(&self) -> String {
        let (message, sender) = (&self.message, &self.sender);
        let raw = message.is_abridged.then(|| String::from_utf8_lossy(&self.raw));
        let is_lossy = matches!(&raw, Some(Cow::Owned(_)));
        let line = Line {
            seq: self.seq,
            r#type: &message.type_name,
            receiver_id: message.receiver_id,
            sender_id: message.sender_id,
            sender_name: &sender.nickname,
            sender_alias: &sender.name,
            sender_note: &sender.note,
            sender_labels: &sender.labels,
            labels: &self.marks.labels,
            sender_muted: sender.is_muted,
            created_at: &message.created_at,
            sent_at: self.sent_at().to_rfc3339(),
            received_at: self.received_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            text: &message.text,
            data: &message.data,
            verified: self.verified,
            deliveries: self.deliveries,
            sample: message.is_sample(),
            account: &self.account,
            reply: self.reply.as_deref(),
            charset: message.charset.map(Charset::name),
            raw,
            raw_base64: is_lossy.then(|| BASE64_STANDARD.encode(&self.raw)),
        };
        // Maps with string keys and finite numbers always serialise.
        text::json(serde_json::to_string(&line).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(raw: &[u8]) -> Record {
        Record::new(7, DateTime::from_timestamp_millis(1_342_433_361_250).unwrap(), raw.to_vec())
    }

    #[test]
    fn the_json_line_has_the_promised_fields_in_order() {
        let raw = br#"{"type":"voice","receiver_id":"1902538057","sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"a\nb","data":{"tovfid":"821804469"}}"#;
        assert_eq!(
            record(raw).to_json(),
            concat!(
                r#"{"seq":7,"type":"voice","receiver_id":1902538057,"sender_id":2489518277,"#,
                r#""created_at":"Mon Jul 16 18:09:20 +0800 2012","sent_at":"2012-07-16T18:09:20+08:00","#,
                r#""received_at":"2012-07-16T10:09:21.250Z","text":"a\nb","data":{"tovfid":821804469},"#,
                r#""verified":false,"deliveries":1}"#
            )
        );
    }

    #[test]
    fn unreadable_lines_carry_the_bytes_and_the_time_of_arrival() {
        let line = record(b"<xml>\xff").to_json();
        assert!(line.contains(r#""type":"unreadable""#), "{line}");
        assert!(line.contains(r#""sent_at":"2012-07-16T18:09:21.250+08:00""#), "{line}");
        assert!(line.ends_with("\"raw\":\"<xml>\u{fffd}\",\"raw_base64\":\"PHhtbD7/\"}"), "{line}");
    }
}
