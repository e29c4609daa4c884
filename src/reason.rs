//! Reasons why something was refused, failed or cannot be done, and what to do about it: a code and its values.
//!
//! A [`Code`] is a row of a table with its English and Chinese words. A room that fails returns a [`Reason`], the
//! screen shows it in the user's language, and code that has to decide compares the code. Foreign words (of the
//! operating system, a server, a sender) are values and stay unchanged.

use std::fmt;
use std::io;
use std::path;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::language::{Language, Words};

/// Declares the codes of a table and lists them, so that each has words in both languages.
macro_rules! codes {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        $(#[doc = concat!("```text\n", $en, "\n```")]
        pub const $name: crate::reason::Code = crate::reason::Code(&crate::reason::Row {
            name: stringify!($name),
            words: crate::language::Words::new($en, $zh),
        });)*
        /// All codes of the table.
        pub(super) const ALL: &[crate::reason::Code] = &[$($name),*];
    };
}

pub mod alarms;
pub mod alerts;
pub mod answers;
pub mod archive;
pub mod attach;
pub mod calls;
pub mod cluster;
pub mod command;
pub mod config;
pub mod downloads;
mod fault;
pub mod files;
pub mod forward;
pub mod handshake;
pub mod hints;
pub mod queries;
pub mod start;
pub mod system;
pub mod tls;
pub mod verify;

pub use fault::Fault;

/// The header in which the listener names the code when it refuses a call, so that `weibox doctor` on another machine
/// can tell why. Lower case, as `http` requires.
pub const HEADER: &str = "weibox-reason";

/// The maximum length of a value in characters; the names of all settings together are shorter.
const LONGEST: usize = 1_000;

/// The code of a reason, without its values. Only the tables of this room create codes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Code(&'static Row);

/// A row of a table.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    /// The name in the table. The archive stores it, so a renamed row no longer matches what was stored before.
    name: &'static str,
    words: Words,
}

/// A reason why something was refused, failed or cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The code.
    pub code: Code,
    values: Vec<Value>,
}

/// A value for a place in the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A name, a number, a path, or foreign words.
    Text(String),
    /// Words of weibox that are not a reason.
    Words(Words),
    /// A nested reason.
    Reason(Reason),
}

impl Code {
    /// Words without a code, such as those that an older weibox stored.
    pub const OTHER: Self = Self(&Row { name: "OTHER", words: Words::new("{}", "{}") });
    /// A reason and what to do about it, in one line.
    pub const WITH_HINT: Self = Self(&Row { name: "WITH_HINT", words: Words::new("{}: {}", "{}。{}") });
    /// A reason of one account among several, after its name.
    pub const OF_ACCOUNT: Self = Self(&Row { name: "OF_ACCOUNT", words: Words::new("{}: {}", "{}：{}") });

    /// Returns a reason with a value for the first place of its words.
    pub fn with(self, value: impl Into<Value>) -> Reason {
        Reason::from(self).with(value)
    }

    /// Returns the failure with this code, and what the user can do about it.
    pub fn hinted(self, hint: impl Into<Reason>) -> Fault {
        Reason::from(self).hinted(hint)
    }

    /// Returns the unique name of the code.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    fn all() -> impl Iterator<Item = Self> {
        let tables = [
            &[Self::OTHER, Self::WITH_HINT, Self::OF_ACCOUNT],
            alarms::ALL,
            alerts::ALL,
            answers::ALL,
            archive::ALL,
            attach::ALL,
            calls::ALL,
            cluster::ALL,
            command::ALL,
            config::ALL,
            downloads::ALL,
            files::ALL,
            forward::ALL,
            handshake::ALL,
            hints::ALL,
            queries::ALL,
            start::ALL,
            system::ALL,
            tls::ALL,
            verify::ALL,
        ];
        tables.into_iter().flatten().copied()
    }
}

impl Reason {
    /// Creates a reason from words without a code, which stay in their language.
    pub fn other(words: impl fmt::Display) -> Self {
        Code::OTHER.with(words.to_string())
    }

    /// Adds a value for the next place of the words.
    pub fn with(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Combines the reason and what to do about it in one line.
    pub fn with_hint(self, hint: Option<Self>) -> Self {
        match hint {
            Some(hint) => Code::WITH_HINT.with(self).with(hint),
            None => self,
        }
    }

    /// Returns the value for a place of the words, if it is a text.
    pub fn text(&self, place: usize) -> Option<&str> {
        match self.values.get(place)? {
            Value::Text(text) => Some(text),
            Value::Words(_) | Value::Reason(_) => None,
        }
    }

    /// Returns the words in a language.
    pub fn of(&self, language: Language) -> String {
        let values: Vec<String> = self.values.iter().map(|value| value.of(language)).collect();
        let values: Vec<&dyn fmt::Display> = values.iter().map(|value| value as &dyn fmt::Display).collect();
        self.code.0.words.with(language, &values)
    }

    /// Returns the code and its values as the archive stores them: `["WEIBO_ANSWERED","503",["NAME"]]`.
    pub fn to_json(&self) -> String {
        Json::from(self).to_string()
    }

    /// Restores a reason from its stored English words and its code with values. Without a code, or with a code of a
    /// later weibox, only the words remain.
    pub fn from_stored(words: &str, json: Option<&str>) -> Self {
        let known = json.and_then(|json| serde_json::from_str(json).ok()).and_then(|json| Self::from_json(&json));
        known.unwrap_or_else(|| Self::other(words))
    }

    fn from_json(json: &Json) -> Option<Self> {
        let (name, values) = json.as_array()?.split_first()?;
        let code = Code::all().find(|code| Some(code.name()) == name.as_str())?;
        let value = |json: &Json| match json {
            Json::String(text) => Some(Value::Text(text.clone())),
            Json::Array(_) => Self::from_json(json).map(Value::Reason),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => None,
        };
        Some(Self { code, values: values.iter().map(value).collect::<Option<_>>()? })
    }
}

impl Value {
    fn of(&self, language: Language) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Words(words) => words.of(language).to_owned(),
            Self::Reason(reason) => reason.of(language),
        }
    }
}

impl From<&Reason> for Json {
    fn from(reason: &Reason) -> Self {
        let value = |value: &Value| match value {
            Value::Reason(reason) => Self::from(reason),
            Value::Text(_) | Value::Words(_) => Self::String(value.of(Language::English)),
        };
        let name = Self::String(reason.code.name().to_owned());
        Self::Array(std::iter::once(name).chain(reason.values.iter().map(value)).collect())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Formats the reason in English, for logs and scripts.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.of(Language::English))
    }
}

/// Needed where an API takes an error, such as [`io::Error::other`].
impl std::error::Error for Reason {}

impl From<Code> for Reason {
    fn from(code: Code) -> Self {
        Self { code, values: Vec::new() }
    }
}

impl From<Code> for Value {
    fn from(code: Code) -> Self {
        Self::Reason(code.into())
    }
}

impl From<Reason> for Value {
    fn from(reason: Reason) -> Self {
        Self::Reason(reason)
    }
}

impl From<&io::Error> for Value {
    fn from(error: &io::Error) -> Self {
        Self::Reason(error.into())
    }
}

impl From<Words> for Value {
    fn from(words: Words) -> Self {
        Self::Words(words)
    }
}

/// The serialized form of a reason: another weibox that lacks the code can use the words.
#[derive(Serialize, Deserialize)]
struct Sent {
    words: String,
    code: Json,
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Sent { words: self.to_string(), code: self.into() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Sent { words, code } = Sent::deserialize(deserializer)?;
        Ok(Self::from_json(&code).unwrap_or_else(|| Self::other(words)))
    }
}

/// Implements conversion to a value for types by the text that they display.
macro_rules! texts {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::Text(bounded(value.to_string()))
            }
        })*
    };
}

texts!(&str, &String, i64, u16, u32, u64, usize, path::Display<'_>, std::net::SocketAddr);

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(bounded(text))
    }
}

/// Shortens a long value to its beginning and its end.
fn bounded(text: String) -> String {
    let n_chars = text.chars().count();
    if n_chars <= LONGEST {
        return text;
    }
    let begin: String = text.chars().take(LONGEST / 2).collect();
    let end: String = text.chars().skip(n_chars - LONGEST / 4).collect();
    format!("{begin}…{end}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_name_of_its_own_and_the_same_places_in_both_languages() {
        let mut names = BTreeSet::new();
        for Code(Row { name, words }) in Code::all() {
            assert!(names.insert(name), "{name} is twice in the tables");
            let places = |language| words.of(language).matches("{}").count();
            assert_eq!(places(Language::English), places(Language::Chinese), "{name}");
        }
        assert!(names.len() > 100);
    }

    #[test]
    fn a_reason_within_a_reason_is_told_in_the_same_language_and_foreign_words_stay() {
        let full = io::Error::from_raw_os_error(28);
        let reason = downloads::GIVEN_UP.with(downloads::UNWRITABLE.with(&full)).with(5_u32);
        assert_eq!(
            reason.to_string(),
            "the file could not be written: No space left on device (os error 28) (given up after 5 tries)"
        );
        assert_eq!(reason.of(Language::Chinese), "文件无法写入：磁盘空间不足（os error 28）（试了 5 次后放弃）");
        assert_eq!(Reason::other("busy {} later").of(Language::Chinese), "busy {} later");
    }

    #[test]
    fn of_a_long_value_the_beginning_and_the_end_are_repeated() {
        let long = format!("begin{}end", "长".repeat(100_000));
        let told = Reason::other(&long).to_string();
        assert!(told.starts_with("begin长") && told.contains('…') && told.ends_with("长end"), "{told}");
        assert!(told.chars().count() < LONGEST);
    }

    #[test]
    fn what_is_stored_is_read_back_and_what_is_not_known_keeps_its_words() {
        for reason in [
            Reason::from(downloads::CANCELLED),
            downloads::GIVEN_UP.with(downloads::UNWRITABLE.with("a \"{}\" b")).with(5_u32),
            Reason::other("an older weibox"),
        ] {
            assert_eq!(Reason::from_stored("", Some(&reason.to_json())), reason);
        }
        let with_words = Code::OTHER.with(Words::new("the screen", "界面"));
        assert_eq!(with_words.to_json(), r#"["OTHER","the screen"]"#);
        for json in [None, Some(""), Some("[]"), Some(r#"["FROM_A_LATER_WEIBOX","1"]"#), Some(r#"["CANCELLED",7]"#)] {
            assert_eq!(Reason::from_stored("cancelled", json), Reason::other("cancelled"), "{json:?}");
        }
    }
}
