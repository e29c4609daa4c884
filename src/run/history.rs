//! What is kept of the screen from one start to the next, for the owner alone: the queries that were typed, one a line, the
//! newest first, and what the screen was when it was left.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::dashboard::memory::ScreenMemory;
use crate::record::Seq;

/// The file of the queries in the data directory.
const FILE: &str = "history";

/// The file beside it that has what the screen was.
const SCREEN: &str = "screen.json";

/// Where the queries of a data directory are kept.
pub(super) fn place(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// The queries, the newest first. Without a file, or with one that is no text, there are none; it is no loss to report.
pub(super) fn read(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Writes the queries, whole or not at all. Such a file is made with mode 0600.
pub(super) fn write(path: &Path, queries: &[String]) -> io::Result<()> {
    replace(path, &queries.iter().flat_map(|query| [query, "\n"]).collect::<String>())
}

/// What the screen was when it was left, and how many messages came since `newest` was the highest number. Without a file,
/// or with one of another weibox, the screen begins as it is configured.
pub(super) fn read_screen(history: &Path, newest: Seq) -> ScreenMemory {
    let text = fs::read_to_string(history.with_file_name(SCREEN)).unwrap_or_default();
    let Ok(mut memory) = serde_json::from_str::<ScreenMemory>(&text) else { return ScreenMemory::default() };
    memory.n_missed = newest.saturating_sub(memory.newest);
    memory
}

/// Writes what the screen is, whole or not at all.
pub(super) fn write_screen(history: &Path, memory: &ScreenMemory) -> io::Result<()> {
    replace(&history.with_file_name(SCREEN), &serde_json::to_string_pretty(memory)?)
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    let _kept: File = file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
