//! TOML → types, with a reason and a line for each fault. The library's own errors are sentences; serde has a
//! constructor for each kind of error, so the reasons are made there.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::near::near;
use crate::reason::{Code, Reason, config, hints};

/// A fault in a file.
#[derive(Debug)]
pub(super) struct TomlFault {
    /// Line of the fault, from 1; 0 while it is unknown.
    pub(super) line: usize,
    /// The reason.
    pub(super) reason: Reason,
    /// What to do about it.
    pub(super) hint: Option<Reason>,
    /// The key that is unknown, or whose value has another type.
    pub(super) key: Option<String>,
}

/// A value, and the line where it begins.
#[derive(Debug)]
pub(super) struct Lined<T> {
    pub(super) line: usize,
    pub(super) value: T,
}

/// A parsed file.
pub(super) struct Toml<'a> {
    table: DeTable<'a>,
    lines: Lines,
}

impl<'a> Toml<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, TomlFault> {
        let lines = Lines::of(text);
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { table: table.into_inner(), lines }),
            Err(error) => {
                let line = lines.of_byte(error.span().map_or(0, |span| span.start));
                // Without the excerpt of the file that the error shows, which may contain a secret.
                Err(TomlFault { line, ..TomlFault::of(Reason::other(without_strings(error.message().trim()))) })
            }
        }
    }

    /// Returns the value of a key, which may have a table before it: `listen`, `tls.cert`.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, TomlFault> {
        self.node(key).map(T::deserialize).transpose()
    }

    /// Returns the line of a value, from 1; `None` where the key is missing.
    pub(super) fn line(&self, key: &str) -> Option<usize> {
        self.node(key).map(Node::line)
    }

    fn node<'n>(&'n self, key: &'n str) -> Option<Node<'n>> {
        let value = match key.split_once('.') {
            None => self.table.get(key),
            Some((table, key)) => self.table.get(table).and_then(|table| table.get_ref().as_table()?.get(key)),
        };
        value.map(|value| Node::Value(value, &self.lines, key))
    }

    /// Refuses the first unknown key, and a value that should be a table and is not.
    pub(super) fn check(&self, keys: &[&'static str]) -> Result<(), TomlFault> {
        let mut known: Vec<_> = keys.iter().map(|key| key.split('.').next().unwrap_or_default()).collect();
        known.dedup();
        for (key, value) in &self.table {
            let name = key.get_ref().as_ref();
            let inner: Vec<_> = keys.iter().filter_map(|key| key.strip_prefix(name)?.strip_prefix('.')).collect();
            self.check_key(key, &known)?;
            if !inner.is_empty() {
                Node::Value(value, &self.lines, name).expect(config::A_TABLE, None, DeValue::is_table)?;
            }
            let entries = value.get_ref().as_table().filter(|_| !inner.is_empty());
            entries.into_iter().flat_map(DeTable::keys).try_for_each(|key| self.check_key(key, &inner))?;
        }
        Ok(())
    }

    fn check_key(&self, key: &Spanned<Cow<'a, str>>, known: &[&str]) -> Result<(), TomlFault> {
        let is_known = known.contains(&key.get_ref().as_ref());
        let fault = || TomlFault::unknown(key.get_ref(), known).in_line(self.lines.of_byte(key.span().start));
        if is_known { Ok(()) } else { Err(fault()) }
    }
}

/// Removes from the library's message the strings that it repeats from the file.
fn without_strings(message: &str) -> String {
    match (message.split_once(" \""), message.rsplit_once('"')) {
        (Some((before, _)), Some((_, after))) => [before, after].concat(),
        (None, _) | (_, None) => message.to_owned(),
    }
}

impl TomlFault {
    fn of(reason: Reason) -> Self {
        Self { line: 0, reason, hint: None, key: None }
    }

    fn unknown(key: &str, known: &[&str]) -> Self {
        let hint = near(key, known).map(|near| hints::DID_YOU_MEAN.with(near));
        let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Self { hint, key: Some(key.to_owned()), ..Self::of(config::UNKNOWN_KEY.with(key).with(known)) }
    }

    /// Returns a fault in a value that was read.
    pub(super) fn at(line: usize, reason: Reason) -> Self {
        Self { line, ..Self::of(reason) }
    }

    fn in_line(self, line: usize) -> Self {
        if self.line == 0 { Self { line, ..self } } else { self }
    }
}

impl Display for TomlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl std::error::Error for TomlFault {}

impl de::Error for TomlFault {
    fn custom<T: Display>(message: T) -> Self {
        Self::of(Reason::other(message))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown(field, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of(config::KEY_MISSING.with(field))
    }
}

/// Offsets of the line ends of a text, so that a thousand tables need not each count from its beginning.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter_map(|(at, byte)| (byte == b'\n').then_some(at)).collect())
    }

    /// Returns the line of a byte, from 1.
    fn of_byte(&self, byte: usize) -> usize {
        1 + self.0.partition_point(|end| *end < byte)
    }
}

/// A value with its key, or a key of the file.
#[derive(Clone, Copy)]
enum Node<'a> {
    Value(&'a Spanned<DeValue<'a>>, &'a Lines, &'a str),
    Key(&'a Spanned<Cow<'a, str>>, &'a Lines),
}

fn entries<'a>(table: &'a DeTable<'a>, lines: &'a Lines) -> impl Iterator<Item = (Node<'a>, Node<'a>)> {
    table.iter().map(move |(key, value)| (Node::Key(key, lines), Node::Value(value, lines, key.get_ref())))
}

impl<'a> Node<'a> {
    fn line(self) -> usize {
        match self {
            Self::Value(value, lines, _) => lines.of_byte(value.span().start),
            Self::Key(key, lines) => lines.of_byte(key.span().start),
        }
    }

    /// Refuses a value that does not have the wanted type.
    fn expect(self, wanted: Code, hint: Option<Code>, is_it: fn(&DeValue<'a>) -> bool) -> Result<(), TomlFault> {
        let Self::Value(value, _, key) = self else { return Ok(()) };
        let value = value.get_ref();
        if is_it(value) {
            return Ok(());
        }
        let found = match value {
            DeValue::String(_) => config::A_STRING_IS.into(),
            DeValue::Integer(number) => config::AN_INTEGER_IS.with(number.as_str()),
            DeValue::Float(number) => config::A_FLOAT_IS.with(number.as_str()),
            DeValue::Boolean(value) => config::A_BOOLEAN_IS.with(value.to_string()),
            DeValue::Datetime(_) => config::A_DATE_IS.into(),
            DeValue::Array(_) => config::A_LIST_IS.into(),
            DeValue::Table(_) => config::A_TABLE_IS.into(),
        };
        let reason = config::WRONG_TYPE.with(key).with(found).with(wanted);
        let (hint, key) = (hint.map(Into::into), Some(key.to_owned()));
        Err(TomlFault { line: self.line(), hint, key, ..TomlFault::of(reason) })
    }
}

impl IntoDeserializer<'_, TomlFault> for Node<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Declares the methods that refuse a value of another type: what it should be, a hint, and whether it is that.
macro_rules! expecting {
    ($($method:ident: $wanted:expr, $hint:expr, $is_it:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TomlFault> {
            self.expect($wanted, $hint, $is_it)?;
            self.deserialize_any(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Node<'_> {
    type Error = TomlFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TomlFault> {
        let visited = match self {
            Self::Key(key, _) => visitor.visit_str(key.get_ref()),
            Self::Value(value, lines, key) => match value.get_ref() {
                DeValue::String(text) => visitor.visit_str(text),
                DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => visitor.visit_i64(number),
                    Err(error) => Err(de::Error::custom(error)),
                },
                DeValue::Float(number) => visitor.visit_str(number.as_str()),
                DeValue::Boolean(value) => visitor.visit_bool(*value),
                DeValue::Datetime(time) => visitor.visit_string(time.to_string()),
                DeValue::Array(array) => {
                    visitor.visit_seq(SeqDeserializer::new(array.iter().map(|value| Node::Value(value, lines, key))))
                }
                DeValue::Table(table) => visitor.visit_map(MapDeserializer::new(entries(table, lines))),
            },
        };
        visited.map_err(|fault: TomlFault| fault.in_line(self.line()))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TomlFault> {
        visitor.visit_some(self)
    }

    expecting! {
        deserialize_string: config::A_STRING, Some(hints::WRITE_QUOTES), DeValue::is_str;
        deserialize_bool: config::A_BOOLEAN, None, DeValue::is_bool;
        deserialize_i64: config::AN_INTEGER, None, DeValue::is_integer;
        deserialize_seq: config::A_LIST, Some(hints::WRITE_LIST), DeValue::is_array;
        deserialize_map: config::A_TABLE, None, DeValue::is_table;
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TomlFault> {
        self.deserialize_map(visitor)
    }

    /// Reads a [`Lined`] value as a map of one entry: its line and itself.
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TomlFault> {
        visitor.visit_map(MapDeserializer::new(std::iter::once((self.line(), self))))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char str bytes byte_buf unit unit_struct tuple tuple_struct enum
        identifier ignored_any
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lined<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct("Lined", LinedVisitor(std::marker::PhantomData))
    }
}

struct LinedVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for LinedVisitor<T> {
    type Value = Lined<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its line")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lined<T>, A::Error> {
        let entry = map.next_entry()?;
        entry.map(|(line, value)| Lined { line, value }).ok_or_else(|| de::Error::custom("a value without a line"))
    }
}
