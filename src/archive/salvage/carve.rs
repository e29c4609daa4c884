//! Reads rows out of the pages of a SQLite file without its header, schema and inner pages
//! (<https://www.sqlite.org/fileformat2.html>). This module knows the form of a row, not its meaning.
//!
//! A failed read is an error and ends the carving: bytes that cannot be read are unknown, and must not pass
//! for absent rows.
//!
//! The rows of a frame of the log that is in doubt are added to those of the version before it and never replace
//! them, and each row proves on its own that it is whole.
//!
//! A log that belongs to another state of the file, as beside a backup that was copied back, hides nothing: the rows
//! of the file are added as well.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::io;

use super::MAGIC;
use super::plain::{fill, length};

mod log;

use log::LogFrames;

/// Page size when neither file names one: SQLite's default, which our archives use.
const PAGE: usize = 4096;
/// Length of the file's header, which precedes the page header on the first page.
const HEADER: usize = 100;
/// Offset of the change counter in it.
const COUNTER: usize = 24;
/// Type of a page that holds rows of a table.
const TABLE_LEAF: u8 = 13;
/// Types of pages that hold entries of an index, or the rows of a table without row ids.
const INDEX_LEAF: u8 = 10;
const INDEX_INTERIOR: u8 = 2;
/// The maximum length of a row. weibox never writes a longer one, so a longer length is damage.
const LONGEST: usize = 16 << 20;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum CarvedValue {
    /// NULL, or the key of the row, which is stored elsewhere.
    Null,
    Integer(i64),
    /// A floating-point number, which none of our rows has.
    Real,
    Text(String),
    Blob(Vec<u8>),
}

/// A row: its key and its values. The key of an index entry is a hash of its first two values, which are the
/// key in every index that is wanted.
pub(super) type CarvedRow = (i64, Vec<CarvedValue>);

/// The part of a row that its own page holds.
struct PageCell {
    key: i64,
    /// Number of bytes of the whole record.
    length: usize,
    /// The first bytes of the record.
    record: Vec<u8>,
    /// Number of the page that holds the rest.
    next: u32,
}

/// The pages of a database and its write-ahead log.
pub(super) struct Pages<'a> {
    file: Option<&'a File>,
    log: Option<&'a File>,
    size: usize,
    frames: LogFrames,
    /// Pages on the free list.
    free: HashSet<u32>,
    /// The pages without the log, if that belongs to another state of the file.
    without_log: Option<Box<Self>>,
    /// Number of pages of the file that are in use.
    count: u32,
    /// Tells from the values of an entry whether its index is wanted.
    is_wanted: fn(&[CarvedValue]) -> bool,
}

impl<'a> Pages<'a> {
    /// Reads the layout of the two files, either of which may be missing.
    pub(super) fn open(
        file: Option<&'a File>,
        log: Option<&'a File>,
        is_wanted: fn(&[CarvedValue]) -> bool,
    ) -> io::Result<Self> {
        let size = page_size(file, log)?;
        let frames = log.map(|log| LogFrames::read(log, size)).transpose()?.unwrap_or_default();
        let count = u32::try_from(length(file)? / size as u64).unwrap_or(u32::MAX);
        let mut pages = Self { file, log, size, frames, free: HashSet::new(), without_log: None, count, is_wanted };
        if pages.is_of_another_state()? {
            pages.without_log = Some(Box::new(Self::open(file, None, is_wanted)?));
        } else if let Some(n_pages) = pages.frames.n_pages {
            // The rest was removed, and the file is cut when the log is folded into it.
            pages.count = count.min(n_pages);
            pages.frames.sound.retain(|number, _| *number <= n_pages);
        }
        pages.read_free()?;
        Ok(pages)
    }

    /// Returns the numbers of all pages: those of the file, and those that only the log has. A damaged page
    /// number in the log costs one look, not a look at all pages below it.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        let logged = self.frames.sound.keys().chain(self.frames.doubtful.keys()).copied();
        let mut beyond: Vec<u32> = logged.filter(|number| *number > self.count).collect();
        beyond.sort_unstable();
        beyond.dedup();
        (1..=self.count).chain(beyond)
    }

    /// Returns the number of bytes of all pages.
    fn length(&self) -> usize {
        (self.count as usize + self.frames.sound.len() + self.frames.doubtful.len()) * self.size
    }

    /// Returns the live rows of a page; `None` when it is broken or beyond the end of the file, no rows when
    /// it holds none.
    pub(super) fn rows(&self, number: u32) -> io::Result<Option<Vec<CarvedRow>>> {
        let rows = self.newest_rows(number)?;
        let others = self.without_log.as_ref().map(|pages| pages.rows(number)).transpose()?;
        // Another state may have another table or another message there.
        let thing = |(key, values): &CarvedRow| (*key, values.iter().take(3).cloned().collect::<Vec<_>>());
        Ok(added(rows, others.flatten(), thing))
    }

    fn newest_rows(&self, number: u32) -> io::Result<Option<Vec<CarvedRow>>> {
        if self.free.contains(&number) {
            return Ok(Some(Vec::new()));
        }
        let sound = match self.page(number)? {
            Some(page) => self.rows_of(number, &page)?,
            None => None,
        };
        let doubtful = match self.frames.doubtful.get(&number) {
            Some(at) => self.read(self.log, *at)?.map(|page| self.rows_of(number, &page)).transpose()?.flatten(),
            None => None,
        };
        Ok(added(sound, doubtful, |(key, _)| *key))
    }

    /// Returns the rows of this version of a page; `None` when it is broken, no rows when it holds none.
    fn rows_of(&self, number: u32, page: &[u8]) -> io::Result<Option<Vec<CarvedRow>>> {
        let start = if number == 1 { HEADER } else { 0 };
        match page.get(start) {
            Some(&TABLE_LEAF) => {}
            Some(&INDEX_LEAF) => return self.entries(page, 8, 0).map(Some),
            Some(&INDEX_INTERIOR) => return self.entries(page, 12, 4).map(Some),
            _ => return Ok(Some(Vec::new())),
        }
        let Some(n_cells) = u16_at(page, start + 3).map(usize::from) else { return Ok(None) };
        let mut rows = Vec::with_capacity(n_cells);
        let mut is_whole = true;
        for cell in 0..n_cells {
            let row = match u16_at(page, start + 8 + cell * 2) {
                Some(at) => self.row(page, usize::from(at))?,
                None => None,
            };
            is_whole &= row.is_some();
            rows.extend(row);
        }
        Ok((is_whole || !rows.is_empty()).then_some(rows))
    }

    /// Returns the wanted rows of an index page, whose cells begin with `skipped` bytes. All entries of a
    /// page belong to one index, so the first entry that can be read decides about the others.
    fn entries(&self, page: &[u8], header: usize, skipped: usize) -> io::Result<Vec<CarvedRow>> {
        let mut rows = Vec::new();
        for cell in 0..u16_at(page, 3).map(usize::from).unwrap_or_default() {
            let at = u16_at(page, header + cell * 2).map(usize::from);
            let Some(entry) = at.and_then(|at| self.cell(page, at + skipped, false)) else { continue };
            let Some(values) = self.values(entry)? else { continue };
            if !(self.is_wanted)(&values) {
                break;
            }
            let mut hasher = DefaultHasher::new();
            values.get(..2).hash(&mut hasher);
            rows.push((hasher.finish().cast_signed(), values));
        }
        Ok(rows)
    }

    /// Reads the newest version of a page that is not in doubt; `None` when the page is beyond the end of the
    /// file.
    fn page(&self, number: u32) -> io::Result<Option<Vec<u8>>> {
        match (self.frames.sound.get(&number), number.checked_sub(1), self.frames.doubtful.get(&number)) {
            (Some(at), _, _) => self.read(self.log, *at),
            (None, _, Some(at)) if number > self.count => self.read(self.log, *at),
            (None, Some(before), _) => self.read(self.file, u64::from(before) * self.size as u64),
            (None, None, _) => Ok(None),
        }
    }

    /// Reads the page at an offset of a file; `None` when the file ends before.
    fn read(&self, file: Option<&File>, at: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = file else { return Ok(None) };
        let mut page = vec![0; self.size];
        Ok(fill(file, &mut page, at)?.then_some(page))
    }

    /// Returns whether the log belongs to another state of the file, by the change counter. That never decreases: a
    /// log begins with at most the next number after that of the file, and what is copied from the log into the file
    /// has a number of the log.
    fn is_of_another_state(&self) -> io::Result<bool> {
        let mut header = [0; HEADER];
        let (Some(file), Some((first, last))) = (self.file, self.frames.counters) else { return Ok(false) };
        let counter = fill(file, &mut header, 0)?.then(|| u32_at(&header, COUNTER)).flatten();
        Ok(header.starts_with(MAGIC)
            && counter.is_some_and(|counter| !(first.saturating_sub(1)..=last).contains(&counter)))
    }

    /// Records the pages on the free list, as far as the list can be followed.
    fn read_free(&mut self) -> io::Result<()> {
        let mut trunk = self.page(1)?.and_then(|page| u32_at(&page, 32)).unwrap_or_default();
        // A chain that returns to a page it visited is damaged, and ends.
        while trunk > 0 && self.free.insert(trunk) {
            let Some(page) = self.page(trunk)? else { break };
            let n_leaves = u32_at(&page, 4).unwrap_or_default() as usize;
            let leaves = (0..n_leaves.min(self.size / 4)).filter_map(|leaf| u32_at(&page, 8 + leaf * 4));
            self.free.extend(leaves);
            trunk = u32_at(&page, 0).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads a row of a table leaf, the rest of which may lie on other pages; `None` when it is broken.
    fn row(&self, page: &[u8], at: usize) -> io::Result<Option<CarvedRow>> {
        let Some(cell) = self.cell(page, at, true) else { return Ok(None) };
        let key = cell.key;
        Ok(self.values(cell)?.map(|values| (key, values)))
    }

    /// Reads the values of a row, the rest of which may lie on other pages; `None` when it is broken.
    fn values(&self, cell: PageCell) -> io::Result<Option<Vec<CarvedValue>>> {
        let PageCell { length, mut record, mut next, .. } = cell;
        while record.len() < length {
            let Some(page) = self.page(next)? else { return Ok(None) };
            let wanted = (length - record.len()).min(self.size - 4);
            let (Some(after), Some(bytes)) = (u32_at(&page, 0), page.get(4..4 + wanted)) else { return Ok(None) };
            record.extend_from_slice(bytes);
            next = after;
        }
        Ok(values(&record))
    }

    /// Reads the part of a row that its own page holds. Entries of an index have no key.
    fn cell(&self, page: &[u8], at: usize, has_key: bool) -> Option<PageCell> {
        let (length, after_length) = varint(page, at)?;
        let (key, start) = if has_key { varint(page, after_length)? } else { (0, after_length) };
        // A length beyond the file is damage; the limit also ends a chain of pages.
        let longest = LONGEST.min(self.length());
        let length = usize::try_from(length).ok().filter(|length| *length <= longest)?;
        let most = if has_key { self.size - 35 } else { (self.size - 12) * 64 / 255 - 23 };
        let local = if length <= most {
            length
        } else {
            let least = (self.size - 12) * 32 / 255 - 23;
            let fitting = least + (length - least) % (self.size - 4);
            if fitting <= most { fitting } else { least }
        };
        let record = page.get(start..start + local)?.to_vec();
        let next = if local < length { u32_at(page, start + local)? } else { 0 };
        Some(PageCell { key, length, record, next })
    }
}

/// Returns the page size that the log or the file names, if it is a possible one.
fn page_size(file: Option<&File>, log: Option<&File>) -> io::Result<usize> {
    let is_possible = |size: &usize| (512..=32_768).contains(size) && size.is_power_of_two();
    let mut bytes = [0; 4];
    if let Some(log) = log
        && fill(log, &mut bytes, 8)?
        && let Some(size) = usize::try_from(u32::from_be_bytes(bytes)).ok().filter(is_possible)
    {
        return Ok(size);
    }
    let mut bytes = [0; 2];
    if let Some(file) = file
        && fill(file, &mut bytes, 16)?
        && let Some(size) = Some(usize::from(u16::from_be_bytes(bytes))).filter(is_possible)
    {
        return Ok(size);
    }
    Ok(PAGE)
}

/// Adds the rows of another version of a page, except those of a thing that is known.
fn added<T: Eq + Hash>(
    rows: Option<Vec<CarvedRow>>,
    others: Option<Vec<CarvedRow>>,
    thing: impl Fn(&CarvedRow) -> T,
) -> Option<Vec<CarvedRow>> {
    let (mut rows, mut others) = match (rows, others) {
        (Some(rows), Some(others)) => (rows, others),
        (rows, others) => return rows.or(others),
    };
    let known: HashSet<T> = rows.iter().map(&thing).collect();
    others.retain(|row| !known.contains(&thing(row)));
    rows.append(&mut others);
    Some(rows)
}

/// Parses the values of a record: a header with the type of each value, then their bytes.
fn values(record: &[u8]) -> Option<Vec<CarvedValue>> {
    let (header, mut at) = varint(record, 0)?;
    let header = usize::try_from(header).ok()?;
    let mut body = header;
    let mut values = Vec::new();
    while at < header {
        let (kind, next) = varint(record, at)?;
        at = next;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((kind - 12) / 2).ok()?,
        };
        let bytes = record.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            0 => CarvedValue::Null,
            1..=6 => CarvedValue::Integer(integer(bytes)),
            7 => CarvedValue::Real,
            8 | 9 => CarvedValue::Integer(kind - 8),
            _ if kind % 2 == 0 => CarvedValue::Blob(bytes.to_vec()),
            _ => CarvedValue::Text(String::from_utf8(bytes.to_vec()).ok()?),
        });
    }
    Some(values)
}

/// Reads a big-endian two's complement number.
fn integer(bytes: &[u8]) -> i64 {
    let start = if bytes.first().is_some_and(|first| *first >= 0x80) { -1 } else { 0 };
    bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte))
}

/// Reads a varint, seven bits a byte with a whole ninth byte, and returns where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    let mut value = 0_i64;
    for (index, byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | i64::from(*byte), at + 9));
        }
        value = value << 7 | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + index + 1));
        }
    }
    None
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::ops::Range;
    use std::path::Path;
    use std::sync::OnceLock;

    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::log::FRAME_HEADER;
    use super::*;

    /// Creates a database with rows of every kind, some longer than a page, half of them still in the log.
    fn database(directory: &Path) -> Vec<(i64, i64, Option<String>, Vec<u8>)> {
        let path = directory.join("d");
        let rows: Vec<_> = (1..=40_i64)
            .map(|key| {
                let text = (key % 7 > 0).then(|| "字".repeat(usize::try_from(key).unwrap()));
                (key * 3, (key - 30) * 1_234_567_891, text, vec![0xab; usize::try_from(key * key * 5).unwrap()])
            })
            .collect();
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.execute_batch("CREATE TABLE t (k INTEGER PRIMARY KEY, n INTEGER, s TEXT, b BLOB)").unwrap();
        for (index, row) in rows.iter().enumerate() {
            connection.execute("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", (row.0, row.1, &row.2, &row.3)).unwrap();
            if index == 20 {
                connection.pragma_update(None, "wal_checkpoint", "truncate").unwrap();
            }
        }
        for name in ["d", "d-wal"] {
            std::fs::copy(directory.join(name), directory.join(format!("copy-{name}"))).unwrap();
        }
        rows
    }

    fn carve(directory: &Path) -> Vec<CarvedRow> {
        let [file, log] = ["copy-d", "copy-d-wal"].map(|name| File::open(directory.join(name)).unwrap());
        let pages = Pages::open(Some(&file), Some(&log), |_| false).unwrap();
        let numbers = pages.numbers().skip(1);
        let mut rows: Vec<CarvedRow> = numbers.filter_map(|number| pages.rows(number).unwrap()).flatten().collect();
        rows.sort_by_key(|(key, _)| *key);
        rows
    }

    #[test]
    fn every_row_is_read_even_without_the_first_page() {
        let directory = tempfile::tempdir().unwrap();
        let rows = database(directory.path());
        let expected: Vec<CarvedRow> = rows
            .into_iter()
            .map(|(key, n, text, blob)| {
                let text = text.map_or(CarvedValue::Null, CarvedValue::Text);
                (key, vec![CarvedValue::Null, CarvedValue::Integer(n), text, CarvedValue::Blob(blob)])
            })
            .collect();
        assert_eq!(carve(directory.path()), expected);
        let path = directory.path().join("copy-d");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[..PAGE].fill(0);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(carve(directory.path()), expected);
    }

    #[test]
    fn what_was_removed_does_not_come_back_although_the_file_is_not_cut_yet() {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::open(directory.path().join("d")).unwrap();
        connection.pragma_update(None, "auto_vacuum", "incremental").unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.execute_batch("CREATE TABLE t (k INTEGER PRIMARY KEY, s TEXT)").unwrap();
        for key in 1..=500 {
            connection.execute("INSERT INTO t VALUES (?1, ?2)", (key, "字".repeat(100))).unwrap();
        }
        connection.pragma_update(None, "wal_checkpoint", "truncate").unwrap();
        connection.execute("DELETE FROM t WHERE k > 5", []).unwrap();
        let mut vacuum = connection.prepare("PRAGMA incremental_vacuum").unwrap();
        let mut steps = vacuum.query([]).unwrap();
        while steps.next().unwrap().is_some() {}
        for name in ["d", "d-wal"] {
            std::fs::copy(directory.path().join(name), directory.path().join(format!("copy-{name}"))).unwrap();
        }
        let keys: Vec<i64> = carve(directory.path()).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_damaged_end_of_the_log_hides_no_page_that_the_file_has() {
        let directory = tempfile::tempdir().unwrap();
        let connection = Connection::open(directory.path().join("d")).unwrap();
        connection.pragma_update(None, "journal_mode", "wal").unwrap();
        connection.execute_batch("CREATE TABLE t (k INTEGER PRIMARY KEY, s TEXT)").unwrap();
        for key in 1..=200 {
            connection.execute("INSERT INTO t VALUES (?1, ?2)", (key, "字".repeat(100))).unwrap();
        }
        connection.pragma_update(None, "wal_checkpoint", "full").unwrap();
        for name in ["d", "d-wal"] {
            std::fs::copy(directory.path().join(name), directory.path().join(format!("copy-{name}"))).unwrap();
        }
        let (path, frame) = (directory.path().join("copy-d-wal"), FRAME_HEADER + PAGE);
        let whole = std::fs::read(&path).unwrap();
        let half = 32 + (whole.len() - 32) / frame / 2 * frame;
        let mut spoilt = whole.clone();
        spoilt[half..].chunks_exact_mut(frame).for_each(|frame| frame[8..16].fill(0x5a));
        let cut = whole[..half + frame / 2].to_vec();
        for log in [spoilt, cut] {
            std::fs::write(&path, log).unwrap();
            let last = carve(directory.path()).last().map(|(key, _)| *key);
            assert_eq!(last, Some(200));
        }
    }

    #[test]
    fn a_log_beside_an_older_or_newer_file_than_its_own_hides_no_row() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        // As a process that starts, writes, and is killed or ends.
        let turn = |keys: Range<i64>, ends: bool| {
            let connection = Connection::open(path("d")).unwrap();
            connection.pragma_update(None, "journal_mode", "wal").unwrap();
            connection
                .execute_batch("CREATE TABLE IF NOT EXISTS t (k INTEGER PRIMARY KEY, s TEXT); DELETE FROM t")
                .unwrap();
            for key in keys {
                connection.execute("INSERT INTO t VALUES (?1, ?2)", (key, "字".repeat(2_000))).unwrap();
            }
            if ends {
                connection.pragma_update(None, "wal_checkpoint", "truncate").unwrap();
            } else {
                std::fs::copy(path("d-wal"), path("copy-d-wal")).unwrap();
            }
        };
        turn(0..30, true);
        std::fs::copy(path("d"), path("older")).unwrap();
        turn(30..60, true);
        turn(60..90, false);
        std::fs::copy(path("d"), path("own")).unwrap();
        turn(90..120, true);
        turn(120..150, true);
        let both = |keys: Range<i64>| keys.chain(60..90).collect::<BTreeSet<i64>>();
        for (name, keys) in [("older", both(0..30)), ("own", both(60..90)), ("d", both(120..150))] {
            std::fs::copy(path(name), path("copy-d")).unwrap();
            let found: BTreeSet<i64> = carve(directory.path()).iter().map(|(key, _)| *key).collect();
            assert_eq!(found, keys, "{name}");
        }
    }

    #[test]
    fn a_log_of_another_state_hides_no_row_that_only_has_the_key_of_one_of_its_own() {
        const T: &str = "CREATE TABLE t (k INTEGER PRIMARY KEY, s TEXT); INSERT INTO t VALUES";
        let text = |key: i64, text: &str| (key, vec![CarvedValue::Null, CarvedValue::Text(text.to_owned())]);
        let (one, two, number) =
            (text(1, "one"), text(2, "two"), (1, vec![CarvedValue::Null, CarvedValue::Integer(7)]));
        for (last, found) in [
            (
                "CREATE TABLE u (k INTEGER PRIMARY KEY, n INTEGER); INSERT INTO u VALUES (1, 7)",
                vec![number, one.clone(), two.clone()],
            ),
            (&format!("{T} (1, 'uno'), (2, 'two')"), vec![text(1, "uno"), one, two]),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let path = |name: &str| directory.path().join(name);
            // The tables have the same page, one after the other.
            for batch in [&format!("{T} (1, 'one'), (2, 'two')"), "DROP TABLE t", last] {
                let connection = Connection::open(path("d")).unwrap();
                connection.pragma_update(None, "journal_mode", "wal").unwrap();
                connection.execute_batch(batch).unwrap();
                std::fs::copy(path("d-wal"), path("copy-d-wal")).unwrap();
                drop(connection);
                if !path("copy-d").exists() {
                    std::fs::copy(path("d"), path("copy-d")).unwrap();
                }
            }
            assert_eq!(carve(directory.path()), found, "{last}");
        }
    }

    #[test]
    fn a_page_number_out_of_this_world_costs_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let n_rows = database(directory.path()).len();
        let path = directory.path().join("copy-d-wal");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[32..36].copy_from_slice(&0xa500_0001_u32.to_be_bytes());
        std::fs::write(&path, bytes).unwrap();
        let [file, log] = [directory.path().join("copy-d"), path].map(|path| File::open(path).unwrap());
        let pages = Pages::open(Some(&file), Some(&log), |_| false).unwrap();
        assert!(pages.numbers().count() < 1000);
        assert!(carve(directory.path()).len() + 20 > n_rows, "the others are read");
    }

    #[test]
    fn a_frame_with_a_wrong_checksum_hides_no_row_of_the_version_before_and_gives_those_that_are_whole() {
        let directory = tempfile::tempdir().unwrap();
        let n_rows = database(directory.path()).len();
        let path = directory.path().join("copy-d-wal");
        let whole = std::fs::read(&path).unwrap();
        let frame = FRAME_HEADER + PAGE;
        // A write that broke off: the frame is there, its page is not. Once for each page that the log has.
        let mut torn = whole.clone();
        for head in whole[32..].chunks_exact(frame).map(|frame| &frame[..FRAME_HEADER]) {
            let ends = [&head[..4], &1_u32.to_be_bytes(), &head[8..]].concat();
            torn.extend([ends.as_slice(), &[0; PAGE]].concat());
        }
        std::fs::write(&path, torn).unwrap();
        assert_eq!(carve(directory.path()).len(), n_rows);
        // A damaged frame yields its rows, and does not invalidate the frames after it.
        for damaged in 0..(whole.len() - 32) / frame {
            let mut bytes = whole.clone();
            let at = 32 + damaged * frame + FRAME_HEADER + PAGE - 8;
            bytes[at..at + 8].fill(0x5a);
            std::fs::write(&path, bytes).unwrap();
            assert!(carve(directory.path()).len() + 2 > n_rows, "{damaged}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_damage_makes_it_fall(places in prop::collection::vec((0_usize..150_000, any::<u8>()), 0..200), end in 0_usize..150_000) {
            static WHOLE: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
            let directory = tempfile::tempdir().unwrap();
            let names = ["copy-d", "copy-d-wal"];
            let whole = WHOLE.get_or_init(|| {
                database(directory.path());
                names.map(|name| std::fs::read(directory.path().join(name)).unwrap())
            });
            for (name, whole) in names.into_iter().zip(whole) {
                let path = directory.path().join(name);
                let mut bytes = whole.clone();
                for (at, value) in &places {
                    let length = bytes.len();
                    bytes[at % length] = *value;
                }
                bytes.truncate(end);
                std::fs::write(&path, bytes).unwrap();
            }
            carve(directory.path());
        }
    }
}
