//! The messages that the search index does not have yet: their notes, kept in memory so that they are found all the same.
//!
//! The archive's file alone says which messages those are. What is kept here saves reading them again; what is missing,
//! because another process or an earlier one wrote it, is read when it is asked for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, params};

use crate::record::{Record, Seq};
use crate::weibo::Kind;

use super::entry::Note;
use super::{blocks as index, postings};
use crate::archive::reader::time;

/// So many notes are kept at the most, each some 400 bytes: far more than wait for the index even in a flood. Others are
/// read when they are asked for.
const KEPT: usize = 1 << 15;

/// Messages with their notes, in order.
pub(in crate::archive) type Notes = Vec<(Seq, Arc<Note>)>;

/// Shared by the writer, who adds to it, and those who read in the same process.
#[derive(Debug, Default)]
pub(in crate::archive) struct Tail(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    notes: BTreeMap<Seq, Arc<Note>>,
    /// A number was left out, so that another process may have written a message that is not here.
    has_gap: bool,
}

impl Tail {
    /// Takes messages over that are on disk.
    pub(in crate::archive) fn push(&self, notes: impl IntoIterator<Item = (Seq, Arc<Note>)>) {
        let mut kept = self.kept();
        for (seq, note) in notes {
            kept.has_gap |= kept.notes.last_key_value().is_some_and(|(last, _)| seq != last + 1);
            if kept.notes.len() < KEPT {
                kept.notes.insert(seq, note);
            }
        }
    }

    /// The notes of all messages that are not indexed.
    pub(in crate::archive) fn notes(&self, connection: &Connection) -> rusqlite::Result<Notes> {
        self.pick(connection, |seq, note| Some((seq, Arc::clone(note))))
    }

    /// Something of the messages that are not indexed, which is cheaper than all their notes if it is of few.
    pub(in crate::archive) fn pick<T>(
        &self,
        connection: &Connection,
        pick: impl Fn(Seq, &Arc<Note>) -> Option<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let start = index::end(connection)?;
        self.forget_before(start);
        self.pick_between(connection, postings::block(start)..Seq::MAX >> (postings::BLOCK_BITS + 1), pick)
    }

    /// Lets those go that are found through the index.
    pub(in crate::archive) fn forget_before(&self, seq: Seq) {
        let mut kept = self.kept();
        kept.notes = kept.notes.split_off(&seq);
    }

    /// The notes of all messages in a range of blocks.
    pub(in crate::archive) fn between(&self, connection: &Connection, blocks: Range<Seq>) -> rusqlite::Result<Notes> {
        self.pick_between(connection, blocks, |seq, note| Some((seq, Arc::clone(note))))
    }

    fn pick_between<T>(
        &self,
        connection: &Connection,
        blocks: Range<Seq>,
        pick: impl Fn(Seq, &Arc<Note>) -> Option<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let (start, end) = (postings::start(blocks.start), postings::start(blocks.end));
        let highest: Option<Seq> = connection
            .prepare_cached("SELECT max(seq) FROM messages WHERE seq >= ?1 AND seq < ?2")?
            .query_row([start, end], |row| row.get(0))?;
        let Some(highest) = highest else { return Ok(Vec::new()) };
        // A count of the rows would look at each.
        let mut count = connection
            .prepare_cached("SELECT coalesce(sum(n), 0) FROM spans WHERE kind = ?1 AND block >= ?2 AND block < ?3")?;
        let count =
            |kind: Kind| count.query_row(params![kind.name(), blocks.start, blocks.end], |row| row.get::<_, usize>(0));
        let n: usize = Kind::ALL.into_iter().map(count).sum::<rusqlite::Result<_>>()?;
        let kept = self.kept();
        if !kept.has_gap {
            // The writer may be further than this connection.
            let notes = kept.notes.range(start..=highest);
            let (mut count, mut last) = (0, None);
            let counted = notes.inspect(|(seq, _)| (count, last) = (count + 1, Some(**seq)));
            let picked = counted.filter_map(|(seq, note)| pick(*seq, note)).collect();
            if count == n && last == Some(highest) {
                return Ok(picked);
            }
        }
        drop(kept);
        let notes = self.read(connection, start, highest)?;
        Ok(notes.iter().filter_map(|(seq, note)| pick(*seq, note)).collect())
    }

    /// The notes of all messages in a range, reading what is not there and letting go what is not in the archive.
    fn read(&self, connection: &Connection, start: Seq, highest: Seq) -> rusqlite::Result<Notes> {
        let mut messages = connection.prepare_cached(
            "SELECT seq, received_at, verified, raw, account FROM messages WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq",
        )?;
        let mut rows = messages.query([start, highest])?;
        let mut notes = Notes::new();
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            let known = self.kept().notes.get(&seq).cloned();
            let note = if let Some(note) = known {
                note
            } else {
                let mut record = Record::new(seq, time(row.get(1)?), row.get(3)?);
                (record.verified, record.account) = (row.get(2)?, row.get(4)?);
                Arc::new(Note::of(&record))
            };
            notes.push((seq, note));
        }
        let mut kept = self.kept();
        kept.notes.retain(|seq, _| *seq < start || *seq > highest);
        let room = KEPT.saturating_sub(kept.notes.len());
        kept.notes.extend(notes.iter().take(room).cloned());
        // What the writer has added since may have one of its own.
        let is_all = |kept: &Kept| {
            kept.notes.range(..start).next().is_none() && kept.notes.range(highest + 1..).next().is_none()
        };
        kept.has_gap &= !is_all(&kept);
        Ok(notes)
    }

    /// A panic elsewhere leaves nothing half done here.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
