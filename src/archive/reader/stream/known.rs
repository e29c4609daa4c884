//! Reads identities of messages, to compare archives of several nodes. An identity begins with the time of its
//! message, so the identities of one hour are adjacent in the unique index.

use rusqlite::params;

use crate::archive::Error;
use crate::archive::connection::statements::Statements as _;
use crate::archive::reader::{Reader, removals};
use crate::record::Seq;
use crate::weibo::identity::Identity;

impl Reader {
    /// Returns the identities between two bounds, both exclusive, in order and at most `limit`: of the messages
    /// that are here, and of those that were deleted.
    pub fn known(&self, after: &[u8], before: &[u8], limit: usize) -> Result<Vec<Identity>, Error> {
        let sql = "SELECT identity FROM messages WHERE identity > ?1 AND identity < ?2
            UNION SELECT identity FROM gone WHERE identity > ?1 AND identity < ?2
            ORDER BY identity LIMIT ?3";
        self.all(sql, params![after, before, limit], |row| row.get(0))
    }

    /// Returns such identities of the messages that are here, without those that are about to be removed.
    pub fn kept(&self, after: &[u8], before: &[u8], limit: usize) -> Result<Vec<Identity>, Error> {
        let hidden = removals::condition(&self.connection)?;
        let sql = format!(
            "SELECT identity FROM messages WHERE identity > ?1 AND identity < ?2 {hidden} ORDER BY identity LIMIT ?3"
        );
        self.all(&sql, params![after, before, limit], |row| row.get(0))
    }

    /// Returns those of the identities whose messages are neither here nor were deleted.
    pub fn unknown(&self, identities: Vec<Identity>) -> Result<Vec<Identity>, Error> {
        let sql = "SELECT 1 FROM messages WHERE identity = ?1 UNION ALL SELECT 1 FROM gone WHERE identity = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut unknown = Vec::new();
        for identity in identities {
            if !statement.exists([identity])? {
                unknown.push(identity);
            }
        }
        Ok(unknown)
    }

    /// Returns the identity before which deleted messages may be forgotten when `remembered` newer ones are
    /// kept; `None` if there are not as many. Messages without a sending time are remembered for ever.
    pub fn forgettable(&self, remembered: usize) -> Result<Option<Identity>, Error> {
        let sql = "SELECT identity FROM gone ORDER BY identity DESC LIMIT 1 OFFSET ?1";
        Ok(self.connection.find(sql, [remembered.saturating_sub(1)], |row| row.get(0))?)
    }

    /// Returns the numbers and identities of the messages after a number, at most `limit`.
    pub fn newly_known(&self, after: Seq, limit: usize) -> Result<Vec<(Seq, Identity)>, Error> {
        let sql = "SELECT seq, identity FROM messages WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        self.all(sql, params![after, limit], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
