//! The title of a message on the screen and in lines for people: the name of its kind.

use crate::language::{Language, Words, words};
use crate::text;
use crate::weibo::Kind;

use super::Record;

/// Returns the name of a message's kind, ready to draw; an unknown kind has the name that Weibo gave it.
pub fn title(record: &Record, language: Language) -> String {
    let kind = record.message.kind();
    if kind == Kind::Unknown {
        return words::UNKNOWN_TYPE.with(language, &[&text::line(&record.message.type_name)]);
    }
    kind_words(kind).of(language).to_owned()
}

/// Returns the name of a kind.
pub const fn kind_words(kind: Kind) -> Words {
    match kind {
        Kind::Text => words::KIND_TEXT,
        Kind::Position => words::KIND_POSITION,
        Kind::Voice => words::KIND_VOICE,
        Kind::Image => words::KIND_IMAGE,
        Kind::Event => words::KIND_EVENT,
        Kind::Mention => words::KIND_MENTION,
        Kind::Unknown => words::KIND_UNKNOWN,
        Kind::Unreadable => words::KIND_UNREADABLE,
    }
}
