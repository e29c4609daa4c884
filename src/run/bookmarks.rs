//! `weibox bookmarks`: shows how far the followers of the archive have come, also while another weibox runs.

use std::io::Write as _;
use std::process::ExitCode;

use crate::archive::{Bookmark, Reader};
use crate::config::Config;
use crate::language::commands;
use crate::text;

use super::report::{columns, stdout};
use super::say;

/// Lists the bookmarks: name, position and lag.
pub(super) fn run(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let bookmarks = Reader::open(&config.data_dir.value)?.bookmarks()?;
    let mut out = stdout();
    if json {
        for bookmark in &bookmarks {
            writeln!(out, "{}", text::json(serde_json::to_string(bookmark)?))?;
        }
    } else if bookmarks.is_empty() {
        say(commands::NO_BOOKMARKS.of(config.language.value))?;
    } else {
        let [name, seq, lag] = [commands::BOOKMARK_NAME, commands::BOOKMARK_SEQ, commands::BOOKMARK_LAG];
        let mut rows = vec![[name, seq, lag].map(|words| words.of(config.language.value).to_owned())];
        rows.extend(
            bookmarks
                .iter()
                .map(|Bookmark { name, seq, lag }| [text::line(name).into_owned(), seq.to_string(), lag.to_string()]),
        );
        for line in columns(&rows) {
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
