//! The layout of files below the media directory: `{date}/{sender}-{fid}.{ext}`. This module makes names and touches
//! no disk.
//!
//! The values are numbers and words of weibox, and the rest of a layout is checked when it is parsed, so no name
//! leads out of the directory or is hidden in it.

use chrono::{DateTime, Utc};

use super::Record;
use super::quick_reply::{Piece, pieces};
use crate::reason::{Reason, config};
use crate::weibo::FileId;
use crate::weibo::created_at::china;

/// The maximum length of a part between two slashes, in bytes; file systems take 255, and a number may be added.
const LONGEST: usize = 200;
/// The maximum length of a path, in bytes; systems take 1,024 including the directory before it.
const LONGEST_PATH: usize = 600;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Date,
    Time,
    Sender,
    Fid,
    Type,
    Ext,
}

/// TABLE: the fields by name, each with the maximum length of its value in bytes.
const FIELDS: &[(&str, Field, usize)] = &[
    ("date", Field::Date, 10),
    ("time", Field::Time, 6),
    ("sender", Field::Sender, 20),
    ("fid", Field::Fid, 20),
    ("type", Field::Type, 10),
    ("ext", Field::Ext, 8),
];

/// A checked layout of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    pieces: Vec<Piece<Field>>,
}

/// The facts about a file that its name can contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    fid: FileId,
    date: String,
    time: String,
    sender: String,
    kind: &'static str,
}

impl FileFacts {
    /// Collects the facts of a file from the first message that it came with. Without one, the time is `now`, and
    /// sender and type are `unknown`.
    pub fn new(fid: FileId, record: Option<&Record>, now: DateTime<Utc>) -> Self {
        let at = record.map_or(now, |record| record.sent_at().to_utc()).with_timezone(&china());
        let sender = record.and_then(|record| record.message.sender_id);
        Self {
            fid,
            date: at.format("%Y-%m-%d").to_string(),
            time: at.format("%H%M%S").to_string(),
            sender: sender.map_or_else(|| "unknown".to_owned(), |sender| sender.to_string()),
            kind: record.map_or("unknown", |record| record.message.kind().name()),
        }
    }
}

impl Template {
    /// The default layout: a directory for each day, and names by which people find files and shells sort them.
    pub const DEFAULT: &str = "{date}/{time}-{sender}-{fid}.{ext}";

    /// Parses a layout.
    ///
    /// # Errors
    ///
    /// When it is invalid.
    pub fn parse(text: &str) -> Result<Self, Reason> {
        let pieces = pieces(text, field)?;
        if !text.ends_with(".{ext}") {
            return Err(config::TEMPLATE_ENDING.into());
        }
        for part in text.split('/') {
            let has_bad = part.chars().any(|char| char.is_control() || matches!(char, '\\' | ':'));
            // The dot also excludes names that lead elsewhere, and hidden ones.
            if part.is_empty() || part.starts_with(['.', ' ']) || part.ends_with(' ') || has_bad {
                return Err(config::TEMPLATE_NAME.with(part));
            }
        }
        let template = Self { text: text.to_owned(), pieces };
        let length = |field| FIELDS.iter().find(|(_, known, _)| *known == field).map_or(0, |(.., length)| *length);
        let longest = template.fill(|field| "x".repeat(length(field)));
        let is_long = longest.len() > LONGEST_PATH || longest.split('/').any(|part| part.len() > LONGEST);
        if is_long { Err(config::TEMPLATE_LONG.into()) } else { Ok(template) }
    }

    /// Returns the layout as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the path of a file relative to the media directory, with slashes. Two files may get the same name when
    /// the layout has no `{fid}`.
    pub fn name(&self, facts: &FileFacts, extension: &str) -> String {
        self.fill(|field| match field {
            Field::Date => facts.date.clone(),
            Field::Time => facts.time.clone(),
            Field::Sender => facts.sender.clone(),
            Field::Fid => facts.fid.to_string(),
            Field::Type => facts.kind.to_owned(),
            Field::Ext => extension.to_owned(),
        })
    }

    fn fill(&self, value: impl Fn(Field) -> String) -> String {
        let filled = self.pieces.iter().map(|piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Field(field) => value(*field),
        });
        filled.collect()
    }
}

impl Default for Template {
    fn default() -> Self {
        // A test checks that the default is a layout.
        Self { text: Self::DEFAULT.to_owned(), pieces: pieces(Self::DEFAULT, field).unwrap_or_default() }
    }
}

fn field(name: &str) -> Option<Field> {
    FIELDS.iter().find(|(known, ..)| *known == name).map(|(_, field, _)| *field)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICE: &str = r#"{"type":"voice","receiver_id":1,"sender_id":2489518277,"created_at":"Mon Jul 16 18:09:20 +0800 2012","text":"","data":{"tovfid":7}}"#;

    #[test]
    fn each_field_has_what_is_known_of_the_file() {
        let at = DateTime::from_timestamp(1_795_435_200, 0).unwrap();
        let record = Record::new(1, at, VOICE.into());
        let named = |record, text| Template::parse(text).unwrap().name(&FileFacts::new(FileId(7), record, at), "amr");
        let all = "{type}/{date} {time}/来自 {sender}/{fid}.{ext}";
        assert_eq!(named(Some(&record), all), "voice/2012-07-16 180920/来自 2489518277/7.amr");
        assert_eq!(named(None, all), "unknown/2026-11-23 200000/来自 unknown/7.amr");
        assert_eq!(named(Some(&record), Template::DEFAULT), "2012-07-16/180920-2489518277-7.amr");
        assert_eq!(Template::parse(Template::DEFAULT), Ok(Template::default()));
    }

    #[test]
    fn what_leads_out_of_the_directory_or_hides_in_it_is_no_layout() {
        for (text, wrong) in [
            ("", config::TEMPLATE_ENDING.into()),
            ("{fid}", config::TEMPLATE_ENDING.into()),
            ("{fid}.jpg", config::TEMPLATE_ENDING.into()),
            ("{date}/{fdi}.{ext}", config::TEMPLATE_NO_FIELD.with("{fdi}")),
            ("{}.{ext}", config::TEMPLATE_NO_FIELD.with("{}")),
            ("{fid.{ext}", config::TEMPLATE_NO_FIELD.with("{fid.{ext}")),
            ("fid}.{ext}", config::TEMPLATE_BRACE.into()),
            ("{fid}.{ext", config::TEMPLATE_BRACE.into()),
            ("/etc/{fid}.{ext}", config::TEMPLATE_NAME.with("")),
            ("a//{fid}.{ext}", config::TEMPLATE_NAME.with("")),
            ("../{fid}.{ext}", config::TEMPLATE_NAME.with("..")),
            ("{date}/../../{fid}.{ext}", config::TEMPLATE_NAME.with("..")),
            ("./{fid}.{ext}", config::TEMPLATE_NAME.with(".")),
            ("{date}/.{ext}", config::TEMPLATE_NAME.with(".{ext}")),
            ("a\\b{fid}.{ext}", config::TEMPLATE_NAME.with("a\\b{fid}.{ext}")),
            ("a\u{1b}{fid}.{ext}", config::TEMPLATE_NAME.with("a\u{1b}{fid}.{ext}")),
            (&format!("{}.{{ext}}", "长".repeat(67)), config::TEMPLATE_LONG.into()),
            (&format!("{}{{fid}}.{{ext}}", "{date}/".repeat(60)), config::TEMPLATE_LONG.into()),
        ] {
            assert_eq!(Template::parse(text), Err(wrong), "{text}");
        }
    }
}
