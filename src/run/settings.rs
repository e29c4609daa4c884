//! `weibox config`: prints the settings in force and the source of each. Of a secret it prints only the
//! length.

use std::io::{self, Write};

use crate::config::{self, Config};
use crate::text;

use super::report::columns;

/// Prints one line for each setting: name, value, source.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn run(out: &mut impl Write, config: &Config) -> io::Result<()> {
    let rows: Vec<_> = config
        .shown()
        .into_iter()
        .map(|(row, mut value, source)| {
            if row == config::FILE && !config.file_found {
                value.push_str(" (not there)");
            }
            [row.name, &value, &source.to_string()].map(|cell| text::line(cell).into_owned())
        })
        .collect();
    columns(&rows).iter().try_for_each(|line| writeln!(out, "{line}"))
}
