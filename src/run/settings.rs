//! `weibox config`: prints the settings in force and the source of each. Of a secret it prints only the
//! length.

use std::io::{self, Write};

use crate::config::{self, Config};
use crate::text;

/// Prints one line for each setting: name, value, source.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn run(out: &mut impl Write, config: &Config) -> io::Result<()> {
    let rows: Vec<[String; 3]> = config
        .shown()
        .into_iter()
        .map(|(row, mut value, source)| {
            if row == config::FILE && !config.file_found {
                value.push_str(" (not there)");
            }
            [row.name, &value, &source.to_string()].map(|cell| text::line(cell).into_owned())
        })
        .collect();
    let width = |column: fn(&[String; 3]) -> &str| rows.iter().map(|row| text::width(column(row))).max();
    let names = width(|[name, ..]| name).unwrap_or_default();
    let values = width(|[_, value, _]| value).unwrap_or_default();
    for [name, value, source] in &rows {
        writeln!(out, "{}  {}  {source}", text::pad(name, names), text::pad(value, values))?;
    }
    Ok(())
}
