//! Restores what a damaged archive held besides its messages.

use std::collections::HashMap;

use rusqlite::{Connection, Transaction, params};

use super::Import;
use crate::archive::salvage::SalvagedRow;
use crate::archive::{Error, row, spans};
use crate::record::Seq;
use crate::weibo::identity::Identity;

impl Import {
    /// Makes changes in one transaction; beside a listener, in a turn of the turnstile.
    fn turn<T>(&mut self, change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        let _pass = self.lock.is_none().then(|| self.turnstile.enter());
        let write = || {
            let transaction = self.connection.transaction()?;
            let changed = change(&transaction)?;
            transaction.commit().map(|()| changed)
        };
        write().map_err(Error::Write)
    }

    /// Sets the read and starred marks of messages, by their identities, if the messages have a number above
    /// `after`.
    pub(in crate::archive) fn mark(&mut self, marks: &[(Identity, bool, bool)], after: Seq) -> Result<(), Error> {
        self.turn(|transaction| {
            let mut mark = transaction
                .prepare_cached("UPDATE messages SET is_read = ?2, is_starred = ?3 WHERE identity = ?1 AND seq > ?4")?;
            marks.iter().try_for_each(|(identity, is_read, is_starred)| {
                mark.execute(params![identity, is_read, is_starred, after]).map(drop)
            })
        })
    }

    /// Keeps this number and all lower ones from being assigned to a message.
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

    /// Copies rows of another archive and returns how many. `named` maps the number that a message had there to
    /// its identity; rows of other messages are skipped.
    pub(in crate::archive) fn restore(
        &mut self,
        rows: &[SalvagedRow],
        named: &HashMap<i64, Option<Identity>>,
    ) -> Result<u64, Error> {
        let (keeps_numbers, mut n_restored) = (self.keeps_numbers, 0);
        for some in rows.chunks(self.pace.turn) {
            n_restored += self.turn(|transaction| {
                let some = some.iter().filter(|row| keeps_numbers || !row.is_for_new);
                let restored = some.map(|row| {
                    let seq = match row.message.map(|seq| named.get(&seq)) {
                        Some(Some(Some(identity))) => row::seq_of(transaction, identity)?.map(Seq::cast_signed),
                        _ => None,
                    };
                    row.put(transaction, seq)
                });
                restored.sum::<rusqlite::Result<usize>>()
            })? as u64;
        }
        Ok(n_restored)
    }
}
