//! What weibox notes down: tracing to a file, never to the screen.

use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the log `{path}`: {source}")]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// A log longer than this is begun anew at the next start, the last one being kept beside it.
const LIMIT: u64 = 8 << 20;

/// Starts logging to `log/weibox.log` in the data directory (file 0600, directory 0700), at `level` such as `info` or
/// `weibox=debug`. What libraries for HTTP note down is capped, because it holds addresses with the token in them.
/// Lines that come faster than the disk takes them are dropped. The guard writes what is left when it is dropped.
///
/// # Errors
///
/// When the file cannot be made.
pub fn start(data_dir: &Path, level: &str) -> Result<WorkerGuard, Error> {
    let directory = data_dir.join("log");
    let path = directory.join("weibox.log");
    let failed = |source| Error { path: path.clone(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(failed)?;
    if std::fs::metadata(&path).is_ok_and(|file| file.len() > LIMIT) {
        std::fs::rename(&path, directory.join("weibox.log.old")).map_err(failed)?;
    }
    let file = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(failed)?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = EnvFilter::new(format!("{level},hyper=warn,hyper_util=warn,reqwest=warn,rustls=warn,h2=warn"));
    // Only the first log of a process counts; tests start several.
    let _is_first = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).try_init();
    Ok(guard)
}
