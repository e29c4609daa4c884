//! The queries that were typed, kept from one start to the next: one a line, the newest first, for the owner alone.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// The file in the data directory.
const FILE: &str = "history";

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
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(directory)?;
    for query in queries {
        writeln!(file, "{query}")?;
    }
    let _kept: File = file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
