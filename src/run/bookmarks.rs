//! `weibox bookmarks`: shows how far the followers of the archive have come, also while another weibox runs.

use std::io::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use crate::archive::{Bookmark, Reader};
use crate::config::Config;
use crate::language::commands;
use crate::record::Seq;
use crate::text;

use super::report::stdout;
use super::say;

/// A bookmark as a line of JSON. Scripts rely on the names.
#[derive(Serialize)]
struct BookmarkLine<'a> {
    name: &'a str,
    seq: Seq,
    lag: u64,
}

/// Lists the bookmarks: name, position and lag.
pub(super) fn run(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let bookmarks = Reader::open(&config.data_dir.value)?.bookmarks()?;
    let mut out = stdout();
    if json {
        for Bookmark { name, seq, lag } in &bookmarks {
            writeln!(out, "{}", text::json(serde_json::to_string(&BookmarkLine { name, seq: *seq, lag: *lag })?))?;
        }
    } else if bookmarks.is_empty() {
        say(commands::NO_BOOKMARKS.of(config.language.value))?;
    } else {
        // The names of the fields in JSON.
        let title = ["name", "seq", "lag"];
        let rows = bookmarks
            .iter()
            .map(|Bookmark { name, seq, lag }| [text::line(name).into_owned(), seq.to_string(), lag.to_string()]);
        let rows: Vec<[String; 3]> = [title.map(str::to_owned)].into_iter().chain(rows).collect();
        let width = |column: fn(&[String; 3]) -> &str| rows.iter().map(|row| text::width(column(row))).max();
        let names = width(|[name, ..]| name).unwrap_or_default();
        let seqs = width(|[_, seq, _]| seq).unwrap_or_default();
        for [name, seq, lag] in &rows {
            writeln!(out, "{}  {}  {lag}", text::pad(name, names), text::pad(seq, seqs))?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
