//! The members of a callback as raw JSON, found in one pass without parsing their values.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members that weibox uses. The last member with a name counts.
#[derive(Default)]
pub(super) struct Members<'a> {
    pub(super) r#type: Option<&'a RawValue>,
    pub(super) receiver_id: Option<&'a RawValue>,
    pub(super) sender_id: Option<&'a RawValue>,
    pub(super) created_at: Option<&'a RawValue>,
    pub(super) text: Option<&'a RawValue>,
    pub(super) data: Option<&'a RawValue>,
    /// Whether the object has other members, or repeats a name.
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

/// A JSON object that is read member by member.
pub trait ReadMembers<'de>: Sized {
    /// Reads the members of the map.
    ///
    /// # Errors
    ///
    /// Returns the errors of the map, and errors about the members.
    fn read<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: ReadMembers<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read(map)
    }
}

/// Reads a JSON object; nothing may follow it.
///
/// # Errors
///
/// Returns the error of the parser.
pub fn object<'de, T: ReadMembers<'de>>(json: &'de [u8]) -> serde_json::Result<T> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let object = deserializer.deserialize_map(ObjectVisitor(PhantomData))?;
    deserializer.end().map(|()| object)
}

impl<'a> ReadMembers<'a> for Members<'a> {
    fn read<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut members = Self::default();
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
