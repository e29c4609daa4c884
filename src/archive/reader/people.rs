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

    /// The senders that the user muted.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn muted(&self) -> Result<BTreeSet<UserId>, Error> {
        Ok(muted(&self.connection)?)
    }

    /// Says of some messages whether their senders are muted.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn fill_muted(&self, records: &mut [Record]) -> Result<(), Error> {
        Ok(fill_muted(&self.connection, records)?)
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

/// All muted senders.
pub(in crate::archive) fn muted(connection: &Connection) -> rusqlite::Result<BTreeSet<UserId>> {
    let mut statement = connection.prepare_cached("SELECT fan FROM muted")?;
    let muted = statement.query_map([], |row| row.get(0).map(|fan: i64| UserId(fan.cast_unsigned())))?;
    muted.collect()
}

/// Whether a sender is muted; an unknown one never is.
pub(in crate::archive) fn is_muted(connection: &Connection, sender: Option<UserId>) -> rusqlite::Result<bool> {
    let Some(sender) = sender else { return Ok(false) };
    connection.prepare_cached("SELECT 1 FROM muted WHERE fan = ?1")?.exists([sender.0.cast_signed()])
}

/// Says of some messages whether their senders are muted.
pub(super) fn fill_muted(connection: &Connection, records: &mut [Record]) -> rusqlite::Result<()> {
    for record in records {
        record.sender.is_muted = is_muted(connection, record.message.sender_id)?;
    }
    Ok(())
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
