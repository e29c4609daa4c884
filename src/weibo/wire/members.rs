//! The members of a callback as raw JSON, found in one pass without parsing their values.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::bounded::VALUES;

/// The members that weibox uses. The last member with a name counts.
#[derive(Default)]
pub(super) struct Members<'a> {
    pub(super) r#type: Option<&'a RawValue>,
    pub(super) receiver_id: Option<&'a RawValue>,
    pub(super) sender_id: Option<&'a RawValue>,
    pub(super) created_at: Option<&'a RawValue>,
    pub(super) text: Option<&'a RawValue>,
    pub(super) data: Option<&'a RawValue>,
    /// The other members, and the earlier ones of a name that is repeated; of more than [`VALUES`], only the first.
    pub(super) others: Vec<(Cow<'static, str>, &'a RawValue)>,
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
    Other(String),
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
            let value: &RawValue = map.next_value()?;
            let (name, other) = match name {
                Name::Type => ("type".into(), members.r#type.replace(value)),
                Name::ReceiverId => ("receiver_id".into(), members.receiver_id.replace(value)),
                Name::SenderId => ("sender_id".into(), members.sender_id.replace(value)),
                Name::CreatedAt => ("created_at".into(), members.created_at.replace(value)),
                Name::Text => ("text".into(), members.text.replace(value)),
                Name::Data => ("data".into(), members.data.replace(value)),
                Name::Other(name) => (Cow::Owned(name), Some(value)),
            };
            members.others.extend(other.filter(|_| members.others.len() <= VALUES).map(|value| (name, value)));
        }
        Ok(members)
    }
}
