//! Recognises the rows of a damaged archive besides its messages, and inserts them into a new one: what people
//! wrote, and what must not be lost about followers, targets and media. A row is recognised by its shape,
//! because nothing else in a damaged file can be trusted.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::super::connection::statements::Statements as _;
use super::carve::{CarvedRow, CarvedValue};
use crate::reason::{Reason, answers};
use crate::record::outgoing::SendState;
use crate::weibo::active::ReplyForm;

use CarvedValue::{Integer, Null, Text};

/// A row that can be inserted into another archive.
#[derive(Debug)]
pub(in crate::archive) struct SalvagedRow {
    /// SQL that inserts it unless the same is there. The first parameter is the number in the new archive of
    /// the message that the row refers to.
    insert: &'static str,
    /// Values of the other parameters.
    values: Vec<CarvedValue>,
    /// The old number of the message that it refers to.
    pub(in crate::archive) message: Option<i64>,
    /// Whether only a new archive gets it: positions mean nothing where messages get other numbers, and where
    /// weibox has gone on, a deletion may have been undone.
    pub(in crate::archive) is_for_new: bool,
}

/// Lower limit of times, in Unix milliseconds: nothing was written before September 2001. No message has a
/// number this high.
const CENTURY: i64 = 1_000_000_000_000;
/// States of a message that a target has not taken.
const OPEN: [&str; 2] = ["waits", "aside"];

/// Returns whether these are the values of a table that is stored as an index, keys included.
pub(super) fn is_kept_in_index(values: &[CarvedValue]) -> bool {
    of_index(values).is_some()
}

/// Returns the row if its shape is one of these.
pub(super) fn row((key, values): &CarvedRow) -> Option<SalvagedRow> {
    let key = &Integer(*key);
    match values.as_slice() {
        [Null, id @ Text(_), account @ Text(_), fan @ Integer(_), seq, text @ Text(_), Text(state), rest @ ..] => {
            let [reason, reason_json, made_at @ Integer(_), changed_at @ Integer(_), form @ ..] = rest else {
                return None;
            };
            let (message, form) = (number(seq)?.integer(), form_of(form)?);
            let told = [words(reason)?.clone(), words(reason_json)?.clone()];
            let (state, [reason, reason_json]) = what_became(SendState::from_name(state)?, told);
            let insert = "INSERT OR IGNORE INTO outbox
                (seq, key, account, fan, text, form, state, reason, reason_json, made_at, changed_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
            let values = [id, account, fan, text, &form, &state, &reason, &reason_json, made_at, changed_at];
            Some(SalvagedRow { message, ..SalvagedRow::new(insert, &values) })
        }
        [Null, nickname @ Text(_), asked_at @ Integer(CENTURY..)] => {
            let insert = "INSERT OR IGNORE INTO people (fan, nickname, asked_at) VALUES (?2, ?3, ?4)";
            Some(SalvagedRow::new(insert, &[key, nickname, asked_at]))
        }
        // The limit keeps a nickname from being taken for the name of a follower.
        [Null, name @ Text(_), seq @ Integer(0..CENTURY)] => {
            let insert = "INSERT OR IGNORE INTO bookmarks (name, seq) VALUES (?2, ?3)";
            Some(SalvagedRow { is_for_new: true, ..SalvagedRow::new(insert, &[name, seq]) })
        }
        [Null, name @ Text(_), note @ Text(_), edited_at @ Integer(_)] => {
            let insert = "INSERT OR IGNORE INTO profiles (fan, name, note, edited_at) VALUES (?2, ?3, ?4, ?5)";
            Some(SalvagedRow::new(insert, &[key, name, note, edited_at]))
        }
        [Null, muted_at @ Integer(_), Text(what)] if what == "muted" => {
            let insert = "INSERT OR IGNORE INTO muted (fan, muted_at) VALUES (?2, ?3)";
            Some(SalvagedRow::new(insert, &[key, muted_at]))
        }
        [Null, at @ Integer(_), Text(what)] if what == "deleted" => {
            let insert = "INSERT OR IGNORE INTO removals (seq, at) SELECT ?1, ?2 WHERE ?1 IS NOT NULL";
            Some(SalvagedRow { message: key.integer(), is_for_new: true, ..SalvagedRow::new(insert, &[at]) })
        }
        [Null, seq, fan, label @ Text(_), at @ Integer(_)] => {
            let (message, of_sender) = (number(seq)?.integer(), number(fan)?.integer());
            let insert = "INSERT OR IGNORE INTO labels (seq, fan, label, at)
                SELECT ?1, ?2, ?3, ?4 WHERE ?1 IS NOT NULL OR ?2 IS NOT NULL";
            let row = SalvagedRow { message, ..SalvagedRow::new(insert, &[fan, label, at]) };
            (message.is_some() != of_sender.is_some()).then_some(row)
        }
        [Null, target @ Text(_), reason, reason_json, moved_at @ Integer(_), paused_at] => {
            let insert = "INSERT OR IGNORE INTO targets (target, reason, reason_json, moved_at, paused_at)
                VALUES (?2, ?3, ?4, ?5, ?6)";
            let values = [target, words(reason)?, words(reason_json)?, moved_at, number(paused_at)?];
            Some(SalvagedRow { is_for_new: true, ..SalvagedRow::new(insert, &values) })
        }
        values => of_index(values),
    }
}

fn of_index(values: &[CarvedValue]) -> Option<SalvagedRow> {
    match values {
        [account @ Text(_), fan @ Integer(_), text @ Text(_), edited_at @ Integer(CENTURY..), form @ ..] => {
            let insert = "INSERT INTO drafts (account, fan, text, edited_at, form) VALUES (?2, ?3, ?4, ?5, ?6)
                ON CONFLICT (account, fan) DO UPDATE SET text = ?4, edited_at = ?5, form = ?6 WHERE edited_at < ?5";
            Some(SalvagedRow::new(insert, &[account, fan, text, edited_at, &form_of(form)?]))
        }
        [Integer(seq), target @ Text(_), Text(state), rest @ ..] if OPEN.contains(&state.as_str()) => {
            let [Integer(attempts), next @ Integer(_), last @ Integer(_), Integer(took), status, rest @ ..] = rest
            else {
                return None;
            };
            let [answer, reason, reason_json, ..] = rest else { return None };
            let is_status = number(status)?.integer().is_some_and(|number| u16::try_from(number).is_ok());
            let status = if is_status { status } else { &Null };
            let (state, attempts, took) =
                (Text(state.clone()), Integer((*attempts).clamp(0, u32::MAX.into())), Integer((*took).max(0)));
            let insert = "INSERT OR IGNORE INTO forwarded
                (seq, target, state, attempts, next_try_at, tried_at, took, status, answer, reason, reason_json)
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 WHERE ?1 IS NOT NULL";
            let words = [words(answer)?, words(reason)?, words(reason_json)?];
            let values = [&[target, &state, &attempts, next, last, &took, status], &words[..]].concat();
            Some(SalvagedRow { message: Some(*seq), is_for_new: true, ..SalvagedRow::new(insert, &values) })
        }
        _ => None,
    }
}

/// Reads the row as the state of a medium. A download that was under way starts again.
pub(super) fn medium((fid, values): &CarvedRow) -> Option<SalvagedRow> {
    let [Null, state @ Text(_), Integer(_attempts), Integer(_next_try_at), reason, file, rest @ ..] = values.as_slice()
    else {
        return None;
    };
    let bytes = match rest.first() {
        Some(Integer(bytes)) => Integer((*bytes).max(0)),
        _ => Null,
    };
    // Older versions lack these columns.
    let later = |at: usize| rest.get(at).filter(|value| matches!(value, Text(_)));
    let account = later(1).cloned().unwrap_or_else(|| Text(String::new()));
    // A state that this version does not know is kept; it cannot act on it.
    let insert = "INSERT OR IGNORE INTO media (fid, state, reason, file, bytes, account, sha256, reason_json)
        VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (sha256, reason_json) = (later(2).unwrap_or(&Null), later(3).unwrap_or(&Null));
    let values = [&Integer(*fid), state, words(reason)?, words(file)?, &bytes, &account, sha256, reason_json];
    Some(SalvagedRow::new(insert, &values))
}

impl SalvagedRow {
    fn new(insert: &'static str, values: &[&CarvedValue]) -> Self {
        Self { insert, values: values.iter().copied().cloned().collect(), message: None, is_for_new: false }
    }

    /// Inserts the row unless the same is there. `seq` is the number in the new archive of the message that it
    /// refers to. Returns the number of inserted rows.
    pub(in crate::archive) fn put(&self, to: &Connection, seq: Option<i64>) -> rusqlite::Result<usize> {
        let values = self.values.iter().map(|value| value as &dyn ToSql);
        to.run(self.insert, params_from_iter([&seq as &dyn ToSql].into_iter().chain(values)))
    }
}

/// Returns the state of a reply and the reason for it. A page that could not be read may have said that a
/// waiting reply has gone out: its state becomes unknown, and the user is asked before it is sent again.
fn what_became(state: SendState, told: [CarvedValue; 2]) -> (CarvedValue, [CarvedValue; 2]) {
    let why = Reason::from(answers::ANSWER_SALVAGED);
    let (state, told) = if state.is_settled() {
        (state, told)
    } else {
        (SendState::Unknown, [Text(why.to_string()), Text(why.to_json())])
    };
    (Text(state.name().to_owned()), told)
}

/// Returns the form of a reply, with a default for rows that are older than the column; `None` for any other
/// value.
fn form_of(values: &[CarvedValue]) -> Option<CarvedValue> {
    match values {
        [] => Some(Text(ReplyForm::Text.name().to_owned())),
        [Text(form), ..] if ReplyForm::from_name(form).is_some() => Some(Text(form.clone())),
        _ => None,
    }
}

/// Returns a number or null; `None` for any other value.
fn number(value: &CarvedValue) -> Option<&CarvedValue> {
    matches!(value, Null | Integer(_)).then_some(value)
}

/// Returns text or null; `None` for any other value.
fn words(value: &CarvedValue) -> Option<&CarvedValue> {
    matches!(value, Null | Text(_)).then_some(value)
}

impl CarvedValue {
    const fn integer(&self) -> Option<i64> {
        if let Integer(number) = self { Some(*number) } else { None }
    }
}

impl ToSql for CarvedValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Null | Self::Real => ValueRef::Null,
            Integer(number) => ValueRef::Integer(*number),
            Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
