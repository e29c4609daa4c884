//! Conversion between records and columns: the only place that writes and reads the columns of a message and
//! of the stage of its medium.

use chrono::{DateTime, Utc};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};

use crate::archive::connection::statements::Statements as _;
use crate::reason::Reason;
use crate::record::media::Stage;
use crate::record::{Record, Seq};
use crate::weibo::charset::Charset;
use crate::weibo::identity::{Identity, identity as identity_of};
use crate::weibo::{FileId, wire};

use super::Arrival;

/// The columns that [`record`] reads, in its order.
pub(super) const COLUMNS: &str = "messages.seq, received_at, verified, deliveries, reply, raw,
    state, attempts, next_try_at, reason, file, bytes, sha256, reason_json, is_read, is_starred, messages.account,
    charset";
/// The columns that [`stage`] reads, in its order.
pub(super) const STAGE: &str = "state, attempts, next_try_at, reason, file, bytes, sha256, reason_json";
/// The tables that [`record`] reads them from.
pub(super) const SOURCE: &str = "messages LEFT JOIN media ON media.fid = messages.fid";

/// When Weibo opened: August 2009, in Unix milliseconds.
const OPENED: i64 = 1_249_084_800_000;
/// How far Weibo's clock may be ahead of ours, in milliseconds.
const DAY: i64 = 86_400_000;

/// Has no `RETURNING`, which opens a table of its own for each row and triples the work of an insert. With
/// `OR IGNORE` SQLite keeps nothing for undoing a single row.
const INSERT: &str = "INSERT OR IGNORE INTO messages
    (seq, identity, kind, received_at, verified, deliveries, fid, reply, raw, account, is_read, charset, is_sample)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

/// A row of the table of messages that is to be inserted.
pub(super) struct NewRow<'a> {
    pub(super) arrival: &'a Arrival,
    pub(super) identity: &'a Identity,
    /// Its number; `None` takes the next one.
    pub(super) seq: Option<Seq>,
    pub(super) deliveries: u64,
    pub(super) is_read: bool,
}

impl<'a> NewRow<'a> {
    /// Returns the row of a message that arrives for the first time: unread, with the next number.
    pub(super) const fn of(arrival: &'a Arrival, identity: &'a Identity) -> Self {
        Self { arrival, identity, seq: None, deliveries: 1, is_read: false }
    }

    /// Inserts the row, unless its number or its identity exists. Returns whether it was inserted.
    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let Arrival { account, message, raw, received_at, verified, reply, .. } = self.arrival;
        let values = params![
            self.seq,
            self.identity,
            message.kind().name(),
            received_at.timestamp_millis(),
            verified,
            self.deliveries,
            message.attachment().map(|fid| fid.0.cast_signed()),
            reply,
            raw,
            account,
            self.is_read,
            message.charset.map_or("", Charset::name),
            message.is_sample(),
        ];
        Ok(connection.run(INSERT, values)? == 1)
    }
}

/// Returns the identity under which the archive has a message or is to store it. An earlier version may have stored it
/// under its `former` identity, which another message may have as well.
pub(super) fn identity_in<'a>(
    connection: &Connection,
    identity: &'a Identity,
    former: Option<&'a Identity>,
) -> rusqlite::Result<&'a Identity> {
    let Some(former) = former else { return Ok(identity) };
    let stored = "SELECT received_at, raw, charset FROM messages WHERE identity = ?1";
    let is_same = |row: &Row<'_>| {
        let Record { message, raw, .. } = self::message(row, 0, [0, 1, 2])?;
        Ok(identity_of(&message, &raw) == *identity)
    };
    let is_known = connection.find(stored, [former], is_same)?.unwrap_or_default();
    Ok(if is_known { former } else { identity })
}

/// Returns the number of the message with this identity, if it is here.
pub(super) fn seq_of(connection: &Connection, identity: &Identity) -> rusqlite::Result<Option<Seq>> {
    connection.find("SELECT seq FROM messages WHERE identity = ?1", [identity], |row| row.get(0))
}

/// Reads the message with this number from the columns of its time, its bytes and their charset.
pub(super) fn message(row: &Row<'_>, seq: Seq, [time, raw, charset]: [usize; 3]) -> rusqlite::Result<Record> {
    let charset = Charset::named(row.get_ref(charset)?.as_str()?);
    Ok(Record::decoded(seq, self::time(row.get(time)?), row.get(raw)?, charset))
}

/// Reads a record from the columns of [`COLUMNS`].
pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let mut record = message(row, row.get(0)?, [1, 5, 17])?;
    // Older versions marked their own samples as signed.
    record.verified = row.get(2)? && !record.message.is_sample();
    record.deliveries = row.get(3)?;
    record.reply = row.get(4)?;
    record.medium = stage(row, 6)?;
    record.marks.is_read = row.get(14)?;
    record.marks.is_starred = row.get(15)?;
    record.account = row.get(16)?;
    Ok(record)
}

/// Reads the stage from the columns of [`STAGE`], which begin at `at`.
pub(super) fn stage(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Stage>> {
    let Some(state) = row.get::<_, Option<String>>(at)? else { return Ok(None) };
    match state.as_str() {
        "queued" => Ok(Stage::Queued {
            attempts: row.get(at + 1)?,
            next_try_at: time(row.get(at + 2)?),
            reason: reason(row, at + 3, at + 7)?,
        }),
        "done" => Ok(Stage::Done { file: row.get(at + 4)?, bytes: row.get(at + 5)?, sha256: row.get(at + 6)? }),
        "failed" => Ok(Stage::Failed { reason: reason(row, at + 3, at + 7)?.unwrap_or_else(|| Reason::other("")) }),
        _ => Err(unknown(at, state)),
    }
    .map(Some)
}

/// Returns the error for a name in a column that this weibox does not know. Another version may have written a plain
/// word; anything else is damage.
pub(super) fn unknown(column: usize, name: String) -> rusqlite::Error {
    let is_word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte));
    if is_word {
        rusqlite::Error::UserFunctionError(format!("this weibox does not know `{name}`").into())
    } else {
        rusqlite::Error::InvalidColumnType(column, name, Type::Text)
    }
}

/// Reads a reason from the columns of its English words and of its code; `None` without words.
pub(super) fn reason(row: &Row<'_>, words: usize, json: usize) -> rusqlite::Result<Option<Reason>> {
    let json: Option<String> = row.get(json)?;
    let words: Option<String> = row.get(words)?;
    Ok(words.map(|words| Reason::from_stored(&words, json.as_deref())))
}

/// Registers the SQL function `aged_at` on a connection, because SQL cannot parse the raw bytes.
pub(super) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("aged_at", 3, flags, |context| {
        Ok(aged_at(context.get(0)?, context.get_raw(1).as_blob()?, context.get(2)?))
    })
}

/// Implements `aged_at(received_at, raw, now)`: when a message begins to age, in Unix milliseconds. The age
/// of a message is unknown if it was received before Weibo opened and does not say when it was sent; such a
/// message counts as the youngest possible.
fn aged_at(received_at: i64, raw: &[u8], now: i64) -> i64 {
    let sent_at = wire::parse(raw).sent_at.map(|time| time.timestamp_millis());
    match sent_at.filter(|sent_at| *sent_at <= now.saturating_add(DAY)) {
        Some(sent_at) => received_at.max(sent_at),
        None if received_at < OPENED => DateTime::<Utc>::MAX_UTC.timestamp_millis() - 1,
        None => received_at,
    }
}

/// Writes the stage of a medium into its row, which is created if it is missing; the account of an existing
/// row stays. A queued stage changes only a row that is queued still: a medium that was given up meanwhile
/// stays so until it is wanted again.
pub(super) fn settle(connection: &Connection, fid: FileId, stage: &Stage) -> rusqlite::Result<()> {
    const SETTLE: &str =
        "INSERT INTO media (fid, state, attempts, next_try_at, reason, file, bytes, sha256, reason_json)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (fid) DO UPDATE SET
            state = ?2, attempts = ?3, next_try_at = ?4, reason = ?5, file = ?6, bytes = ?7, sha256 = ?8,
            reason_json = ?9";
    let (name, attempts, next_try_at, reason, file, bytes, sha256) = match stage {
        Stage::Queued { attempts, next_try_at, reason } => {
            ("queued", *attempts, next_try_at.timestamp_millis(), reason.as_ref(), None, None, None)
        }
        Stage::Done { file, bytes, sha256 } => ("done", 0, 0, None, Some(file), Some(bytes), sha256.as_ref()),
        Stage::Failed { reason } => ("failed", 0, 0, Some(reason), None, None, None),
    };
    let (fid, words, json) = (fid.0.cast_signed(), reason.map(ToString::to_string), reason.map(Reason::to_json));
    let values = params![fid, name, attempts, next_try_at, words, file, bytes, sha256, json];
    let only_queued = if name == "queued" { " WHERE state = 'queued'" } else { "" };
    connection.run(&format!("{SETTLE}{only_queued}"), values).map(drop)
}

/// Converts a stored file id: SQLite has no unsigned numbers.
pub(super) fn file_id(stored: i64) -> FileId {
    FileId(stored.cast_unsigned())
}

/// Converts Unix milliseconds; a value out of range, which weibox never writes, is the epoch.
pub(super) fn time(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::error::is_damage;

    #[test]
    fn a_word_of_another_version_is_no_damage_and_anything_else_is() {
        assert!(!is_damage(&unknown(0, "paused-by-host".to_owned())));
        for name in ["", "\0\0\0\0", "queue\u{1}"] {
            assert!(is_damage(&unknown(0, name.to_owned())), "{name:?}");
        }
    }
}
