//! The members of a callback, each as the JSON it is: found in one pass that makes nothing of them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members that mean something. Of several with one name the last one counts.
#[derive(Default)]
pub(super) struct Members<'a> {
    pub(super) r#type: Option<&'a RawValue>,
    pub(super) receiver_id: Option<&'a RawValue>,
    pub(super) sender_id: Option<&'a RawValue>,
    pub(super) created_at: Option<&'a RawValue>,
    pub(super) text: Option<&'a RawValue>,
    pub(super) data: Option<&'a RawValue>,
    /// Whether there are others, or one more of the same name.
    pub(super) has_others: bool,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Name {
    Type,
    ReceiverId,
    SenderId,
    CreatedAt,
    Text,
    Data,
    #[serde(other)]
    Other,
}

impl<'a> Members<'a> {
    /// Finds them in a JSON object.
    pub(super) fn read(json: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(json)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        while let Some(name) = map.next_key()? {
            let place = match name {
                Name::Type => &mut members.r#type,
                Name::ReceiverId => &mut members.receiver_id,
                Name::SenderId => &mut members.sender_id,
                Name::CreatedAt => &mut members.created_at,
                Name::Text => &mut members.text,
                Name::Data => &mut members.data,
                Name::Other => {
                    let _skipped: IgnoredAny = map.next_value()?;
                    members.has_others = true;
                    continue;
                }
            };
            let is_again = place.replace(map.next_value()?).is_some();
            members.has_others |= is_again;
        }
        Ok(members)
    }
}
