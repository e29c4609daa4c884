//! What a damaged archive knew beside its messages, taken over into another one.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::Import;
use crate::archive::salvage::{SalvagedOutcome, SalvagedReply, SalvagedRow};
use crate::archive::write::{give_label, mute};
use crate::archive::{Error, spans};
use crate::reason::{Reason, answers};
use crate::record::Seq;
use crate::record::outgoing::SendState;

/// What is known of a medium.
pub(in crate::archive) struct SalvagedMedium {
    pub(in crate::archive) fid: i64,
    pub(in crate::archive) state: String,
    pub(in crate::archive) reason: Option<String>,
    pub(in crate::archive) file: Option<String>,
    pub(in crate::archive) bytes: Option<i64>,
    /// Whose token fetches it.
    pub(in crate::archive) account: String,
    pub(in crate::archive) sha256: Option<String>,
    pub(in crate::archive) reason_json: Option<String>,
}

impl Import {
    /// Makes changes together, in its turn where somebody listens meanwhile.
    fn turn<T>(&mut self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        let _pass = self.lock.is_none().then(|| self.turnstile.enter());
        let write = || {
            let transaction = self.connection.transaction()?;
            let changed = change(&transaction)?;
            transaction.commit().map(|()| changed)
        };
        write().map_err(Error::Write)
    }

    /// Marks messages by their identities as read or not, and as starred or not: those that were kept after a number.
    pub(in crate::archive) fn mark(&mut self, marks: &[(Vec<u8>, bool, bool)], after: Seq) -> Result<(), Error> {
        self.turn(|transaction| {
            let mut mark = transaction
                .prepare_cached("UPDATE messages SET is_read = ?2, is_starred = ?3 WHERE identity = ?1 AND seq > ?4")?;
            marks.iter().try_for_each(|(identity, is_read, is_starred)| {
                mark.execute(params![identity, is_read, is_starred, after]).map(drop)
            })
        })
    }

    /// Takes over what another archive knew of its media, and returns of how many. What was being fetched is to be fetched
    /// again.
    pub(in crate::archive) fn restore(&mut self, media: &[SalvagedMedium]) -> Result<u64, Error> {
        let mut n_restored = 0;
        for some in media.chunks(self.pace.turn) {
            n_restored += self.turn(|transaction| {
                // A state that this version does not have is one that it cannot act on.
                let mut keep = transaction.prepare_cached(
                    "INSERT OR IGNORE INTO media (fid, state, reason, file, bytes, account, sha256, reason_json)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?;
                let kept = some.iter().map(|medium| {
                    let SalvagedMedium { fid, state, reason, file, bytes, account, sha256, reason_json } = medium;
                    keep.execute(params![fid, state, reason, file, bytes, account, sha256, reason_json])
                });
                kept.sum::<rusqlite::Result<usize>>()
            })? as u64;
        }
        Ok(n_restored)
    }

    /// Takes over how far the followers of another archive were, if its messages kept their numbers.
    pub(in crate::archive) fn restore_bookmarks(&mut self, bookmarks: &[(String, i64)]) -> Result<(), Error> {
        if !self.keeps_numbers {
            return Ok(());
        }
        self.turn(|transaction| {
            let mut keep = transaction.prepare_cached("INSERT OR IGNORE INTO bookmarks (name, seq) VALUES (?1, ?2)")?;
            bookmarks.iter().try_for_each(|(name, seq)| keep.execute(params![name, seq]).map(drop))
        })
    }

    /// Has no message get this number or a lower one from here on.
    pub(in crate::archive) fn reserve(&mut self, highest: Seq) -> Result<(), Error> {
        let reserve = |connection: &Connection| {
            if spans::highest(connection)? >= highest {
                return Ok(());
            }
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'messages'", [])?;
            connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('messages', ?1)", [highest]).map(drop)
        };
        reserve(&self.connection).map_err(Error::Write)
    }

    /// Takes over the rows of another archive that are of people and of targets. `named` has the identities of the messages that
    /// they are of, by the numbers that these had; what is of others is passed over.
    pub(in crate::archive) fn restore_rows(
        &mut self,
        rows: &[SalvagedRow],
        named: &HashMap<i64, Option<Vec<u8>>>,
    ) -> Result<(), Error> {
        let keeps_numbers = self.keeps_numbers;
        for some in rows.chunks(self.pace.turn) {
            self.turn(|transaction| {
                some.iter().try_for_each(|row| {
                    let seq = match row.message().map(|seq| named.get(&seq)) {
                        Some(Some(Some(identity))) => new_seq(transaction, identity)?,
                        _ => None,
                    };
                    restore(transaction, row, seq, keeps_numbers)
                })
            })?;
        }
        Ok(())
    }
}

/// The number that a message has here.
fn new_seq(connection: &Connection, identity: &[u8]) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT seq FROM messages WHERE identity = ?1")?;
    statement.query_row([identity], |row| row.get(0)).optional()
}

/// Puts a row into its table, unless the same is there; `seq` is the number here of the message that it is of.
fn restore(to: &Transaction<'_>, row: &SalvagedRow, seq: Option<i64>, keeps_numbers: bool) -> rusqlite::Result<()> {
    match row {
        SalvagedRow::Outgoing(reply) => restore_reply(to, reply, seq),
        SalvagedRow::Draft(account, fan, text, edited_at, form) => to
            .prepare_cached(
                "INSERT INTO drafts (account, fan, text, edited_at, form) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (account, fan) DO UPDATE SET text = ?3, edited_at = ?4, form = ?5 WHERE edited_at < ?4",
            )?
            .execute(params![account, fan, text, edited_at, form])
            .map(drop),
        SalvagedRow::Nickname(fan, nickname, asked_at) => to
            .prepare_cached("INSERT OR IGNORE INTO people (fan, nickname, asked_at) VALUES (?1, ?2, ?3)")?
            .execute(params![fan, nickname, asked_at])
            .map(drop),
        SalvagedRow::Profile(fan, name, note, edited_at) => to
            .prepare_cached("INSERT OR IGNORE INTO profiles (fan, name, note, edited_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![fan, name, note, edited_at])
            .map(drop),
        SalvagedRow::Muted(fan, muted_at) => mute(to, *fan, *muted_at).map(drop),
        SalvagedRow::Label { fan: Some(fan), label, at, .. } => give_label(to, "fan", *fan, label, *at).map(drop),
        SalvagedRow::Label { label, at, .. } => {
            seq.map_or(Ok(()), |seq| give_label(to, "seq", seq, label, *at).map(drop))
        }
        // A target has its own place in other messages.
        SalvagedRow::Forwarded(_) | SalvagedRow::Target(..) if !keeps_numbers => Ok(()),
        SalvagedRow::Forwarded(outcome) => seq.map_or(Ok(()), |seq| restore_outcome(to, outcome, seq)),
        SalvagedRow::Target(target, [reason, reason_json], moved_at, paused_at) => to
            .prepare_cached(
                "INSERT OR IGNORE INTO targets (target, reason, reason_json, moved_at, paused_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![target, reason, reason_json, moved_at, paused_at])
            .map(drop),
    }
}

/// A reply that had not gone out may have, in a page that could not be read: nobody knows, and it asks before it is sent again.
fn restore_reply(to: &Transaction<'_>, reply: &SalvagedReply, seq: Option<i64>) -> rusqlite::Result<()> {
    let SalvagedReply {
        key, account, fan, text, form, state, reason: [reason, reason_json], made_at, changed_at, ..
    } = reply;
    let why = Reason::from(answers::ANSWER_SALVAGED);
    let (state, reason, reason_json) = if state.is_settled() {
        (*state, reason.clone(), reason_json.clone())
    } else {
        (SendState::Unknown, Some(why.to_string()), Some(why.to_json()))
    };
    to.prepare_cached(
        "INSERT OR IGNORE INTO outbox
         (key, account, fan, seq, text, form, state, reason, reason_json, made_at, changed_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![key, account, fan, seq, text, form, state.name(), reason, reason_json, made_at, changed_at])
    .map(drop)
}

fn restore_outcome(to: &Transaction<'_>, outcome: &SalvagedOutcome, seq: i64) -> rusqlite::Result<()> {
    let SalvagedOutcome { target, state, tries, status, words, .. } = outcome;
    let ([attempts, next, last, took], [answer, reason, reason_json]) = (tries, words);
    to.prepare_cached(
        "INSERT OR IGNORE INTO forwarded
         (seq, target, state, attempts, next_try_at, tried_at, took, status, answer, reason, reason_json)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![seq, target, state, attempts, next, last, took, status, answer, reason, reason_json])
    .map(drop)
}
