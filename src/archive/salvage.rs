//! Recognises a damaged archive before it is used, puts it aside unchanged, and reads what its pages still hold
//! into a new one.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::connection::{self, FILES};
use super::import::{Import, ImportEntry, Imported};
use super::row::time;
use super::{Error, Lock};
use crate::record::{Record, Seq, line};
use crate::weibo::charset::Charset;
use crate::weibo::identity;

mod carve;
mod figures;
mod look;
pub(super) mod mender;
mod moved;
mod plain;
mod rows;
mod swap;

use carve::{CarvedRow, CarvedValue, Pages};
use figures::KeptFigures;
use look::is_damaged;
pub use mender::{Damage, mend_at_start};
pub use moved::replaced_in;
pub(super) use plain::PlainFile;
use plain::{fill, length};
pub(super) use rows::SalvagedRow;
pub(super) use swap::distrust;
use swap::{LOST, MARK, SAVED, SAVING, aside, change, complete, is_interrupted, trust, unless_aside};
pub use swap::{lost_in, put_aside_before};

/// The maximum size of a file that is checked as a whole at every start, which takes some 20 ms. A larger file
/// is checked only once it is suspected to be damaged.
const LOOKED_THROUGH: u64 = 16 << 20;
/// First bytes of every SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Number of bytes of the header that are read.
const HEADER: usize = 100;
/// Number of attempts to read at a start, and the pause between them; then the start fails.
const STARTS: usize = 5;
const START_AGAIN: Duration = Duration::from_millis(200);

/// Result of salvaging a damaged archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// Directory that now holds the damaged archive.
    pub aside: PathBuf,
    /// Number of messages that were saved.
    pub messages: u64,
    /// Number of messages that were already there; 0 in a new archive.
    pub known: u64,
    /// Number of media whose state was saved; their files were not touched.
    pub media: u64,
    /// Number of messages that could not be saved, as far as the damaged archive tells how many it had.
    pub lost: u64,
    /// Number of pages of the file that could not be read.
    pub pages: u64,
}

/// If the archive in a data directory is damaged, reads what it can into a new one and puts the damaged one
/// aside, into `damaged-<time>` beside it. The holder of the lock calls this before anybody opens the archive.
/// If the disk cannot be read for a moment, waits; that is never taken for damage.
///
/// # Errors
///
/// [`Error::Unreadable`] when the disk cannot be read; [`Error::Directory`] when the archive cannot be put aside; those of
/// [`Import`] when the new one cannot be written.
pub fn salvage(data_dir: &Path, _lock: &Lock, now: DateTime<Utc>) -> Result<Option<Salvaged>, Error> {
    if is_interrupted(data_dir) {
        change(data_dir, &aside(data_dir, now))?;
        return Ok(None);
    }
    let mut plain = PlainFile::default();
    patiently(data_dir, || {
        let is_damaged = must_go(&mut plain, data_dir).map_err(unreadable(data_dir))?;
        if !is_damaged {
            return Ok(None);
        }
        let salvaged = rescue(&mut plain, data_dir, now, 0)?;
        change(data_dir, &salvaged.aside).map(|()| Some(salvaged))
    })
}

/// Opens something before anybody in this process has the archive open, and retries while it cannot be read. If
/// SQLite reports damage but the disk cannot be read, the error is finally one of reading.
pub(super) fn patiently<T>(data_dir: &Path, mut open: impl FnMut() -> Result<T, Error>) -> Result<T, Error> {
    let mut tries = 0;
    loop {
        tries += 1;
        match open() {
            Err(error) if !error.is_damaged() && !matches!(error, Error::Unreadable { .. }) => return Err(error),
            Err(_) if tries < STARTS => thread::sleep(START_AGAIN),
            Err(error) => {
                read_all(data_dir)?;
                return Err(error);
            }
            done => return done,
        }
    }
}

/// Reads every byte of an archive without SQLite. Nobody in this process may be writing to it.
pub(super) fn read_all(data_dir: &Path) -> Result<(), Error> {
    PlainFile::default().read_all(data_dir).map_err(unreadable(data_dir))
}

fn unreadable(data_dir: &Path) -> impl Fn(io::Error) -> Error {
    |source| Error::Unreadable { path: data_dir.join(connection::FILE), source }
}

/// Writes everything that can be read from a damaged archive into a new one, whose numbers continue after `highest`;
/// [`change`] puts that in place. If the process is killed before, the next start does it again: the damaged archive
/// stays in place until the new one is complete.
fn rescue(plain: &mut PlainFile, data_dir: &Path, now: DateTime<Utc>, highest: Seq) -> Result<Salvaged, Error> {
    let failed = |source| Error::Directory { path: data_dir.to_owned(), source };
    distrust(data_dir).map_err(failed)?;
    let saving = data_dir.join(SAVING);
    for left in [SAVING, SAVED] {
        drop(fs::remove_dir_all(data_dir.join(left)));
    }
    let mut import = Import::open(&saving)?;
    let done =
        read(plain, data_dir, &mut import, highest).and_then(|salvaged| import.reserve(highest).map(|()| salvaged));
    let salvaged = match done.and_then(|salvaged| import.finish().map(|()| salvaged)) {
        Ok(salvaged) => salvaged,
        Err(error) => {
            // The disk space is needed.
            drop(fs::remove_dir_all(&saving));
            return Err(error);
        }
    };
    if salvaged.lost > 0 {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(saving.join(LOST));
        file.and_then(|mut file| write!(file, "{}", salvaged.lost)).map_err(failed)?;
    }
    complete(data_dir, SAVED).map_err(failed)?;
    Ok(Salvaged { aside: aside(data_dir, now), ..salvaged })
}

/// Reads an archive that was put aside, or any other that nobody has open, into this one. Messages that are
/// already there stay as they are.
///
/// # Errors
///
/// [`Error::Missing`] when there is none; [`Error::Unreadable`] when a read fails; those of [`Import`].
pub fn merge(directory: &Path, import: &mut Import) -> Result<Salvaged, Error> {
    if !FILES[..2].iter().any(|name| directory.join(name).exists()) {
        return Err(Error::Missing { path: directory.to_owned() });
    }
    let merged = read(&mut PlainFile::default(), directory, import, 0)?;
    Ok(Salvaged { aside: directory.to_owned(), ..merged })
}

/// Returns whether the archive must not be used as it is. Damage that this check misses is found when it is
/// read.
fn must_go(plain: &mut PlainFile, data_dir: &Path) -> io::Result<bool> {
    let (file, log) = plain.with_log(data_dir)?;
    let [file_length, log_length] = [length(file)?, length(log.as_ref())?];
    let Some(file) = file.filter(|_| file_length > 0) else {
        // SQLite takes an empty file for a new one, and discards its log.
        return Ok(log_length > 0);
    };
    let mut header = [0; HEADER];
    if !fill(file, &mut header, 0)? || !header.starts_with(MAGIC) {
        return Ok(true);
    }
    if log_length == 0 && expected_length(&header).is_some_and(|expected| file_length < expected) {
        return Ok(true);
    }
    let is_suspected = data_dir.join(MARK).exists()
        || (file_length <= LOOKED_THROUGH && look::has_faults(&data_dir.join(connection::FILE)));
    let is_damaged = is_suspected && is_damaged(plain, data_dir)?;
    if !is_damaged {
        trust(data_dir);
    }
    Ok(is_damaged)
}

/// Returns the length of a file according to its header: the number of pages times their size.
fn expected_length(header: &[u8]) -> Option<u64> {
    let size = u16::from_be_bytes(header.get(16..18)?.try_into().ok()?);
    let count = u32::from_be_bytes(header.get(28..32)?.try_into().ok()?);
    let size = if size == 1 { 65_536 } else { u64::from(size) };
    Some(size * u64::from(count))
}

/// Reads the pages in the order of their messages, so that these keep their numbers. `highest` is the last number
/// that this process gave; 0 if it gave none.
fn read(plain: &mut PlainFile, directory: &Path, import: &mut Import, highest: Seq) -> Result<Salvaged, Error> {
    let failed = unreadable(directory);
    let (file, log) = plain.with_log(directory).map_err(&failed)?;
    let pages = Pages::open(file, log.as_ref(), |values| rows::is_kept_in_index(values) || figures::is_count(values))
        .map_err(&failed)?;
    let mut salvaged = Salvaged { aside: PathBuf::new(), messages: 0, known: 0, media: 0, lost: 0, pages: 0 };
    let mut figures = KeptFigures::default();
    let mut order: Vec<(Seq, u32)> = Vec::new();
    let (mut media, mut others) = (Vec::new(), Vec::new());
    for number in pages.numbers() {
        let Some(rows) = pages.rows(number).map_err(&failed)? else {
            salvaged.pages += 1;
            continue;
        };
        figures.look(&rows);
        let first = rows.iter().find_map(|row| Found::of(row).map(|found| found.record.seq));
        order.extend(first.map(|seq| (seq, number)));
        others.extend(rows.iter().filter_map(rows::row));
        media.extend(rows.iter().filter_map(rows::medium));
    }
    order.sort_unstable();
    // Identities of the messages that other rows refer to, which may get other numbers.
    let mut named: HashMap<i64, Option<[u8; identity::LENGTH]>> =
        others.iter().filter_map(|row| row.message).map(|seq| (seq, None)).collect();
    let mut batch = Vec::new();
    for (_, number) in order {
        for row in pages.rows(number).map_err(&failed)?.unwrap_or_default() {
            let Some(found) = Found::of(&row) else { continue };
            if !found.is_whole() {
                salvaged.lost += 1;
                continue;
            }
            figures.found(found.record.seq);
            named.entry(found.record.seq.cast_signed()).and_modify(|of| *of = Some(found.identity));
            batch.push(found);
        }
        let n_bytes = batch.iter().map(|found: &Found| found.record.raw.len()).sum();
        if import.is_turn(batch.len(), n_bytes) {
            salvaged.add(keep(import, &mut batch)?);
        }
    }
    salvaged.add(keep(import, &mut batch)?);
    // Messages of which nothing is left are missing from the count.
    salvaged.lost = salvaged.lost.max(figures.n_lost(salvaged.messages + salvaged.known, highest));
    salvaged.media = import.restore(&media, &named)?;
    import.restore(&others, &named)?;
    Ok(salvaged)
}

impl Salvaged {
    const fn add(&mut self, Imported { new, known }: Imported) {
        self.messages += new;
        self.known += known;
    }
}

fn keep(import: &mut Import, batch: &mut Vec<Found>) -> Result<Imported, Error> {
    let (mut marks, mut entries) = (Vec::new(), Vec::new());
    for Found { identity, record } in batch.drain(..) {
        marks.push((identity, record.marks.is_read, record.marks.is_starred));
        entries.push(ImportEntry::with(identity, record));
    }
    let highest = import.highest()?;
    let imported = import.write(&entries)?;
    import.mark(&marks, highest)?;
    Ok(imported)
}

/// A message on a page.
struct Found {
    identity: [u8; identity::LENGTH],
    record: Record,
}

impl Found {
    /// Reads a row as a message: see `schema`. Rows that are older than a column lack it. A number that no
    /// message can have is rejected, because it would keep the new archive from being written or used.
    fn of((seq, values): &CarvedRow) -> Option<Self> {
        let [CarvedValue::Null, CarvedValue::Blob(identity), CarvedValue::Text(_kind), rest @ ..] = values.as_slice()
        else {
            return None;
        };
        let [
            CarvedValue::Integer(received_at),
            CarvedValue::Integer(verified),
            CarvedValue::Integer(deliveries),
            _fid,
            rest @ ..,
        ] = rest
        else {
            return None;
        };
        let [reply, CarvedValue::Blob(raw), rest @ ..] = rest else { return None };
        let seq = u64::try_from(*seq).ok().filter(|seq| *seq <= line::LARGEST)?;
        let identity = <[u8; identity::LENGTH]>::try_from(identity.as_slice()).ok()?;
        let is_set = |at: usize, default: bool| match rest.get(at) {
            Some(CarvedValue::Integer(value)) => *value != 0,
            _ => default,
        };
        let text = |value: Option<&CarvedValue>| match value {
            Some(CarvedValue::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let charset = text(rest.get(3)).and_then(|name| Charset::named(&name));
        let mut record = Record::decoded(seq, time(*received_at), raw.clone(), charset);
        record.verified = *verified != 0;
        record.deliveries = u64::try_from(*deliveries).unwrap_or(1);
        record.reply = text(Some(reply));
        record.marks.is_read = is_set(0, true);
        record.marks.is_starred = is_set(1, false);
        record.account = text(rest.get(2)).unwrap_or_default();
        Some(Self { identity, record })
    }

    /// Returns whether its bytes are those that were received, according to its identity.
    fn is_whole(&self) -> bool {
        identity::is_identity(&self.identity, &self.record.message, &self.record.raw)
    }
}
