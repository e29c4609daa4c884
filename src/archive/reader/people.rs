//! Reads the stored data about senders, and labels.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, ToSql};

use crate::archive::Error;
use crate::archive::connection::statements::Statements as _;
use crate::archive::row::time;
use crate::record::people::{KnownSender, LabelBoard};
use crate::record::{Marks, Record, Seq};
use crate::weibo::UserId;

use super::Reader;

/// Weibo's data about a sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The nickname; empty if Weibo gave none. Foreign text.
    pub nickname: String,
    /// Time of the last request to Weibo.
    pub asked_at: DateTime<Utc>,
}

impl Reader {
    /// Returns Weibo's data about a sender; `None` if it was never requested.
    pub fn person(&self, fan: UserId) -> Result<Option<Person>, Error> {
        let sql = "SELECT nickname, asked_at FROM people WHERE fan = ?1";
        Ok(self.connection.find(sql, [fan.0.cast_signed()], |row| {
            Ok(Person { nickname: row.get(0)?, asked_at: time(row.get(1)?) })
        })?)
    }

    /// Fills in the senders of messages, except for the reply window, and the labels of the messages.
    pub fn fill(&self, records: &mut [Record]) -> Result<(), Error> {
        Ok(fill(&self.connection, records)?)
    }

    /// Returns shared messages filled in as by [`Reader::fill`]. Messages that do not change stay shared.
    pub fn filled(&self, records: &[Arc<Record>]) -> Result<Vec<Arc<Record>>, Error> {
        let mut lookup = Lookup::new(&self.connection)?;
        let mut filled = Vec::with_capacity(records.len());
        for record in records {
            let (sender, labels) = lookup.of(record)?;
            filled.push(if sender == record.sender && labels == record.marks.labels {
                Arc::clone(record)
            } else {
                let marks = Marks { labels, ..record.marks };
                Arc::new(Record { marks, sender, ..Record::clone(record) })
            });
        }
        Ok(filled)
    }

    /// Returns the names of all senders that have one, those that the user gave before Weibo's. Foreign text.
    pub fn sender_names(&self) -> Result<Vec<String>, Error> {
        Ok(names_like(&self.connection, |_| true)?)
    }

    /// Returns all labels, and those that some messages and a sender have.
    pub fn label_board(&self, seqs: &[Seq], fan: Option<UserId>) -> Result<LabelBoard, Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let all = "SELECT label, count(*) AS n FROM labels GROUP BY label ORDER BY n DESC, label";
        let all = transaction.all(all, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
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

/// Returns all muted senders.
pub(in crate::archive) fn muted(connection: &Connection) -> rusqlite::Result<BTreeSet<UserId>> {
    let mut statement = connection.prepare_cached("SELECT fan FROM muted")?;
    let muted = statement.query_map([], |row| row.get(0).map(|fan: i64| UserId(fan.cast_unsigned())))?;
    muted.collect()
}

/// Returns whether a sender is muted; an unknown one never is.
pub(in crate::archive) fn is_muted(connection: &Connection, sender: Option<UserId>) -> rusqlite::Result<bool> {
    let Some(sender) = sender else { return Ok(false) };
    connection.has("SELECT 1 FROM muted WHERE fan = ?1", [sender.0.cast_signed()])
}

/// Sets the senders of messages, except for the reply window, and the labels of the messages.
pub(super) fn fill(connection: &Connection, records: &mut [Record]) -> rusqlite::Result<()> {
    let mut lookup = Lookup::new(connection)?;
    for record in records {
        (record.sender, record.marks.labels) = lookup.of(record)?;
    }
    Ok(())
}

/// TABLE: the tables with data about senders.
const TABLES: [&str; 5] = ["people", "profiles", "labels", "muted", "drafts"];

/// Looks up the data about senders, once for each sender. Tables that are empty, as some are in most archives,
/// are skipped.
pub(super) struct Lookup<'c> {
    connection: &'c Connection,
    /// The tables that are not empty.
    filled: Vec<&'static str>,
    known: HashMap<UserId, KnownSender>,
    /// The drafts by account and sender.
    drafts: HashMap<(String, UserId), String>,
}

impl<'c> Lookup<'c> {
    pub(super) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        let mut filled = Vec::new();
        for table in TABLES {
            if connection.has(&format!("SELECT 1 FROM {table} LIMIT 1"), [])? {
                filled.push(table);
            }
        }
        Ok(Self { connection, filled, known: HashMap::new(), drafts: HashMap::new() })
    }

    fn has(&self, table: &str) -> bool {
        self.filled.contains(&table)
    }

    /// Returns the sender of a message, with the reply window of the record and the draft of the account, and the
    /// labels of the message.
    fn of(&mut self, record: &Record) -> rusqlite::Result<(KnownSender, Vec<String>)> {
        let labels = if self.has("labels") { labels(self.connection, "seq", record.seq)? } else { Vec::new() };
        let mut sender = record.message.sender_id.map(|fan| self.sender(fan)).transpose()?.unwrap_or_default();
        if let Some(fan) = record.message.sender_id.filter(|_| self.has("drafts")) {
            sender.draft = self.draft(&record.account, fan)?;
        }
        Ok((KnownSender { window_until: record.sender.window_until, ..sender }, labels))
    }

    fn draft(&mut self, account: &str, fan: UserId) -> rusqlite::Result<String> {
        let key = (account.to_owned(), fan);
        if let Some(draft) = self.drafts.get(&key) {
            return Ok(draft.clone());
        }
        let find = "SELECT text FROM drafts WHERE account = ?1 AND fan = ?2";
        let draft = self.connection.find(find, (account, fan.0.cast_signed()), |row| row.get(0))?.unwrap_or_default();
        Ok(self.drafts.entry(key).or_insert(draft).clone())
    }

    /// Returns the data about a sender, except for the reply window and the draft.
    pub(super) fn sender(&mut self, fan: UserId) -> rusqlite::Result<KnownSender> {
        if let Some(known) = self.known.get(&fan) {
            return Ok(known.clone());
        }
        let (connection, key, mut sender) = (self.connection, fan.0.cast_signed(), KnownSender::default());
        if self.has("people") {
            let nickname = "SELECT nickname FROM people WHERE fan = ?1";
            sender.nickname = connection.find(nickname, [key], |row| row.get(0))?.unwrap_or_default();
        }
        if self.has("profiles") {
            let profile = "SELECT name, note FROM profiles WHERE fan = ?1";
            let found = connection.find(profile, [key], |row| Ok((row.get(0)?, row.get(1)?)))?;
            (sender.name, sender.note) = found.unwrap_or_default();
        }
        if self.has("labels") {
            sender.labels = labels(connection, "fan", key)?;
        }
        sender.is_muted = self.has("muted") && is_muted(connection, Some(fan))?;
        self.known.insert(fan, sender.clone());
        Ok(sender)
    }
}

/// Returns the labels of a message (`seq`) or of a sender (`fan`), in order.
fn labels(connection: &Connection, column: &'static str, key: impl ToSql) -> rusqlite::Result<Vec<String>> {
    let sql = format!("SELECT label FROM labels WHERE {column} = ?1 ORDER BY label");
    connection.all(&sql, [key], |row| row.get(0))
}

/// Returns the senders whose names or notes pass a test.
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

/// Returns the names of senders that pass a test, the user's before Weibo's.
pub(super) fn names_like(connection: &Connection, is_meant: impl Fn(&str) -> bool) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM profiles WHERE name <> '' UNION ALL SELECT nickname FROM people WHERE nickname <> ''";
    some_of(connection, sql, |name| is_meant(name).then(|| name.to_owned()))
}

/// Returns the part of each note that `guess` selects.
pub(super) fn note_parts_like(
    connection: &Connection,
    guess: impl Fn(&str) -> Option<String>,
) -> rusqlite::Result<Vec<String>> {
    some_of(connection, "SELECT note FROM profiles WHERE note <> ''", guess)
}

/// Returns the labels that pass a test, most used first.
pub(super) fn labels_like(connection: &Connection, is_meant: impl Fn(&str) -> bool) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT label FROM labels GROUP BY label ORDER BY count(*) DESC, label";
    some_of(connection, sql, |label| is_meant(label).then(|| label.to_owned()))
}

fn some_of(
    connection: &Connection,
    sql: &str,
    meant: impl Fn(&str) -> Option<String>,
) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(meant(row.get_ref(0)?.as_str()?));
    }
    Ok(found)
}

/// Returns the messages and the senders with a label that passes a test.
pub(in crate::archive) fn labelled(
    connection: &Connection,
    is_meant: impl Fn(&str) -> bool,
) -> rusqlite::Result<(BTreeSet<Seq>, BTreeSet<UserId>)> {
    let all = connection.all::<_, Vec<String>>("SELECT DISTINCT label FROM labels", [], |row| row.get(0))?;
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
