//! Identities of messages, which tell a repeated delivery from a new message (traps T1–T6).

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use super::hex;
use super::message::{Content, Message, Remainder};

/// The length of an [`identity`] in bytes.
pub const LENGTH: usize = 24;
/// The hash that identifies a message; see [`identity()`].
pub type Identity = [u8; LENGTH];

/// The [`identity`] of a message, written in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MessageId(pub Identity);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
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
/// differently. If the callback holds more than that, the digest covers [`Message::remainder`] too. The digest of an
/// unreadable message covers its bytes. The time stands first so that an index on identities grows at its end.
pub fn identity(message: &Message, body: &[u8]) -> Identity {
    digest(message, body, message.remainder.as_ref())
}

/// Returns the identity that earlier versions gave to a message with a remainder, which they left out; `None` for other
/// messages, whose identity is the same. Archives and other nodes may still have it.
pub fn former_identity(message: &Message, body: &[u8]) -> Option<Identity> {
    message.remainder.map(|_| digest(message, body, None))
}

/// Returns whether this is the identity of a message, or its former one.
pub fn is_identity(identity: &[u8], message: &Message, body: &[u8]) -> bool {
    *identity == self::identity(message, body) || former_identity(message, body).is_some_and(|of| *identity == of)
}

fn digest(message: &Message, body: &[u8], remainder: Option<&Remainder>) -> Identity {
    let mut hash = Sha1::new();
    if let Content::Unreadable { .. } = message.content {
        hash.update(body);
    } else {
        let ids = [message.receiver_id, message.sender_id].map(|id| id.map_or_else(String::new, |id| id.to_string()));
        let data = canonical(&message.data).to_string();
        let [receiver, sender] = &ids;
        for part in [receiver, sender, &message.created_at, &message.type_name, &message.text, &data] {
            update(&mut hash, part);
        }
        hash.update(remainder.map_or(&[][..], |remainder| remainder));
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

/// Adds a part to a digest. Its length comes first, which keeps `ab`, `c` apart from `a`, `bc`.
pub(super) fn update(hash: &mut Sha1, part: &str) {
    hash.update(part.len().to_be_bytes());
    hash.update(part);
}

/// Returns the canonical form of an object: members sorted, numbers as strings, nulls left out.
fn canonical(data: &Map<String, Value>) -> Value {
    let mut members: Vec<_> = data.iter().filter(|(_, value)| !value.is_null()).collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    members.into_iter().map(|(name, value)| (name.clone(), canonical_value(value))).collect::<Map<_, _>>().into()
}

/// Returns the canonical form of a value: that of its objects, and numbers as strings.
pub(super) fn canonical_value(value: &Value) -> Value {
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

    fn of(body: &str) -> Identity {
        identity(&wire::parse(body.as_bytes()), body.as_bytes())
    }

    fn image(sender: &str, created_at: &str, data: &str) -> Identity {
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

    fn text(members: &str) -> Vec<u8> {
        format!(r#"{{"type":"text","receiver_id":1,"sender_id":2,"created_at":"{NOON}",{members}}}"#).into_bytes()
    }

    /// The identities of these messages are in archives, and nodes of a cluster exchange them.
    #[test]
    fn the_identity_of_a_documented_message_never_changes() {
        for (body, expected) in [
            (text(r#""text":"hi","data":{}"#), "00000000500391c0391a52f62a58215cb5a2e6934dbe3e37"),
            (text(r#""text":"hi\u0000","data":"","id":null"#), "00000000500391c0a90cf7ed75ec91aeb18abf5439c55c52"),
            (text("\"text\":\"a\tb\""), "00000000500391c08780cc2946aad90bcb2fa0b9bfd2bd75"),
            (
                br#"{"type":"image","data":{"tovfid":4,"vfid":"3"}}"#.to_vec(),
                "00000000000000000e222ffd8fa6b2c0e6383b7cab9fdd5f",
            ),
            (br#"{"text":"\ud800"}"#.to_vec(), "0000000000000000ab43fc44c519df579526f3d3bcdf1847"),
        ] {
            let message = wire::parse(&body);
            assert_eq!(MessageId(identity(&message, &body)).to_string(), expected);
            assert_eq!(former_identity(&message, &body), None);
        }
    }

    #[test]
    fn messages_that_differ_anywhere_are_two() {
        let of = |body: &[u8]| identity(&wire::parse(body), body);
        for [one, other] in [
            [r#""text":"t","id":1211260020031346"#, r#""text":"t","id":1211260020031347"#],
            [r#""text":"t","id":1"#, r#""text":"t""#],
            [r#""text":"t","video":{"fid":1}"#, r#""text":"t","video":{"fid":2}"#],
            [r#""text":"t","a":"b","c":"d""#, r#""text":"t","a":"d","c":"b""#],
            [r#""text":"t","x":"\ud83d""#, r#""text":"t","x":"\ud83e""#],
            [r#""text":"\ud83d""#, r#""text":"\ud83e""#],
            [r#""text":"\ud83d""#, r#""text":"\ufffd""#],
            [r#""text":"t","sender_id":"abc""#, r#""text":"t","sender_id":"def""#],
            [r#""text":"t","sender_id":18446744073709551617"#, r#""text":"t","sender_id":18446744073709551618"#],
            [r#""text":"t","sender_id":null"#, r#""text":"t","sender_id":-11"#],
            [r#""text":"t","receiver_id":"a""#, r#""text":"t","receiver_id":"b""#],
            [r#""text":"A","text":"t""#, r#""text":"B","text":"t""#],
            [r#""text":"A","text":"B","text":"t""#, r#""text":"B","text":"A","text":"t""#],
            [r#""text":1"#, r#""text":"1""#],
            [r#""text":"t","created_at":1"#, r#""text":"t","created_at":"1""#],
        ] {
            assert_ne!(of(&text(one)), of(&text(other)), "{one} {other}");
            assert_eq!(of(&text(one)), of(&text(one)), "{one}");
        }
        let bytes = |bytes: &[u8]| [br#"{"type":"text","text":""#, bytes, br#""}"#].concat();
        assert_ne!(of(&bytes(b"\xe9")), of(&bytes(b"\xea")));
        let utf_16 = |unit: u8| [b"\xff\xfe{\0\"\0t\0y\0p\0e\0\"\0:\0\"\0a\0", &[0, unit][..], b"\"\0}\0"].concat();
        assert_eq!(wire::parse(&utf_16(0xd8)).type_name, "a\u{fffd}");
        assert_ne!(of(&utf_16(0xd8)), of(&utf_16(0xd9)));
        let many = |n: u32| format!(r#""text":"t"{},"n":{n}"#, r#","":1"#.repeat(5_000));
        assert_ne!(of(&text(&many(1))), of(&text(&many(2))));
    }

    #[test]
    fn a_repeat_with_other_order_and_white_space_is_a_repeat() {
        let body = text(r#""text":"t","data":{"k":1},"id":7,"card":{"url":"u","n":1,"x":null}"#);
        let again = format!(
            r#"{{ "card": {{"n": "1", "url": "u"}}, "data": {{"k": "1"}}, "id": "7", "text": "t", "none": null,
            "created_at": "{NOON}", "sender_id": "2", "receiver_id": 1, "type": "text" }}"#
        );
        assert_eq!(identity(&wire::parse(&body), &body), of(&again));
        let repeated = of(r#"{"type":"text","text":"A","sender_id":"x","text":"B"}"#);
        assert_eq!(repeated, of(r#"{ "sender_id": "x", "text": "A", "text": "B", "type": "text" }"#));
    }

    #[test]
    fn the_former_identity_of_a_message_is_known() {
        let (body, plain) = (text(r#""text":"t","id":7"#), text(r#""text":"t""#));
        let (message, former) = (wire::parse(&body), of(std::str::from_utf8(&plain).unwrap()));
        assert_eq!(former_identity(&message, &body), Some(former));
        assert!(is_identity(&former, &message, &body) && is_identity(&identity(&message, &body), &message, &body));
        assert!(!is_identity(&identity(&message, &body), &wire::parse(&plain), &plain));
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
