//! The directories and the archive: whose they are, whether they can be written to, and whether the archive is whole.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;

use crate::archive::{self, Reader};
use crate::config::Config;
use crate::language::{Language, Words, doctor as words};
use crate::reason::Reason;
use crate::text::size;

use super::report::{Finding, Mark};

/// Those who are neither the owner nor root.
const OTHERS: u32 = 0o077;
/// The progress line moves so often.
const TICK: Duration = Duration::from_millis(200);

/// One finding a place, and the archive's.
pub(super) fn findings(config: &Config, language: Language) -> Vec<Finding> {
    let data_dir = &config.data_dir.value;
    let mut findings = vec![place(words::DATA_DIR, data_dir, language)];
    if !data_dir.exists() {
        return findings;
    }
    let inner = [(words::MEDIA_DIR, "media"), (words::LOG_DIR, "log"), (words::ARCHIVE_FILE, "weibox.db")];
    for (name, entry) in inner {
        let path = data_dir.join(entry);
        if path.exists() {
            findings.push(place(name, &path, language));
        }
    }
    findings.push(archive(data_dir, language));
    findings
}

/// A directory or file of ours: whose, closed to others, and open to us.
fn place(name: Words, path: &Path, language: Language) -> Finding {
    let name = name.of(language);
    let shown = path.display();
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Finding::new(Mark::Fine, name, words::NOT_YET.with(language, &[&shown]));
        }
        Err(error) => {
            return Finding::new(
                Mark::Wrong,
                name,
                words::NOT_WRITABLE.with(language, &[&shown, &Reason::from(&error).of(language)]),
            );
        }
    };
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        let value = words::NOT_MINE.with(language, &[&shown]);
        return Finding::new(Mark::Wrong, name, value).hint(words::WRITABLE_HINT.of(language));
    }
    // A file is as good as its directory, which is tried.
    if path.is_dir()
        && let Err(error) = tempfile::tempfile_in(path)
    {
        let value = words::NOT_WRITABLE.with(language, &[&shown, &Reason::from(&error).of(language)]);
        return Finding::new(Mark::Wrong, name, value).hint(words::WRITABLE_HINT.of(language));
    }
    if metadata.mode() & OTHERS != 0 {
        let mode = if path.is_dir() { "700" } else { "600" };
        let value = words::OTHERS_ENTER.with(language, &[&shown]);
        return Finding::new(Mark::Wrong, name, value).hint(words::CHMOD.with(language, &[&mode, &shown]));
    }
    Finding::new(Mark::Fine, name, words::MINE_ALONE.with(language, &[&shown]))
}

/// Reads the whole archive, with a line on stderr while it takes.
fn archive(data_dir: &Path, language: Language) -> Finding {
    let name = words::ARCHIVE.of(language);
    let look = |reader: &Reader| {
        let usage = reader.usage()?;
        let bar = ProgressBar::new_spinner();
        bar.set_message(words::CHECKING.with(language, &[&size(usage.archive)]));
        bar.enable_steady_tick(TICK);
        let faults = reader.faults();
        bar.finish_and_clear();
        Ok::<_, archive::Error>((usage, faults?))
    };
    match Reader::open(data_dir).and_then(|reader| look(&reader)) {
        Ok((usage, faults)) if faults.is_empty() => {
            let sizes: [&dyn std::fmt::Display; 2] = [&size(usage.archive), &size(usage.media)];
            Finding::new(Mark::Fine, name, words::INTACT.with(language, &sizes))
        }
        Ok((_, faults)) => damaged(name, &faults.join("; "), language),
        Err(archive::Error::Missing { path }) => {
            Finding::new(Mark::Fine, name, words::NOT_YET.with(language, &[&path.display()]))
        }
        Err(error) if error.is_damaged() => damaged(name, &error.reason().of(language), language),
        Err(error) => {
            let finding = Finding::new(Mark::Wrong, name, error.reason().of(language));
            error.hint().map(|hint| hint.of(language)).into_iter().fold(finding, Finding::hint)
        }
    }
}

fn damaged(name: &'static str, faults: &str, language: Language) -> Finding {
    Finding::new(Mark::Wrong, name, words::DAMAGED.with(language, &[&faults])).hint(words::DAMAGED_HINT.of(language))
}
