//! What is known of senders.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _};

use crate::archive::Error;
use crate::archive::row::time;
use crate::record::Record;
use crate::weibo::UserId;

use super::Reader;

/// What Weibo told of a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The nickname; empty when Weibo told none. Foreign text.
    pub nickname: String,
    /// When Weibo was asked last.
    pub asked_at: DateTime<Utc>,
}

impl Reader {
    /// What Weibo told of a sender; `None` when it was not asked.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn person(&self, fan: UserId) -> Result<Option<Person>, Error> {
        let sql = "SELECT nickname, asked_at FROM people WHERE fan = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let person = |row: &rusqlite::Row<'_>| Ok(Person { nickname: row.get(0)?, asked_at: time(row.get(1)?) });
        Ok(statement.query_row([fan.0.cast_signed()], person).optional()?)
    }

    /// The names of the senders of some messages, as far as they are known.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn names_of(&self, records: &[Record]) -> Result<BTreeMap<UserId, String>, Error> {
        Ok(names(&self.connection, records)?)
    }
}

/// The names of the senders of some messages, as far as they are known.
pub(super) fn names(connection: &Connection, records: &[Record]) -> rusqlite::Result<BTreeMap<UserId, String>> {
    let senders: BTreeSet<UserId> = records.iter().filter_map(|record| record.message.sender_id).collect();
    let mut statement = connection.prepare_cached("SELECT nickname FROM people WHERE fan = ?1 AND nickname <> ''")?;
    let mut names = BTreeMap::new();
    for fan in senders {
        if let Some(name) = statement.query_row([fan.0.cast_signed()], |row| row.get(0)).optional()? {
            names.insert(fan, name);
        }
    }
    Ok(names)
}
