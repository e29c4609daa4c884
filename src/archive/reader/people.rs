//! What is known of senders, and labels.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, ToSql};

use crate::archive::Error;
use crate::archive::row::time;
use crate::record::people::{LabelBoard, People, Profile};
use crate::record::{Record, Seq};
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

    /// What is known of those who wrote some messages, and the labels of these.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn people_of(&self, records: &[Record]) -> Result<People, Error> {
        Ok(people(&self.connection, records)?)
    }

    /// The labels there are, and who of some messages and a sender has them.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn label_board(&self, seqs: &[Seq], fan: Option<UserId>) -> Result<LabelBoard, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut all = transaction
            .prepare_cached("SELECT label, count(*) AS n FROM labels GROUP BY label ORDER BY n DESC, label")?;
        let all = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        let mut board = LabelBoard { all, ..LabelBoard::default() };
        for seq in seqs {
            for label in labels(&transaction, "seq", seq)? {
                *board.of_messages.entry(label).or_default() += 1;
            }
        }
        board.of_sender =
            fan.map(|fan| labels(&transaction, "fan", fan.0.cast_signed())).transpose()?.unwrap_or_default();
        Ok(board)
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

/// What is known of those who wrote some messages, and the labels of these.
pub(super) fn people(connection: &Connection, records: &[Record]) -> rusqlite::Result<People> {
    let senders: BTreeSet<UserId> = records.iter().filter_map(|record| record.message.sender_id).collect();
    // In most archives some of it is empty, and then nothing is looked for there.
    let has = |table: &str| {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table})");
        connection.prepare_cached(&sql)?.query_row([], |row| row.get::<_, bool>(0))
    };
    let (has_nicknames, has_names, has_labels) = (has("people")?, has("profiles")?, has("labels")?);
    let mut nickname = connection.prepare_cached("SELECT nickname FROM people WHERE fan = ?1")?;
    let mut name = connection.prepare_cached("SELECT name, note FROM profiles WHERE fan = ?1")?;
    let mut people = People::default();
    for fan in senders {
        let key = fan.0.cast_signed();
        let mut profile = Profile::default();
        if has_nicknames {
            profile.nickname = nickname.query_row([key], |row| row.get(0)).optional()?.unwrap_or_default();
        }
        if has_names {
            let found = name.query_row([key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            (profile.name, profile.note) = found.unwrap_or_default();
        }
        if has_labels {
            profile.labels = labels(connection, "fan", key)?;
        }
        if profile != Profile::default() {
            people.profiles.insert(fan, profile);
        }
    }
    if has_labels {
        for record in records {
            let labels = labels(connection, "seq", record.seq)?;
            if !labels.is_empty() {
                people.labels.insert(record.seq, labels);
            }
        }
    }
    Ok(people)
}

/// The labels of a message (`seq`) or of a sender (`fan`), in order.
fn labels(connection: &Connection, column: &'static str, key: impl ToSql) -> rusqlite::Result<Vec<String>> {
    let sql = format!("SELECT label FROM labels WHERE {column} = ?1 ORDER BY label");
    connection.prepare_cached(&sql)?.query_map([key], |row| row.get(0))?.collect()
}

/// The senders whose names or notes pass a test.
pub(in crate::archive) fn senders_with(
    connection: &Connection,
    columns: &[(&'static str, &'static str)],
    is_meant: impl Fn(&str) -> bool,
) -> rusqlite::Result<BTreeSet<UserId>> {
    let mut found = BTreeSet::new();
    for (table, column) in columns {
        let sql = format!("SELECT fan, {column} FROM {table} WHERE {column} <> ''");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if is_meant(row.get_ref(1)?.as_str()?) {
                found.insert(UserId(row.get::<_, i64>(0)?.cast_unsigned()));
            }
        }
    }
    Ok(found)
}

/// The messages and the senders with a label that passes a test.
pub(in crate::archive) fn labelled(
    connection: &Connection,
    is_meant: impl Fn(&str) -> bool,
) -> rusqlite::Result<(BTreeSet<Seq>, BTreeSet<UserId>)> {
    let mut all = connection.prepare_cached("SELECT DISTINCT label FROM labels")?;
    let all = all.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let (mut seqs, mut fans) = (BTreeSet::new(), BTreeSet::new());
    let mut statement = connection.prepare_cached("SELECT seq, fan FROM labels WHERE label = ?1")?;
    for label in all.iter().filter(|label| is_meant(label)) {
        let mut rows = statement.query([label])?;
        while let Some(row) = rows.next()? {
            seqs.extend(row.get::<_, Option<Seq>>(0)?);
            fans.extend(row.get::<_, Option<i64>>(1)?.map(|fan| UserId(fan.cast_unsigned())));
        }
    }
    Ok((seqs, fans))
}
