//! Reads the bookmarks of followers, which follow the archive under a name.

use crate::archive::{Error, spans};
use crate::record::Seq;
use crate::weibo::Kind;

use super::Reader;

/// The position of a follower in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// The name of the follower.
    pub name: String,
    /// The last message that the follower has processed; 0 for none.
    pub seq: Seq,
    /// Number of remaining messages after that one.
    pub lag: u64,
}

impl Reader {
    /// All bookmarks, by their names.
    pub fn bookmarks(&self) -> Result<Vec<Bookmark>, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut statement = transaction.prepare_cached("SELECT name, seq FROM bookmarks ORDER BY name")?;
        let rows = statement.query_map([], |row| {
            let (name, seq) = (row.get(0)?, row.get(1)?);
            Ok(Bookmark { name, seq, lag: spans::count_after(&transaction, &Kind::ALL, seq)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The highest number of a message; 0 while there is none.
    pub fn highest(&self) -> Result<Seq, Error> {
        Ok(self.connection.query_row("SELECT coalesce(max(seq), 0) FROM messages", [], |row| row.get(0))?)
    }

    /// How many messages came after a number and are still there.
    pub fn n_after(&self, seq: Seq) -> Result<u64, Error> {
        Ok(spans::count_after(&self.connection, &Kind::ALL, seq)?)
    }
}
