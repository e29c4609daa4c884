//! `weibox config`: prints the settings in force and the source of each. Of a secret it prints only the
//! length.

use std::io::{self, Write};

use serde::Serialize;

use crate::config::{self, Config};
use crate::language::Language;
use crate::language::doctor::NOT_THERE;
use crate::text;

use super::report::columns;

/// A setting as a line of JSON. Scripts rely on the names, and on English.
#[derive(Serialize)]
struct SettingLine<'a> {
    setting: &'a str,
    value: String,
    source: String,
}

/// Prints one line for each setting: name, value, source.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn run(out: &mut impl Write, config: &Config, json: bool) -> io::Result<()> {
    let language = if json { Language::English } else { config.language.value };
    let mut settings = config.shown().into_iter().map(|(row, value, source)| SettingLine {
        setting: row.name,
        value: value.of(language),
        source: source.reason().of(language),
    });
    if json {
        return settings.try_for_each(|line| writeln!(out, "{}", text::json(serde_json::to_string(&line)?)));
    }
    let cells = |SettingLine { setting, mut value, source }: SettingLine<'_>| {
        if setting == config::FILE.name && !config.file_found {
            value = NOT_THERE.with(language, &[&value]);
        }
        [setting, &value, &source].map(|cell| text::line(cell).into_owned())
    };
    columns(&settings.map(cells).collect::<Vec<_>>()).iter().try_for_each(|line| writeln!(out, "{line}"))
}
