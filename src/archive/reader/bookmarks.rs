//! Reads the bookmarks of followers, which follow the archive under a name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::archive::{Error, spans};
use crate::record::Seq;
use crate::record::target::{BookmarkPlace, Leap};
use crate::weibo::Kind;

use super::Reader;

/// The position of a follower in the archive. Scripts rely on the names in its JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bookmark {
    /// The name of the follower.
    pub name: String,
    /// The last message that the follower has processed; 0 for none.
    pub seq: Seq,
    /// Number of remaining messages after that one.
    pub lag: u64,
}

impl Reader {
    /// Returns all bookmarks, ordered by name.
    pub fn bookmarks(&self) -> Result<Vec<Bookmark>, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut statement = transaction.prepare_cached("SELECT name, seq FROM bookmarks ORDER BY name")?;
        let rows = statement.query_map([], |row| {
            let (name, seq) = (row.get(0)?, row.get(1)?);
            Ok(Bookmark { name, seq, lag: spans::count_after(&transaction, &Kind::ALL, seq)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the highest number of a message; 0 if there is none.
    pub fn highest(&self) -> Result<Seq, Error> {
        Ok(spans::last(&self.connection)?)
    }

    /// Returns the message behind which a bookmark stands after it is moved to a place.
    pub fn place(&self, place: &BookmarkPlace, now: DateTime<Utc>) -> Result<Seq, Error> {
        let first = match place {
            BookmarkPlace::End => None,
            BookmarkPlace::Start => return Ok(0),
            BookmarkPlace::Before(query) => self.find(query, 0, false, now)?,
        };
        Ok(first.map_or(self.highest()?, |first| first.saturating_sub(1)))
    }

    /// Returns how many messages a move of the bookmark with this name to a place would skip or repeat.
    pub fn leap(&self, bookmark: &str, place: &BookmarkPlace, now: DateTime<Utc>) -> Result<Leap, Error> {
        let found = self.bookmarks()?.into_iter().find(|found| found.name == bookmark);
        let left = found.map_or_else(|| self.n_after(0), |found| Ok(found.lag))?;
        let left_then = self.n_after(self.place(place, now)?)?;
        let skipped = left.checked_sub(left_then).map(Leap::Skips);
        Ok(skipped.unwrap_or_else(|| Leap::Repeats(left_then - left)))
    }

    /// Returns the number of messages after a seq that are still there.
    pub fn n_after(&self, seq: Seq) -> Result<u64, Error> {
        Ok(spans::count_after(&self.connection, &Kind::ALL, seq)?)
    }
}
