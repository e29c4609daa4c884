//! The directories and the archive: whose they are, whether they can be written to, and whether the archive is whole.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressBar;
use rustix::fs::statvfs;

use crate::archive::{self, IndexCheck, Lock, Reader};
use crate::config::Config;
use crate::language::{Language, Words, doctor as words};
use crate::reason::Reason;
use crate::text::size;

use super::report::{Finding, FindingState};
use crate::run::clock::now;
use crate::run::retention::{self, Reckoning};

/// Those who are neither the owner nor root.
const OTHERS: u32 = 0o077;
/// A disk with less is full, in bytes.
const NOTHING: u64 = 1 << 20;
/// One with less soon is: a hundred thousand messages.
const LITTLE: u64 = 64 << 20;
/// The progress line moves so often.
const TICK: Duration = Duration::from_millis(200);

/// One finding a place, and the archive's.
pub(super) fn findings(config: &Config, is_deep: bool, language: Language) -> Vec<Finding> {
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
    findings.push(room(data_dir, language));
    findings.push(archive(data_dir, language));
    findings.extend(archive::put_aside_before(data_dir).iter().map(|path| aside(path, language)));
    if is_deep {
        findings.push(index(data_dir, language));
    }
    findings.extend(clock(config, language));
    let running = Lock::announced(data_dir);
    let running = running.iter().map(|reason| reason.of(language));
    findings.extend(running.map(|reason| Finding::new(FindingState::Wrong, words::RUNNING.of(language), reason)));
    findings
}

/// Whether there is room for messages.
fn room(data_dir: &Path, language: Language) -> Finding {
    let name = words::ROOM.of(language);
    let disk = match statvfs(data_dir) {
        Ok(disk) => disk,
        Err(error) => return Finding::new(FindingState::Wrong, name, io::Error::from(error).to_string()),
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let value = words::FREE.with(language, &[&size(free)]);
    // Some file systems do not tell how large they are.
    if free >= LITTLE || disk.f_blocks == 0 {
        return Finding::new(FindingState::Fine, name, value);
    }
    let mark = if free < NOTHING { FindingState::Wrong } else { FindingState::Note };
    Finding::new(mark, name, value).hint(words::FREE_HINT.of(language))
}

/// Whether something confirms the clock, by which messages are removed.
fn clock(config: &Config, language: Language) -> Option<Finding> {
    let data_dir = &config.data_dir.value;
    config.retention_max_age.value?;
    let witnesses = Reader::open(data_dir).and_then(|reader| reader.witnesses()).ok()?;
    let (_, doubt) = Reckoning::new(retention::touched(data_dir)).reckon(now(), &witnesses);
    doubt.map(|doubt| Finding::new(FindingState::Wrong, words::RETENTION.of(language), doubt.of(language)))
}

/// A directory or file of ours: whose, closed to others, and open to us.
fn place(name: Words, path: &Path, language: Language) -> Finding {
    let name = name.of(language);
    let shown = path.display();
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Finding::new(FindingState::Fine, name, words::NOT_YET.with(language, &[&shown]));
        }
        Err(error) => {
            return Finding::new(
                FindingState::Wrong,
                name,
                words::NOT_WRITABLE.with(language, &[&shown, &Reason::from(&error).of(language)]),
            );
        }
    };
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        let value = words::NOT_MINE.with(language, &[&shown]);
        return Finding::new(FindingState::Wrong, name, value).hint(words::WRITABLE_HINT.of(language));
    }
    // A file is as good as its directory, which is tried.
    if path.is_dir()
        && let Err(error) = tempfile::tempfile_in(path)
    {
        let value = words::NOT_WRITABLE.with(language, &[&shown, &Reason::from(&error).of(language)]);
        return Finding::new(FindingState::Wrong, name, value).hint(words::WRITABLE_HINT.of(language));
    }
    if metadata.mode() & OTHERS != 0 {
        let mode = if path.is_dir() { "700" } else { "600" };
        let value = words::OTHERS_ENTER.with(language, &[&shown]);
        return Finding::new(FindingState::Wrong, name, value).hint(words::CHMOD.with(language, &[&mode, &shown]));
    }
    Finding::new(FindingState::Fine, name, words::MINE_ALONE.with(language, &[&shown]))
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
            Finding::new(FindingState::Fine, name, words::INTACT.with(language, &sizes))
        }
        Ok((_, faults)) => damaged(name, &faults.join("; "), language),
        Err(archive::Error::Missing { path }) => {
            Finding::new(FindingState::Fine, name, words::NOT_YET.with(language, &[&path.display()]))
        }
        Err(error) if error.is_damaged() => damaged(name, &error.reason().of(language), language),
        Err(error) => {
            let finding = Finding::new(FindingState::Wrong, name, error.reason().of(language));
            error.hint().map(|hint| hint.of(language)).into_iter().fold(finding, Finding::hint)
        }
    }
}

/// A damaged archive that was put aside, and its size.
fn aside(path: &Path, language: Language) -> Finding {
    let entries = path.read_dir().into_iter().flatten().flatten();
    let n_bytes: u64 = entries.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum();
    let value = words::ASIDE_OF.with(language, &[&path.display(), &size(n_bytes)]);
    Finding::new(FindingState::Note, words::ASIDE.of(language), value).hint(words::ASIDE_HINT.of(language))
}

/// Compares what is kept beside the messages with every one of them, with a line on stderr while it takes.
fn index(data_dir: &Path, language: Language) -> Finding {
    let name = words::INDEX.of(language);
    let bar = ProgressBar::new(0);
    bar.set_message(words::CHECKING_INDEX.of(language));
    bar.enable_steady_tick(TICK);
    let look = |reader: Reader| {
        reader.check_index(|done, all| {
            bar.set_length(all);
            bar.set_position(done);
        })
    };
    let checked = Reader::open(data_dir).and_then(look);
    bar.finish_and_clear();
    match checked {
        Ok(check) if !check.is_right() => {
            let IndexCheck { n_blocks, blocks, spans, places, counts, windows, .. } = check;
            let numbers: [&dyn std::fmt::Display; 6] = [&blocks, &n_blocks, &spans, &places, &counts, &windows];
            let value = words::INDEX_WRONG.with(language, &numbers);
            Finding::new(FindingState::Wrong, name, value).hint(words::INDEX_HINT.of(language))
        }
        Ok(IndexCheck { indexed_again: Some(percent), .. }) => {
            Finding::new(FindingState::Note, name, words::INDEX_REBUILDING.with(language, &[&percent]))
        }
        Ok(check) => Finding::new(FindingState::Fine, name, words::INDEX_RIGHT.with(language, &[&check.n_blocks])),
        Err(archive::Error::Missing { path }) => {
            Finding::new(FindingState::Fine, name, words::NOT_YET.with(language, &[&path.display()]))
        }
        Err(error) => Finding::new(FindingState::Wrong, name, error.reason().of(language)),
    }
}

fn damaged(name: &'static str, faults: &str, language: Language) -> Finding {
    Finding::new(FindingState::Wrong, name, words::DAMAGED.with(language, &[&faults]))
        .hint(words::DAMAGED_HINT.of(language))
}
