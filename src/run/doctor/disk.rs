//! Checks the directories and the archive: their owner, whether they are writable, and whether the archive is intact.

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

use super::report::FindingState::{Fine, Note, Wrong};
use super::report::{Finding, Topic};
use crate::run::alarm;
use crate::run::clock::now;
use crate::run::retention::{self, Reckoning};

/// Permission bits of the group and of others.
const OTHERS: u32 = 0o077;
/// Bytes of free space below which a disk counts as full.
const NOTHING: u64 = 1 << 20;
/// Bytes of free space below which a disk will soon be full: the size of a hundred thousand messages.
const LITTLE: u64 = 64 << 20;
/// Interval at which the progress line moves.
const TICK: Duration = Duration::from_millis(200);

/// Returns one finding for each place, and those for the archive.
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
    let topic = Topic::new(words::RUNNING, language);
    findings.extend(running.iter().map(|reason| topic.reason(Wrong, reason)));
    findings
}

/// Checks whether there is room for messages.
fn room(data_dir: &Path, language: Language) -> Finding {
    let topic = Topic::new(words::ROOM, language);
    let disk = match statvfs(data_dir) {
        Ok(disk) => disk,
        Err(error) => return topic.said(Wrong, io::Error::from(error).to_string()),
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    // Some file systems do not report their size.
    if free >= LITTLE || disk.f_blocks == 0 {
        return topic.found(Fine, words::FREE, &[&size(free)]);
    }
    let mark = if free < NOTHING { Wrong } else { Note };
    topic.found(mark, words::FREE, &[&size(free)]).hint(words::FREE_HINT, &[])
}

/// Checks whether something confirms the clock, which decides which messages are removed by age.
fn clock(config: &Config, language: Language) -> Option<Finding> {
    let data_dir = &config.data_dir.value;
    config.retention_max_age.value?;
    let witnesses = Reader::open(data_dir).and_then(|reader| reader.witnesses()).ok()?;
    let (_, doubt) = Reckoning::new(retention::touched(data_dir)).reckon(now(), &witnesses);
    doubt.map(|doubt| Topic::new(words::RETENTION, language).reason(Wrong, &doubt))
}

/// Checks that a directory or file is owned by this user, closed to others and writable.
fn place(name: Words, path: &Path, language: Language) -> Finding {
    let topic = Topic::new(name, language);
    let shown = path.display();
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return topic.found(Fine, words::NOT_YET, &[&shown]);
        }
        Err(error) => {
            return topic.found(Wrong, words::NOT_WRITABLE, &[&shown, &Reason::from(&error).of(language)]);
        }
    };
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return topic.found(Wrong, words::NOT_MINE, &[&shown]).hint(words::WRITABLE_HINT, &[]);
    }
    // A file is checked through its directory.
    if path.is_dir()
        && let Err(error) = tempfile::tempfile_in(path)
    {
        let reason = Reason::from(&error).of(language);
        return topic.found(Wrong, words::NOT_WRITABLE, &[&shown, &reason]).hint(words::WRITABLE_HINT, &[]);
    }
    if metadata.mode() & OTHERS != 0 {
        let mode = if path.is_dir() { "700" } else { "600" };
        return topic.found(Wrong, words::OTHERS_ENTER, &[&shown]).hint(words::CHMOD, &[&mode, &shown]);
    }
    topic.found(Fine, words::MINE_ALONE, &[&shown])
}

/// Checks the whole archive, and shows progress on stderr.
fn archive(data_dir: &Path, language: Language) -> Finding {
    let topic = Topic::new(words::ARCHIVE, language);
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
            topic.found(Fine, words::INTACT, &[&size(usage.archive), &size(usage.media)])
        }
        Ok((_, faults)) => damaged(&topic, &faults.join("; ")),
        Err(archive::Error::Missing { path }) => topic.found(Fine, words::NOT_YET, &[&path.display()]),
        Err(error) if error.is_damaged() => damaged(&topic, &error.reason().of(language)),
        Err(error) => topic.reason(Wrong, &error.reason()).remedy(error.hint().as_ref()),
    }
}

/// Reports a damaged archive that was set aside, with its size.
fn aside(path: &Path, language: Language) -> Finding {
    let entries = path.read_dir().into_iter().flatten().flatten();
    let n_bytes: u64 = entries.filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum();
    let topic = Topic::new(words::ASIDE, language);
    if let Some(lost) = alarm::lost(path) {
        return topic.reason(Wrong, &lost);
    }
    topic.found(Note, words::ASIDE_OF, &[&path.display(), &size(n_bytes)]).hint(words::ASIDE_HINT, &[])
}

/// Compares every message with the index and counts derived from the messages, and shows progress on stderr.
fn index(data_dir: &Path, language: Language) -> Finding {
    let topic = Topic::new(words::INDEX, language);
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
            topic.found(Wrong, words::INDEX_WRONG, &numbers).hint(words::INDEX_HINT, &[])
        }
        Ok(IndexCheck { indexed_again: Some(percent), .. }) => topic.found(Note, words::INDEX_REBUILDING, &[&percent]),
        Ok(check) => topic.found(Fine, words::INDEX_RIGHT, &[&check.n_blocks]),
        Err(archive::Error::Missing { path }) => topic.found(Fine, words::NOT_YET, &[&path.display()]),
        Err(error) => topic.reason(Wrong, &error.reason()),
    }
}

fn damaged(topic: &Topic, faults: &str) -> Finding {
    topic.found(Wrong, words::DAMAGED, &[&faults]).hint(words::DAMAGED_HINT, &[])
}
