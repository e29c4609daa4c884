//! The rows of a damaged archive beside messages, media and bookmarks that are saved: what people wrote, and what must not be
//! forgotten of targets. Each is told by its shape, because nothing else of a damaged file is to be trusted.

use super::carve::{CarvedRow, CarvedValue};
use crate::record::outgoing::SendState;
use crate::weibo::UserId;
use crate::weibo::active::ReplyForm;

use CarvedValue::{Integer, Null, Text};

/// A row, as far as it says something in another archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) enum SalvagedRow {
    /// A reply.
    Outgoing(SalvagedReply),
    /// What was being written: account, sender, text, when, and the form that it has.
    Draft(String, i64, String, i64, String),
    /// What Weibo calls a sender, and when it told.
    Nickname(i64, String, i64),
    /// What the user calls a sender and noted of them, and when.
    Profile(i64, String, String, i64),
    /// A sender that the user muted, and since when.
    Muted(UserId, i64),
    /// A label of a message or of a sender, and when it was given.
    Label { seq: Option<i64>, fan: Option<i64>, label: String, at: i64 },
    /// What became of a message at a target.
    Forwarded(SalvagedOutcome),
    /// A target: its name, why it is paused, when its bookmark was moved, and when it was paused.
    Target(String, [Option<String>; 2], i64, Option<i64>),
}

impl SalvagedRow {
    /// The message that it is of, by the number that it had.
    pub(in crate::archive) const fn message(&self) -> Option<i64> {
        match self {
            Self::Outgoing(reply) => reply.seq,
            Self::Label { seq, .. } => *seq,
            Self::Forwarded(outcome) => Some(outcome.seq),
            Self::Draft(..) | Self::Nickname(..) | Self::Profile(..) | Self::Muted(..) | Self::Target(..) => None,
        }
    }
}

/// A reply and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct SalvagedReply {
    pub(in crate::archive) key: String,
    pub(in crate::archive) account: String,
    pub(in crate::archive) fan: i64,
    pub(in crate::archive) seq: Option<i64>,
    pub(in crate::archive) text: String,
    pub(in crate::archive) form: String,
    pub(in crate::archive) state: SendState,
    /// In words, and as JSON.
    pub(in crate::archive) reason: [Option<String>; 2],
    pub(in crate::archive) made_at: i64,
    pub(in crate::archive) changed_at: i64,
}

/// What a target has not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::archive) struct SalvagedOutcome {
    pub(in crate::archive) seq: i64,
    pub(in crate::archive) target: String,
    pub(in crate::archive) state: String,
    /// Attempts, when the next is due, when the last was, and how long it took.
    pub(in crate::archive) tries: [i64; 4],
    pub(in crate::archive) status: Option<i64>,
    /// The answer, and the reason in words and as JSON.
    pub(in crate::archive) words: [Option<String>; 3],
}

/// Nothing was written before September 2001, in Unix milliseconds; and no number of a message is so high.
pub(super) const CENTURY: i64 = 1_000_000_000_000;
/// The states of a message that a target has not taken.
const OPEN: [&str; 2] = ["waits", "aside"];

/// Whether these are values of a table whose rows stand in an index, keys included.
pub(super) fn is_kept_in_index(values: &[CarvedValue]) -> bool {
    of_index(values).is_some()
}

/// The row, if it is one of these.
pub(super) fn row((key, values): &CarvedRow) -> Option<SalvagedRow> {
    match values.as_slice() {
        [Null, Text(id), Text(account), Integer(fan), seq, Text(text), Text(state), rest @ ..] => {
            let [reason, reason_json, Integer(made_at), Integer(changed_at), form @ ..] = rest else { return None };
            Some(SalvagedRow::Outgoing(SalvagedReply {
                key: id.clone(),
                account: account.clone(),
                fan: *fan,
                seq: number(seq)?.0,
                text: text.clone(),
                form: form_of(form)?,
                state: SendState::from_name(state)?,
                reason: [words(reason)?.0, words(reason_json)?.0],
                made_at: *made_at,
                changed_at: *changed_at,
            }))
        }
        [Null, Text(nickname), Integer(asked_at)] if *asked_at > CENTURY => {
            Some(SalvagedRow::Nickname(*key, nickname.clone(), *asked_at))
        }
        [Null, Text(name), Text(note), Integer(edited_at)] => {
            Some(SalvagedRow::Profile(*key, name.clone(), note.clone(), *edited_at))
        }
        [Null, Integer(muted_at), Text(what)] if what == "muted" => {
            Some(SalvagedRow::Muted(UserId(key.cast_unsigned()), *muted_at))
        }
        [Null, seq, fan, Text(label), Integer(at)] => {
            let (seq, fan) = (number(seq)?.0, number(fan)?.0);
            (seq.is_some() != fan.is_some()).then(|| SalvagedRow::Label { seq, fan, label: label.clone(), at: *at })
        }
        [Null, Text(target), reason, reason_json, Integer(moved_at), paused_at] => {
            let reason = [words(reason)?.0, words(reason_json)?.0];
            Some(SalvagedRow::Target(target.clone(), reason, *moved_at, number(paused_at)?.0))
        }
        values => of_index(values),
    }
}

fn of_index(values: &[CarvedValue]) -> Option<SalvagedRow> {
    match values {
        [Text(account), Integer(fan), Text(text), Integer(edited_at), form @ ..] if *edited_at > CENTURY => {
            Some(SalvagedRow::Draft(account.clone(), *fan, text.clone(), *edited_at, form_of(form)?))
        }
        [Integer(seq), Text(target), Text(state), rest @ ..] if OPEN.contains(&state.as_str()) => {
            let [Integer(attempts), Integer(next), Integer(last), Integer(took), status, rest @ ..] = rest else {
                return None;
            };
            let [answer, reason, reason_json, ..] = rest else { return None };
            Some(SalvagedRow::Forwarded(SalvagedOutcome {
                seq: *seq,
                target: target.clone(),
                state: state.clone(),
                tries: [(*attempts).clamp(0, u32::MAX.into()), *next, *last, (*took).max(0)],
                status: number(status)?.0.filter(|status| u16::try_from(*status).is_ok()),
                words: [words(answer)?.0, words(reason)?.0, words(reason_json)?.0],
            }))
        }
        _ => None,
    }
}

/// The form of a reply, which rows that are older than it do not have; `None` for anything else.
fn form_of(values: &[CarvedValue]) -> Option<String> {
    match values {
        [] => Some(ReplyForm::Text.name().to_owned()),
        [Text(form), ..] if ReplyForm::from_name(form).is_some() => Some(form.clone()),
        _ => None,
    }
}

/// A value that may be missing.
struct Maybe<T>(Option<T>);

/// A number or nothing; `None` for anything else.
fn number(value: &CarvedValue) -> Option<Maybe<i64>> {
    match value {
        Null => Some(Maybe(None)),
        Integer(number) => Some(Maybe(Some(*number))),
        CarvedValue::Real | Text(_) | CarvedValue::Blob(_) => None,
    }
}

/// Words or nothing; `None` for anything else.
fn words(value: &CarvedValue) -> Option<Maybe<String>> {
    match value {
        Null => Some(Maybe(None)),
        Text(words) => Some(Maybe(Some(words.clone()))),
        CarvedValue::Real | Integer(_) | CarvedValue::Blob(_) => None,
    }
}
