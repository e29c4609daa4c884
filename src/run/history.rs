//! State of the screen between two starts, readable for the owner only: earlier queries, one a line, the
//! newest first, and the state of the screen at exit.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::archive::Readers;
use crate::dashboard::memory::ScreenMemory;
use crate::record::Seq;

/// Name of the file of queries in the data directory.
const FILE: &str = "history";

/// Name of the file beside it with the state of the screen.
const SCREEN: &str = "screen.json";

/// Returns the path of the queries of a data directory.
pub(super) fn place(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// Reads the queries, the newest first. A file that is missing or not text counts as empty; this loss is not
/// worth a report.
pub(super) fn read(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Writes the queries atomically. The file has mode 0600.
pub(super) fn write(path: &Path, queries: &[String]) -> io::Result<()> {
    replace(path, &queries.iter().flat_map(|query| [query, "\n"]).collect::<String>())
}

/// Reads the state of the screen at the last exit, and counts the messages that came since. `newest` is the highest
/// number now. If the file is missing, or of an incompatible weibox, the screen starts as configured.
pub(super) fn read_screen(history: &Path, readers: &Readers, newest: Seq) -> ScreenMemory {
    let text = fs::read_to_string(history.with_file_name(SCREEN)).unwrap_or_default();
    let Ok(mut memory) = serde_json::from_str::<ScreenMemory>(&text) else { return ScreenMemory::default() };
    memory.newest_now = newest;
    // The dashboard reports an archive that cannot be read.
    memory.n_missed = readers.open().and_then(|reader| reader.n_after(memory.newest)).unwrap_or_default();
    memory
}

/// Writes the state of the screen atomically.
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
