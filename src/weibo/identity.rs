//! Identities of messages, which tell a repeated delivery from a new message (traps T1–T6).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use super::message::{Content, Message};

/// The length of an [`identity`] in bytes.
pub const LENGTH: usize = 24;

/// The [`identity`] of a message, written in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MessageId(pub [u8; LENGTH]);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<MessageId> for String {
    fn from(id: MessageId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for MessageId {
    type Error = &'static str;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        Self::from_hex(&hex).ok_or("no identity of a message")
    }
}

impl MessageId {
    /// Parses hex; `None` for anything else.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let mut identity = [0; LENGTH];
        if hex.len() != 2 * LENGTH || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (at, byte) in identity.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(identity))
    }
}

/// Returns the identity of a message: eight bytes of its time and sixteen bytes of a digest.
///
/// The digest covers receiver, sender, `created_at`, type, text and normalised data. Weibo's own advice, sender and
/// `created_at`, has a resolution of one second and would swallow the second of two photos sent together. Numbers and
/// strings with the same digits are equal, as are all forms of empty data, because a repeat may be spelled
/// differently. The digest of an unreadable message covers its bytes. The time stands first so that an index on
/// identities grows at its end.
pub fn identity(message: &Message, body: &[u8]) -> [u8; LENGTH] {
    let mut hash = Sha1::new();
    if let Content::Unreadable { .. } = message.content {
        hash.update(body);
    } else {
        let ids = [message.receiver_id, message.sender_id].map(|id| id.map_or_else(String::new, |id| id.to_string()));
        let data = canonical(&message.data).to_string();
        let [receiver, sender] = &ids;
        for part in [receiver, sender, &message.created_at, &message.type_name, &message.text, &data] {
            // The length prefix keeps `ab`, `c` apart from `a`, `bc`.
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
    }
    let seconds = message.sent_at.map_or(0, |time| time.timestamp());
    let mut identity = [0; LENGTH];
    let (time, digest) = identity.split_at_mut(8);
    time.copy_from_slice(&seconds.to_be_bytes());
    for (place, byte) in digest.iter_mut().zip(hash.finalize()) {
        *place = byte;
    }
    identity
}

/// Returns the canonical form of an object: members sorted, numbers as strings, nulls left out.
fn canonical(data: &Map<String, Value>) -> Value {
    let mut members: Vec<_> = data.iter().filter(|(_, value)| !value.is_null()).collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    members.into_iter().map(|(name, value)| (name.clone(), canonical_value(value))).collect::<Map<_, _>>().into()
}

fn canonical_value(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Object(object) => canonical(object),
        Value::Array(items) => items.iter().map(canonical_value).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weibo::wire;

    fn of(body: &str) -> [u8; LENGTH] {
        identity(&wire::parse(body.as_bytes()), body.as_bytes())
    }

    fn image(sender: &str, created_at: &str, data: &str) -> [u8; LENGTH] {
        of(&format!(
            r#"{{"type":"image","receiver_id":1,"sender_id":{sender},"created_at":"{created_at}","text":"t","data":{data}}}"#
        ))
    }

    const NOON: &str = "Mon Jul 16 12:00:00 +0800 2012";

    #[test]
    fn spelling_does_not_matter() {
        let first = image("2", NOON, r#"{"vfid":3,"tovfid":4}"#);
        assert_eq!(first, image("\"2\"", NOON, r#"{"tovfid":"4","vfid":"3"}"#));
        assert_eq!(first, image("2", NOON, r#""{\"vfid\":3,\"tovfid\":4}""#));
        assert_eq!(image("2", NOON, "{}"), image("2", NOON, "[]"));
    }

    #[test]
    fn two_photos_of_one_second_are_two() {
        assert_ne!(image("2", NOON, r#"{"tovfid":4}"#), image("2", NOON, r#"{"tovfid":5}"#));
        assert_ne!(image("2", NOON, "{}"), image("3", NOON, "{}"));
        assert_ne!(of(r#"{"type":"text","text":"ab"}"#), of(r#"{"type":"texta","text":"b"}"#));
    }

    #[test]
    fn identities_follow_time() {
        assert!(image("9", NOON, "{}") < image("1", "Mon Jul 16 12:00:01 +0800 2012", "{}"));
    }

    #[test]
    fn the_unreadable_are_known_by_their_bytes() {
        assert_eq!(of("<x>"), of("<x>"));
        assert_ne!(of("<x>"), of("<y>"));
    }

    #[test]
    fn an_identity_is_written_in_hex_and_read_again() {
        let id = MessageId(of("<x>"));
        assert_eq!(MessageId::from_hex(&id.to_string()), Some(id));
        for wrong in ["", "0", &"+0".repeat(LENGTH), &"é".repeat(LENGTH)] {
            assert_eq!(MessageId::from_hex(wrong), None, "{wrong}");
        }
    }
}
