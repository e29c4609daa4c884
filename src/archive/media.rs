//! What is known of files besides the queue: what a download of many would be, and whose message a file came with.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row};

use crate::query::{Query, Term, Test};
use crate::record::media::Weight;
use crate::record::page::Selection;
use crate::record::{Record, Seq};
use crate::weibo::FileId;

use super::reader::SOURCE;
use super::search::{Plan, Side};
use super::{Error, Reader};

/// What is read of each message.
const COLUMNS: &str = "messages.seq, messages.fid, media.state, media.bytes";
/// So many numbers are held in memory at a time.
const AT_ONCE: usize = 10_000;

impl Reader {
    /// How far the files of messages are; one that came with several messages counts once. The times of a query count from
    /// `now`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn weigh(&self, selection: &Selection, now: DateTime<Utc>) -> Result<Weight, Error> {
        let (mut weight, mut seen) = (Weight::default(), HashSet::new());
        let mut add = |row: &Row<'_>| -> rusqlite::Result<Seq> {
            let (fid, state): (Option<i64>, Option<String>) = (row.get(1)?, row.get(2)?);
            match state.as_deref() {
                _ if fid.is_none_or(|fid| !seen.insert(fid)) => {}
                Some("queued") => weight.coming += 1,
                Some("done") => {
                    weight.saved += 1;
                    weight.saved_bytes += row.get::<_, Option<u64>>(3)?.unwrap_or_default();
                }
                Some(_) | None => weight.new += 1,
            }
            row.get(0)
        };
        let transaction = self.connection.unchecked_transaction()?;
        match selection {
            Selection::Seqs(seqs) => {
                let sql = format!("SELECT {COLUMNS} FROM {SOURCE} WHERE messages.seq = ?1");
                let mut statement = transaction.prepare_cached(&sql)?;
                for seq in seqs {
                    statement.query_row([seq], &mut add).optional()?;
                }
            }
            Selection::Query(query) => {
                let has_file = Query { terms: vec![Term { is_not: false, test: Test::HasFile }] };
                let plan = Plan::new(&transaction, &self.tail, &query.and(&has_file), now)?;
                let mut after = 0;
                while let Some(last) =
                    plan.rows(&transaction, COLUMNS, Side::After(after), AT_ONCE, &mut add)?.last().copied()
                {
                    after = last;
                }
            }
        }
        Ok(weight)
    }

    /// The first message that came with a file, if it is still there.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn first_with(&self, fid: FileId) -> Result<Option<Record>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT min(seq) FROM messages WHERE fid = ?1")?;
        match statement.query_row([fid.0.cast_signed()], |row| row.get(0))? {
            Some(seq) => self.record(seq),
            None => Ok(None),
        }
    }
}
