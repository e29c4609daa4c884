//! A message in the stream: its body as Weibo sent it, and headers with the data added at its arrival.

use std::collections::BTreeMap;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::message::PublishMessage;
use async_nats::{HeaderMap, HeaderName, HeaderValue};
use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::stream::{MESSAGES, subject};
use crate::archive::{Arrival, MessageNews, Untold};
use crate::reason::{Reason, cluster};
use crate::record::policy::Policy;
use crate::weibo::charset::Charset;
use crate::weibo::identity::{Identity, MessageId, identity, is_identity};
use crate::weibo::wire;

// No strings: the client would copy and check a name that is one each time that it is looked up.
/// The format of the other headers and the body.
pub(super) const FORMAT: HeaderName = HeaderName::from_static("Weibox-Format");
/// The format that this version writes and reads.
pub(super) const VERSION: &str = "1";
/// The nodes that had the message, with the number of deliveries of each: `a=1,b=2`.
const COPIES: HeaderName = HeaderName::from_static("Weibox-Copies");
/// Time of the first delivery, in Unix milliseconds.
const RECEIVED: HeaderName = HeaderName::from_static("Weibox-Received");
/// Whether the message was signed.
const VERIFIED: HeaderName = HeaderName::from_static("Weibox-Verified");
/// The account that the message came for, where that has a name.
const ACCOUNT: HeaderName = HeaderName::from_static("Weibox-Account");
/// The declared encoding of the body.
const CHARSET: HeaderName = HeaderName::from_static("Weibox-Charset");
/// The body of the reply to it, as a JSON string.
pub(super) const REPLY: HeaderName = HeaderName::from_static("Weibox-Reply");
/// The marks that the message had when it was published.
const MARKS: HeaderName = HeaderName::from_static("Weibox-Marks");
const READ: &str = "read";
const STARRED: &str = "starred";

/// Number of deliveries of a message by node.
pub(super) type Copies = BTreeMap<String, u64>;

/// A message for the stream, with its subject.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    pub(super) subject: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Envelope {
    /// Returns the envelope of a message that this node is about to store.
    pub(super) fn of_arrival(arrival: &Arrival, node: &str) -> Self {
        let Arrival { account, message, raw, received_at, verified, reply, .. } = arrival;
        let of = (message.charset, reply.as_deref());
        let mut headers = headers(&identity(message, raw), *received_at, *verified, account, of);
        headers.insert(COPIES, format!("{node}=1"));
        Self { subject: subject(MESSAGES, account), headers, body: Bytes::copy_from_slice(raw) }
    }

    /// Returns the envelope of a message of the archive.
    pub(super) fn of_untold(untold: &Untold) -> Self {
        let Untold { record, identity, copies, .. } = untold;
        let of = (record.message.charset, record.reply.as_deref());
        let mut headers = headers(identity, record.received_at, record.verified, &record.account, of);
        let copies: Vec<String> = copies.iter().map(|(node, n)| format!("{node}={n}")).collect();
        headers.insert(COPIES, copies.join(","));
        let marks = [(record.marks.is_read, READ), (record.marks.is_starred, STARRED)];
        let marks: Vec<&str> = marks.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect();
        if !marks.is_empty() {
            headers.insert(MARKS, marks.join(","));
        }
        let body = Bytes::copy_from_slice(&record.raw);
        Self { subject: subject(MESSAGES, &record.account), headers, body }
    }

    /// Changes the identity of the message.
    pub(super) fn identify(&mut self, identity: &Identity) {
        self.headers.insert(NATS_MESSAGE_ID, MessageId(*identity).to_string());
    }

    pub(super) fn message(self) -> PublishMessage {
        PublishMessage::build().headers(self.headers).payload(self.body)
    }
}

fn headers(
    identity: &Identity,
    received_at: DateTime<Utc>,
    verified: bool,
    account: &str,
    (charset, reply): (Option<Charset>, Option<&str>),
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, MessageId(*identity).to_string());
    headers.insert(FORMAT, VERSION);
    headers.insert(RECEIVED, received_at.timestamp_millis().to_string());
    headers.insert(VERIFIED, if verified { "1" } else { "0" });
    if !account.is_empty() {
        headers.insert(ACCOUNT, account);
    }
    if let Some(charset) = charset {
        headers.insert(CHARSET, charset.name());
    }
    if let Some(reply) = reply {
        headers.insert(REPLY, quoted(reply));
    }
    headers
}

/// Returns the text as a JSON string, which fits on the one line of a header.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Parses a JSON string.
pub(super) fn unquoted(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

/// Refuses a format that this version does not understand.
pub(super) fn check_format(headers: Option<&HeaderMap>) -> Result<&HeaderMap, Reason> {
    let is_known = |headers: &&HeaderMap| headers.get(FORMAT).is_some_and(|format| format.as_str() == VERSION);
    headers.filter(is_known).ok_or_else(|| cluster::NO_FORMAT.with(FORMAT.to_string()))
}

/// Reads a message of the stream; fails with the reason when it is not one of weibox.
pub(super) fn read(
    headers: Option<&HeaderMap>,
    body: &[u8],
    policy: &Policy,
    place: u64,
) -> Result<MessageNews, Reason> {
    let headers = check_format(headers)?;
    let get = |name: HeaderName| headers.get(name).map(HeaderValue::as_str);
    let missing = |name: HeaderName| cluster::NO_FORMAT.with(name.to_string());
    let received_at = get(RECEIVED).and_then(|millis| DateTime::from_timestamp_millis(millis.parse().ok()?));
    let received_at = received_at.ok_or_else(|| missing(RECEIVED))?;
    let copies = get(COPIES).and_then(copies).ok_or_else(|| missing(COPIES))?;
    let message = wire::parse_as(body, get(CHARSET).and_then(Charset::named));
    // Nodes that have the message under its former identity keep that.
    let identity = get(NATS_MESSAGE_ID)
        .and_then(MessageId::from_hex)
        .map(|id| id.0)
        .filter(|identity| is_identity(identity, &message, body))
        .ok_or(cluster::OTHER_IDENTITY)?;
    let arrival = Arrival {
        account: get(ACCOUNT).unwrap_or_default().to_owned(),
        received_at,
        verified: get(VERIFIED) == Some("1") && !message.is_sample(),
        reply: get(REPLY).and_then(unquoted),
        is_file_wanted: policy.wants_new(&message),
        message,
        raw: body.to_vec(),
    };
    let marks = get(MARKS).unwrap_or_default();
    let has = |mark| marks.split(',').any(|name| name == mark);
    Ok(MessageNews::new(arrival, identity, copies.into_iter().collect(), (has(READ), has(STARRED)), place))
}

fn copies(text: &str) -> Option<Copies> {
    text.split(',')
        .map(|copy| {
            let (node, n) = copy.split_once('=')?;
            Some((node.to_owned(), n.parse().ok().filter(|n| (1..=1 << 32).contains(n))?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weibo::identity::{LENGTH, former_identity};

    #[test]
    fn a_message_comes_under_its_identity_or_its_former_one_and_no_other() {
        let body = br#"{"type":"text","text":"hi","id":7}"#;
        let message = wire::parse(body);
        let now = identity(&message, body);
        let former = former_identity(&message, body).unwrap();
        for (identity, is_its) in [(now, true), (former, true), ([7; LENGTH], false)] {
            let mut headers = headers(&identity, DateTime::UNIX_EPOCH, true, "", (None, None));
            headers.insert(COPIES, "a=1");
            let read = read(Some(&headers), body, &Policy::default(), 1);
            assert_eq!(read.is_ok_and(|news| news.identity() == identity), is_its, "{}", MessageId(identity));
        }
    }
}
