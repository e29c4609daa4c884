//! Quick replies: texts in the user's files, with variables that the current message fills in. Pure:
//! [`crate::config`] reads the files.

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};

use crate::reason::{Reason, config};
use crate::weibo::Kind;

named! {
    /// A variable in a quick reply.
    pub enum Variable {
        /// The name of the sender.
        Name "name",
        /// The text of the message.
        Text "text",
        /// The day on which it was sent.
        Date "date",
        /// The place of a position.
        Place "place",
    }
}

/// A piece of a text with fields in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<F> {
    Words(String),
    Field(F),
}

/// The checked text of a quick reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickWords(Vec<Piece<Variable>>);

/// The values that a message has for the variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuickValues {
    /// The name of the sender, if it is known.
    pub name: Option<String>,
    /// The text of the message, if it has one.
    pub text: Option<String>,
    /// The day on which it was sent.
    pub date: Option<String>,
    /// The place, if the message is a position at one.
    pub place: Option<String>,
}

/// A quick reply, as its file defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickReply {
    /// Its file.
    pub file: PathBuf,
    /// Its name.
    pub name: String,
    /// Its text.
    pub words: QuickWords,
    /// The kinds of messages that it suits; empty for every kind.
    pub kinds: Vec<Kind>,
    /// The labels under which it is filed.
    pub labels: Vec<String>,
}

/// The contents of a directory of quick replies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuickReplies {
    /// The directory, which need not exist.
    pub directory: PathBuf,
    /// The usable replies, in the order of their files.
    pub replies: Vec<QuickReply>,
    /// The fault of each unusable file, with file and line.
    pub faults: Vec<Reason>,
}

impl QuickWords {
    /// Parses a text with `{name}`, `{text}`, `{date}` and `{place}` in it; `{{` and `}}` are literal braces.
    ///
    /// # Errors
    ///
    /// Returns the first unknown variable, or a single brace.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        pieces(text, Variable::from_name).map(Self)
    }

    /// Returns the text for a message, and the variables that were left out because their values are unknown.
    pub fn fill(&self, values: &QuickValues) -> (String, Vec<Variable>) {
        let (mut filled, mut missing) = (String::new(), Vec::new());
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => filled.push_str(words),
                Piece::Field(variable) => match values.of(*variable) {
                    Some(value) => filled.push_str(value),
                    None if missing.contains(variable) => {}
                    None => missing.push(*variable),
                },
            }
        }
        (filled, missing)
    }
}

/// Splits a text with fields in braces; `{{` and `}}` are literal braces.
///
/// # Errors
///
/// Returns the first unknown field, or a single brace.
pub(super) fn pieces<F>(text: &str, field: impl Fn(&str) -> Option<F>) -> Result<Vec<Piece<F>>, Reason> {
    let (mut pieces, mut words, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        words.push_str(before);
        if let Some(after) = brace.strip_prefix("{{").or_else(|| brace.strip_prefix("}}")) {
            words.extend(brace.chars().next());
            rest = after;
            continue;
        }
        let inner = brace.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after) = inner.ok_or(config::TEMPLATE_BRACE)?;
        let field = field(name).ok_or_else(|| config::TEMPLATE_NO_FIELD.with(format!("{{{name}}}")))?;
        pieces.push(Piece::Words(std::mem::take(&mut words)));
        pieces.push(Piece::Field(field));
        rest = after;
    }
    words.push_str(rest);
    pieces.push(Piece::Words(words));
    Ok(pieces)
}

impl QuickValues {
    /// Returns the day of a message in its text form, `2026-11-29`, in the sender's offset.
    pub fn day(sent_at: DateTime<FixedOffset>) -> String {
        sent_at.format("%Y-%m-%d").to_string()
    }

    fn of(&self, variable: Variable) -> Option<&str> {
        match variable {
            Variable::Name => self.name.as_deref(),
            Variable::Text => self.text.as_deref(),
            Variable::Date => self.date.as_deref(),
            Variable::Place => self.place.as_deref(),
        }
    }
}

impl QuickReply {
    /// Returns whether it suits messages of this kind.
    pub fn is_for(&self, kind: Kind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> (String, Vec<Variable>) {
        let name = Some("橙子".to_owned());
        QuickWords::parse(text).unwrap().fill(&QuickValues { name, ..QuickValues::default() })
    }

    #[test]
    fn variables_are_filled_in_and_what_nobody_knows_is_left_out() {
        assert_eq!(filled("{name}，您好{name}"), ("橙子，您好橙子".to_owned(), Vec::new()));
        assert_eq!(filled("在{place}，{place}？"), ("在，？".to_owned(), vec![Variable::Place]));
        assert_eq!(filled("{{name}} }} {{"), ("{name} } {".to_owned(), Vec::new()));
        assert_eq!(filled(""), (String::new(), Vec::new()));
    }

    #[test]
    fn a_variable_that_there_is_not_and_a_lonely_brace_are_refused() {
        for (text, words) in
            [("{nmae}", "`{nmae}` is no field"), ("{name", "brace"), ("a } b", "brace"), ("{}", "`{}`")]
        {
            assert!(QuickWords::parse(text).unwrap_err().to_string().contains(words), "{text}");
        }
    }
}
