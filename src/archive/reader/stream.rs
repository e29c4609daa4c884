//! How far a stream is followed, and what it is to be told.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, params};

use crate::archive::Error;
use crate::archive::row::{COLUMNS, SOURCE, record};
use crate::record::page::Mark;
use crate::record::{Record, Seq};
use crate::weibo::identity;

use super::Reader;

mod known;

/// How far a stream is followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamPosition {
    /// What tells it from another stream of its name.
    pub created: String,
    /// The place of the last event that was applied.
    pub cursor: u64,
    /// When the stream took that, as it says.
    pub taken: String,
    /// Whether the stream was told since its beginning what it lacks.
    pub is_settled: bool,
}

/// A message of which the stream does not know everything yet.
#[derive(Debug, Clone)]
pub struct Untold {
    /// The message.
    pub record: Record,
    /// What it is known by.
    pub identity: [u8; identity::LENGTH],
    /// The nodes that had it, and how many times each. One without a name stands for those that nobody knows.
    pub copies: Vec<(String, u64)>,
    /// Whether the stream has the message itself.
    pub is_there: bool,
}

/// A mark of which the stream does not know yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntoldMark {
    /// Its number.
    pub id: i64,
    /// The message.
    pub identity: [u8; identity::LENGTH],
    /// The account of the message.
    pub account: String,
    /// Which one; `None` for one of a later weibox.
    pub mark: Option<Mark>,
}

impl Reader {
    /// How far the stream is followed; `None` while it never was.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], as all methods here.
    pub fn stream_position(&self) -> Result<Option<StreamPosition>, Error> {
        let mut statement = self.connection.prepare_cached("SELECT created, cursor, taken, settled FROM stream")?;
        let position = statement.query_row([], |row| {
            Ok(StreamPosition {
                created: row.get(0)?,
                cursor: row.get(1)?,
                taken: row.get(2)?,
                is_settled: row.get(3)?,
            })
        });
        Ok(position.optional()?)
    }

    /// How many messages and marks the stream is to be told of.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn n_untold(&self) -> Result<u64, Error> {
        let sql = "SELECT (SELECT count(*) FROM untold) + (SELECT count(*) FROM untold_marks)";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// The messages after a number that the stream is to be told of now, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn untold(&self, after: Seq, now: DateTime<Utc>, limit: usize) -> Result<Vec<Untold>, Error> {
        let sql = format!(
            "SELECT {COLUMNS}, identity FROM {SOURCE}
             JOIN untold ON untold.seq = messages.seq
             WHERE untold.seq > ?1 AND due <= ?2 ORDER BY untold.seq LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement
            .query_map(params![after, now.timestamp_millis(), limit], |row| Ok((record(row)?, row.get("identity")?)))?;
        let found = rows.collect::<rusqlite::Result<Vec<(Record, _)>>>()?;
        let sql = "SELECT node, n, epoch = (SELECT epoch FROM stream) FROM copies WHERE seq = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut untold = Vec::with_capacity(found.len());
        for (record, identity) in found {
            let rows = statement.query_map([record.seq], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, u64>(1)?, row.get::<_, Option<bool>>(2)?))
            })?;
            let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let is_there = rows.iter().any(|(_, _, is_told)| *is_told == Some(true));
            let mut copies: Vec<_> = rows.into_iter().map(|(node, n, _)| (node, n)).collect();
            let n_named: u64 = copies.iter().filter(|(node, _)| !node.is_empty()).map(|(_, n)| n).sum();
            if record.deliveries > n_named && copies.iter().all(|(node, n)| !node.is_empty() || *n < record.deliveries)
            {
                copies.retain(|(node, _)| !node.is_empty());
                copies.push((String::new(), record.deliveries));
            }
            untold.push(Untold { record, identity, copies, is_there });
        }
        Ok(untold)
    }

    /// The first marks that the stream is to be told of, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn untold_marks(&self, limit: usize) -> Result<Vec<UntoldMark>, Error> {
        let sql = "SELECT id, identity, account, mark FROM untold_marks JOIN messages USING (seq) ORDER BY id LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([limit], |row| {
            let mark: String = row.get(3)?;
            let mark = Mark::from_name(&mark);
            Ok(UntoldMark { id: row.get(0)?, identity: row.get(1)?, account: row.get(2)?, mark })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
