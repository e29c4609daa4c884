//! The log: what the program does, in one file per day. It is never shown on the screen, and is not part of the
//! data.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use rustix::fs::FallocateFlags;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;

use crate::reason::{Reason, hints, start};
use crate::text;

/// Number of days that are kept; the oldest files are deleted.
pub const DAYS: usize = 7;
/// Maximum number of lines that wait for the disk; beyond it lines are lost rather than the program held up. At 200
/// bytes each they take 1.6 MB.
pub const LINES: usize = 8192;
/// Disk space in bytes that is taken before there are lines for it, because what happens on a full disk is worth
/// reading.
const RESERVE: u64 = 64 << 10;
/// Disk space in bytes below which more is taken.
const LEAST: u64 = 48 << 10;
/// Libraries that log whole addresses; the address of a medium holds the access token. Only their warnings and
/// errors are kept.
const TALKATIVE: [&str; 5] = ["hyper", "hyper_util", "reqwest", "h2", "rustls"];

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the names of the fields say it")]
#[error("{}", self.reason())]
pub enum Error {
    /// The directory or the file of the day cannot be made.
    File {
        /// The log directory.
        path: PathBuf,
        source: io::Error,
    },
    /// A log was started already.
    Twice,
}

impl Error {
    /// Returns the reason, for users.
    pub fn reason(&self) -> Reason {
        match self {
            Self::File { path, source } => start::LOG_UNWRITTEN.with(path.display()).with(source),
            Self::Twice => start::LOG_TWICE.into(),
        }
    }

    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<Reason> {
        match self {
            Self::File { .. } => Some(hints::WRITABLE_DATA_DIR.into()),
            Self::Twice => None,
        }
    }
}

/// Starts the log: events of `level` or more severe go to `<data-dir>/log/weibox.<day>.log`, files of mode 0600 in
/// a directory of mode 0700. Open the archive first, because it decides the mode of the data directory.
///
/// A thread writes the lines until the guard is dropped, which waits for the last one.
///
/// # Errors
///
/// Fails when the first file cannot be opened, or a log was started already.
pub fn start(data_dir: &Path, level: LevelFilter, now: fn() -> DateTime<Utc>) -> Result<WorkerGuard, Error> {
    let (subscriber, guard) = subscriber(data_dir, level, now)?;
    // The only cause is a subscriber that was set before, so the source would add nothing.
    tracing::subscriber::set_global_default(subscriber).map_err(|_source| Error::Twice)?;
    Ok(guard)
}

fn subscriber(
    data_dir: &Path,
    level: LevelFilter,
    now: fn() -> DateTime<Utc>,
) -> Result<(impl Subscriber + for<'a> LookupSpan<'a> + use<>, WorkerGuard), Error> {
    let directory = data_dir.join("log");
    let failed = |source| Error::File { path: directory.clone(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(failed)?;
    let mut daily = Daily { directory: directory.clone(), now, open: None };
    // Opened now rather than with the first line, when an error could no longer be reported.
    daily.today().map_err(failed)?;
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES).lossy(true).finish(daily);
    let quiet = TALKATIVE.map(|target| (target, level.min(LevelFilter::WARN)));
    let filter = Targets::new().with_default(level).with_targets(quiet);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    Ok((tracing_subscriber::registry().with(filter).with(lines), guard))
}

/// One file per day, the last [`DAYS`] of them. `tracing_appender` has such a writer, too, but everyone can read
/// its files.
struct Daily {
    directory: PathBuf,
    now: fn() -> DateTime<Utc>,
    open: Option<Day>,
}

/// The file of a day.
struct Day {
    date: NaiveDate,
    file: File,
    /// Length in bytes, and bytes taken on the disk. Others may write to the file as well; the reserve allows for
    /// that.
    length: u64,
    taken: u64,
}

impl Day {
    fn open(date: NaiveDate, directory: &Path) -> io::Result<Self> {
        let path = directory.join(format!("weibox.{date}.log"));
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let length = file.metadata()?.len();
        let mut day = Self { date, file, length, taken: length };
        day.reserve();
        Ok(day)
    }

    /// Takes disk space for lines to come. Some file systems cannot, and a full disk has none.
    fn reserve(&mut self) {
        if self.taken.saturating_sub(self.length) < LEAST
            && rustix::fs::fallocate(&self.file, FallocateFlags::KEEP_SIZE, self.length, RESERVE).is_ok()
        {
            self.taken = self.length + RESERVE;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        self.reserve();
        Ok(())
    }
}

impl Daily {
    fn today(&mut self) -> io::Result<&mut Day> {
        let today = (self.now)().date_naive();
        let day = match self.open.take() {
            Some(day) if day.date == today => day,
            before => match (Day::open(today, &self.directory), before) {
                (Ok(day), _) => {
                    self.prune()?;
                    day
                }
                // The file of the day before has disk space left.
                (Err(_), Some(before)) => before,
                (Err(error), None) => return Err(error),
            },
        };
        Ok(self.open.insert(day))
    }

    /// Deletes our oldest files; their names sort by day.
    fn prune(&self) -> io::Result<()> {
        let is_ours = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            let day = name.and_then(|name| name.strip_prefix("weibox.")?.strip_suffix(".log"));
            day.is_some_and(|day| day.parse::<NaiveDate>().is_ok())
        };
        let mut files: Vec<PathBuf> =
            self.directory.read_dir()?.filter_map(|entry| Some(entry.ok()?.path())).filter(is_ours).collect();
        files.sort();
        // Another weibox on the same directory may delete the same file first.
        files.iter().rev().skip(DAYS).for_each(|path| drop(std::fs::remove_file(path)));
        Ok(())
    }
}

impl Write for Daily {
    /// Catches panics: one costs this line, but on the thread that writes lines it would cost all to come.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = catch_unwind(AssertUnwindSafe(|| {
            // The lines quote foreign text, and the log is read in a terminal.
            let line = String::from_utf8_lossy(bytes);
            self.today()?.write(text::clean(&line).as_bytes()).map(|()| bytes.len())
        }));
        written.unwrap_or_else(|_reported| Err(io::Error::other("a fault of weibox")))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open.as_mut().map_or(Ok(()), |day| day.file.flush())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

    use super::*;

    /// Seconds since 1970; one test alone sets it.
    static CLOCK: AtomicI64 = AtomicI64::new(0);

    fn clock() -> DateTime<Utc> {
        DateTime::from_timestamp(CLOCK.load(Ordering::SeqCst), 0).unwrap()
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            directory.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_libraries_say_of_addresses_stays_out_at_every_level() {
        let data_dir = tempfile::tempdir().unwrap();
        let (subscriber, guard) = subscriber(data_dir.path(), LevelFilter::TRACE, || DateTime::UNIX_EPOCH).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!("ours");
            tracing::info!(target: "reqwest::connect", "https://a.example/?access_token=theirs");
            tracing::debug!(target: "hyper_util::client", "theirs");
            tracing::warn!(target: "hyper::proto", "a warning");
        });
        drop(guard);
        let text = std::fs::read_to_string(data_dir.path().join("log/weibox.1970-01-01.log")).unwrap();
        assert!(text.contains("ours") && text.contains("a warning") && !text.contains("theirs"), "{text}");
    }

    #[test]
    fn the_level_is_the_least_that_is_kept() {
        let data_dir = tempfile::tempdir().unwrap();
        let (subscriber, guard) = subscriber(data_dir.path(), LevelFilter::ERROR, || DateTime::UNIX_EPOCH).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!("kept");
            tracing::warn!("dropped");
            tracing::warn!(target: "hyper", "dropped");
        });
        drop(guard);
        let text = std::fs::read_to_string(data_dir.path().join("log/weibox.1970-01-01.log")).unwrap();
        assert!(text.contains("kept") && !text.contains("dropped"), "{text}");
    }

    #[test]
    fn a_log_that_cannot_be_written_is_refused_at_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refused = start(file.path(), LevelFilter::INFO, || DateTime::UNIX_EPOCH).unwrap_err();
        assert!(refused.to_string().starts_with("cannot write the log in `"), "{refused}");
        assert!(refused.hint().unwrap().to_string().contains("--data-dir"));
    }

    #[test]
    fn each_day_has_a_file_of_ours_alone_and_the_oldest_go() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("weibox.notes.log"), "someone's").unwrap();
        let mut daily = Daily { directory: directory.path().to_owned(), now: clock, open: None };
        for day in 0..10 {
            CLOCK.store(day * 86_400, Ordering::SeqCst);
            daily.write_all(b"one\n").unwrap();
            daily.write_all(b"two\n").unwrap();
        }
        let names = names(directory.path());
        let days = names.iter().filter(|name| name.starts_with("weibox.1970-01-"));
        assert_eq!(days.count(), DAYS);
        assert_eq!(names.first().unwrap(), "weibox.1970-01-04.log");
        assert_eq!(names.last().unwrap(), "weibox.notes.log");
        let last = directory.path().join("weibox.1970-01-10.log");
        assert_eq!((std::fs::read_to_string(&last).unwrap().as_str(), mode(&last)), ("one\ntwo\n", 0o600));
    }

    #[test]
    fn a_panic_costs_a_line() {
        static IS_BROKEN: AtomicBool = AtomicBool::new(true);
        let fragile = || {
            assert!(!IS_BROKEN.swap(false, Ordering::SeqCst), "the clock broke");
            DateTime::UNIX_EPOCH
        };
        let directory = tempfile::tempdir().unwrap();
        let mut daily = Daily { directory: directory.path().to_owned(), now: fragile, open: None };
        assert!(daily.write(b"one\n").is_err());
        daily.write_all(b"two\n").unwrap();
        assert_eq!(std::fs::read(directory.path().join("weibox.1970-01-01.log")).unwrap(), b"two\n");
    }

    #[test]
    fn the_directory_is_made_for_its_owner_alone() {
        let data_dir = tempfile::tempdir().unwrap();
        let (_subscriber, guard) = subscriber(data_dir.path(), LevelFilter::INFO, || DateTime::UNIX_EPOCH).unwrap();
        drop(guard);
        assert_eq!(mode(&data_dir.path().join("log")), 0o700);
    }
}
