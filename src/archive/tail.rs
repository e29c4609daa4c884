//! The messages that the search index does not have yet: their notes, kept in memory so that they are found all the same.
//!
//! The archive's file alone says which messages those are. What is kept here saves reading them again; what is missing,
//! because another process or an earlier one wrote it, is read when it is asked for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, params};

use crate::record::{Record, Seq};

use super::index;
use super::note::Note;
use super::reader::time;

/// So many notes are kept at the most, each some 400 bytes: far more than wait for the index even in a flood. Others are
/// read when they are asked for.
const KEPT: usize = 1 << 15;

/// Messages with their notes, in order.
pub(super) type Notes = Vec<(Seq, Arc<Note>)>;

/// Shared by the writer, who adds to it, and those who read in the same process.
#[derive(Debug, Default)]
pub(super) struct Tail(Mutex<BTreeMap<Seq, Arc<Note>>>);

impl Tail {
    /// Takes messages over that are on disk.
    pub(super) fn push(&self, notes: impl IntoIterator<Item = (Seq, Arc<Note>)>) {
        let mut kept = self.kept();
        for (seq, note) in notes {
            if kept.len() < KEPT {
                kept.insert(seq, note);
            }
        }
    }

    /// The notes of all messages that are not indexed.
    pub(super) fn notes(&self, connection: &Connection) -> rusqlite::Result<Notes> {
        let start = index::end(connection)?;
        self.forget_before(start);
        self.between(connection, start..Seq::MAX >> 1)
    }

    /// Lets those go that are found through the index.
    pub(super) fn forget_before(&self, seq: Seq) {
        let mut kept = self.kept();
        *kept = kept.split_off(&seq);
    }

    /// The notes of all messages in a range.
    pub(super) fn between(&self, connection: &Connection, range: Range<Seq>) -> rusqlite::Result<Notes> {
        let (n, sum): (usize, u64) = connection
            .prepare_cached("SELECT count(*), coalesce(sum(seq - ?1), 0) FROM messages WHERE seq >= ?1 AND seq < ?2")?
            .query_row(params![range.start, range.end], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let notes: Notes = self.kept().range(range.clone()).map(|(seq, note)| (*seq, Arc::clone(note))).collect();
        if notes.len() == n && notes.iter().map(|(seq, _)| seq - range.start).sum::<u64>() == sum {
            return Ok(notes);
        }
        self.read(connection, range)
    }

    /// As [`Tail::between`], reading what is not there.
    fn read(&self, connection: &Connection, range: Range<Seq>) -> rusqlite::Result<Notes> {
        let mut messages = connection.prepare_cached(
            "SELECT seq, received_at, verified, raw, account FROM messages WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
        )?;
        let mut rows = messages.query(params![range.start, range.end])?;
        let (mut notes, mut missing) = (Notes::new(), Notes::new());
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            let known = self.kept().get(&seq).cloned();
            let note = if let Some(note) = known {
                note
            } else {
                let mut record = Record::new(seq, time(row.get(1)?), row.get(3)?);
                (record.verified, record.account) = (row.get(2)?, row.get(4)?);
                let note = Arc::new(Note::of(&record));
                missing.push((seq, Arc::clone(&note)));
                note
            };
            notes.push((seq, note));
        }
        self.push(missing);
        Ok(notes)
    }

    /// A panic elsewhere leaves nothing half done here.
    fn kept(&self) -> MutexGuard<'_, BTreeMap<Seq, Arc<Note>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
