//! A damaged archive: recognised before it is used, put aside as it is, and read into a new one as far as its pages go.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::error::is_damage;
use super::import::{Import, ImportEntry, SalvagedMedium};
use super::row::time;
use super::{Error, Lock, connection};
use crate::record::{Record, Seq};
use crate::weibo::identity;

mod carve;

use carve::{CarvedRow, Pages, Value};

/// Beside the archive, while it is known to be damaged.
const MARK: &str = "weibox.db.damaged";
/// Where the new archive is made, and what that directory is called when it is whole: then only the change is left to do.
const SAVING: &str = "saving";
const SAVED: &str = "saved";
/// Up to this size the whole file is looked through at every start, which takes some 20 ms; a larger one is when it was
/// found to be damaged.
const LOOKED_THROUGH: u64 = 16 << 20;
/// So begins every SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// The archive, its log, and the map of its log.
const FILES: [&str; 3] = [connection::FILE, "weibox.db-wal", "weibox.db-shm"];

/// What was saved from a damaged archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// Where the damaged one is now.
    pub aside: PathBuf,
    /// So many messages.
    pub messages: u64,
    /// What is known of so many media; their files were not touched.
    pub media: u64,
    /// So many messages were found whose bytes are not those that were received.
    pub broken: u64,
    /// So many pages of the file could not be read.
    pub pages: u64,
}

/// Records that an archive is damaged, so that the next start salvages it.
pub(super) fn distrust(data_dir: &Path) -> io::Result<()> {
    fs::write(data_dir.join(MARK), "")
}

/// If the archive in a data directory is damaged, reads what can be read of it into a new one and puts it aside, into
/// `damaged-<time>` beside it. To be called before anybody opens it, by who has the lock.
///
/// # Errors
///
/// [`Error::Directory`] when it cannot be put aside; those of [`Import`] when the new one cannot be written.
pub fn salvage(data_dir: &Path, _lock: &Lock, now: DateTime<Utc>) -> Result<Option<Salvaged>, Error> {
    let is_interrupted =
        data_dir.join(SAVED).join(connection::FILE).exists() && !data_dir.join(connection::FILE).exists();
    if is_interrupted {
        change(data_dir, now)?;
        return Ok(None);
    }
    if is_damaged(data_dir) { replace(data_dir, now, 0).map(Some) } else { Ok(None) }
}

/// Replaces a damaged archive by one of what can be read of it, whose numbers go on after `highest`. Whoever is killed
/// before its end leaves it to the next start: until the new one is whole the damaged one stays where it is.
pub(super) fn replace(data_dir: &Path, now: DateTime<Utc>, highest: Seq) -> Result<Salvaged, Error> {
    let failed = |source| Error::Directory { path: data_dir.to_owned(), source };
    distrust(data_dir).map_err(failed)?;
    let [saving, saved] = [SAVING, SAVED].map(|name| data_dir.join(name));
    for left in [&saving, &saved] {
        drop(fs::remove_dir_all(left));
    }
    let mut salvaged = Salvaged { aside: PathBuf::new(), messages: 0, media: 0, broken: 0, pages: 0 };
    let pages = Pages::open(&data_dir.join(FILES[0]), &data_dir.join(FILES[1])).map_err(failed)?;
    let mut import = Import::open(&saving)?;
    let done = read(&pages, &mut import, &mut salvaged).and_then(|()| import.reserve(highest));
    if let Err(error) = done.and_then(|()| import.finish()) {
        // Its room is wanted.
        drop(fs::remove_dir_all(&saving));
        // To close a file takes the locks away that this process has on it (POSIX), and SQLite has some.
        std::mem::forget(pages);
        return Err(error);
    }
    fs::rename(&saving, &saved).map_err(failed)?;
    salvaged.aside = change(data_dir, now)?;
    Ok(salvaged)
}

/// Puts the damaged archive aside and the new one, which is whole, in its place. Returns where the damaged one is.
fn change(data_dir: &Path, now: DateTime<Utc>) -> Result<PathBuf, Error> {
    let name = format!("damaged-{}", now.format("%Y%m%dT%H%M%S"));
    let names = (2..).map(|number| format!("{name}-{number}"));
    let mut places = std::iter::once(name.clone()).chain(names).map(|name| data_dir.join(name));
    let aside = places.find(|place| !place.exists()).unwrap_or_default();
    let saved = data_dir.join(SAVED);
    let changed = put_aside(data_dir, &aside)
        .and_then(|()| fs::rename(saved.join(connection::FILE), data_dir.join(connection::FILE)))
        .and_then(|()| fs::File::open(data_dir)?.sync_all());
    changed.map_err(|source| Error::Directory { path: aside.clone(), source })?;
    drop(fs::remove_dir_all(saved));
    drop(fs::remove_file(data_dir.join(MARK)));
    Ok(aside)
}

/// Whether it must not be used as it is. What this does not see is seen when it is read.
fn is_damaged(data_dir: &Path) -> bool {
    let [file, log] = [FILES[0], FILES[1]].map(|name| data_dir.join(name));
    let length = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    if data_dir.join(MARK).exists() {
        return true;
    }
    if length(&file) == 0 {
        // SQLite takes an empty file for a new one, and throws its log away.
        return length(&log) > 0;
    }
    let Ok(header) = head(&file) else { return false };
    if !header.starts_with(MAGIC) {
        return true;
    }
    let is_cut = length(&log) == 0 && expected_length(&header).is_some_and(|expected| length(&file) < expected);
    is_cut || (length(&file) <= LOOKED_THROUGH && has_faults(&file))
}

/// The first hundred bytes, or fewer.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    use io::Read as _;
    let mut head = Vec::new();
    fs::File::open(path)?.take(100).read_to_end(&mut head)?;
    Ok(head)
}

/// How long a file has to be by its own header: pages times their size.
fn expected_length(header: &[u8]) -> Option<u64> {
    let size = u16::from_be_bytes(header.get(16..18)?.try_into().ok()?);
    let count = u32::from_be_bytes(header.get(28..32)?.try_into().ok()?);
    let size = if size == 1 { 65_536 } else { u64::from(size) };
    Some(size * u64::from(count))
}

/// Whether SQLite finds a fault. What keeps it from looking, such as a lock, is none.
fn has_faults(path: &Path) -> bool {
    let found = Connection::open(path)
        .and_then(|connection| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)));
    match found {
        Ok(words) => words != "ok",
        Err(error) => is_damage(&error),
    }
}

fn put_aside(data_dir: &Path, aside: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(aside)?;
    for name in FILES {
        match fs::rename(data_dir.join(name), aside.join(name)) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    fs::File::open(data_dir)?.sync_all()
}

/// Reads the pages in the order of their messages, so that these keep their numbers.
fn read(pages: &Pages, import: &mut Import, salvaged: &mut Salvaged) -> Result<(), Error> {
    let mut order: Vec<(Seq, u32)> = Vec::new();
    let (mut media, mut bookmarks) = (Vec::new(), Vec::new());
    for number in pages.numbers() {
        let Some(rows) = pages.rows(number) else {
            salvaged.pages += 1;
            continue;
        };
        let first = rows.iter().find_map(|row| Found::of(row).map(|found| found.record.seq));
        order.extend(first.map(|seq| (seq, number)));
        bookmarks.extend(rows.iter().filter_map(bookmark));
        media.extend(rows.into_iter().filter_map(medium));
    }
    order.sort_unstable();
    let mut batch = Vec::new();
    for (_, number) in order {
        for row in pages.rows(number).unwrap_or_default() {
            let Some(found) = Found::of(&row) else { continue };
            if found.is_whole() { batch.push(found) } else { salvaged.broken += 1 }
        }
        if batch.len() >= import.turn() {
            salvaged.messages += keep(import, &mut batch)?;
        }
    }
    salvaged.messages += keep(import, &mut batch)?;
    salvaged.media = import.restore(&media)?;
    import.restore_bookmarks(&bookmarks)
}

fn keep(import: &mut Import, batch: &mut Vec<Found>) -> Result<u64, Error> {
    let (mut marks, mut entries) = (Vec::new(), Vec::new());
    for Found { identity, record } in batch.drain(..) {
        marks.push((identity, record.is_read, record.is_starred));
        entries.push(ImportEntry::new(record));
    }
    let imported = import.write(&entries)?;
    import.mark(&marks)?;
    Ok(imported.new)
}

/// A message on a page.
struct Found {
    identity: Vec<u8>,
    record: Record,
}

impl Found {
    /// The row as a message: see `schema`. Rows that are older than a column lack it.
    fn of((seq, values): &CarvedRow) -> Option<Self> {
        let [Value::Null, Value::Blob(identity), Value::Text(_kind), rest @ ..] = values.as_slice() else {
            return None;
        };
        let [Value::Integer(received_at), Value::Integer(verified), Value::Integer(deliveries), _fid, rest @ ..] = rest
        else {
            return None;
        };
        let [reply, Value::Blob(raw), rest @ ..] = rest else { return None };
        if identity.len() != identity::LENGTH {
            return None;
        }
        let is_set = |at: usize, default: bool| match rest.get(at) {
            Some(Value::Integer(value)) => *value != 0,
            _ => default,
        };
        let text = |value: Option<&Value>| match value {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let mut record = Record::new(seq.cast_unsigned(), time(*received_at), raw.clone());
        record.verified = *verified != 0;
        record.deliveries = deliveries.cast_unsigned();
        record.reply = text(Some(reply));
        record.is_read = is_set(0, true);
        record.is_starred = is_set(1, false);
        record.account = text(rest.get(2)).unwrap_or_default();
        Some(Self { identity: identity.clone(), record })
    }

    /// Whether its bytes are those that were received, which its identity tells.
    fn is_whole(&self) -> bool {
        identity::identity(&self.record.message, &self.record.raw) == *self.identity
    }
}

/// The row as a bookmark: its name, and the last message that its follower has.
fn bookmark((_id, values): &CarvedRow) -> Option<(String, i64)> {
    match values.as_slice() {
        [Value::Null, Value::Text(name), Value::Integer(seq)] => Some((name.clone(), *seq)),
        _ => None,
    }
}

/// The row as what is known of a medium.
fn medium((fid, values): CarvedRow) -> Option<SalvagedMedium> {
    let mut values = values.into_iter();
    let (Value::Null, Value::Text(state), Value::Integer(_attempts), Value::Integer(_next_try_at)) =
        (values.next()?, values.next()?, values.next()?, values.next()?)
    else {
        return None;
    };
    let mut text = || match values.next() {
        Some(Value::Text(text)) => Some(Some(text)),
        Some(Value::Null) => Some(None),
        _ => None,
    };
    let (reason, file) = (text()?, text()?);
    let bytes = match values.next() {
        Some(Value::Integer(bytes)) => Some(bytes),
        _ => None,
    };
    // After whose it is; older versions have neither.
    let sha256 = match values.nth(1) {
        Some(Value::Text(digits)) => Some(digits),
        _ => None,
    };
    Some(SalvagedMedium { fid, state, reason, file, bytes, sha256 })
}
