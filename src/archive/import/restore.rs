//! What a damaged archive knew beside its messages, taken over into another one.

use rusqlite::{Connection, params};

use crate::archive::{Error, spans, write};
use crate::record::Seq;
use crate::weibo::UserId;

use super::Import;

/// What is known of a medium: the columns that every version has.
pub(in crate::archive) struct SalvagedMedium {
    pub(in crate::archive) fid: i64,
    pub(in crate::archive) state: String,
    pub(in crate::archive) reason: Option<String>,
    pub(in crate::archive) file: Option<String>,
    pub(in crate::archive) bytes: Option<i64>,
    pub(in crate::archive) sha256: Option<String>,
    pub(in crate::archive) reason_json: Option<String>,
}

impl Import {
    /// Marks messages by their identities as read or not, and as starred or not: those that were kept after a number.
    pub(in crate::archive) fn mark(&mut self, marks: &[(Vec<u8>, bool, bool)], after: Seq) -> Result<(), Error> {
        let _pass = self.lock.is_none().then(|| self.turnstile.enter());
        let transaction = self.connection.transaction().map_err(Error::Write)?;
        for (identity, is_read, is_starred) in marks {
            transaction
                .prepare_cached("UPDATE messages SET is_read = ?2, is_starred = ?3 WHERE identity = ?1 AND seq > ?4")
                .and_then(|mut statement| statement.execute(params![identity, is_read, is_starred, after]))
                .map_err(Error::Write)?;
        }
        transaction.commit().map_err(Error::Write)
    }

    /// Takes over what another archive knew of its media, and returns of how many. What was being fetched is to be fetched
    /// again.
    pub(in crate::archive) fn restore(&mut self, media: &[SalvagedMedium]) -> Result<u64, Error> {
        let mut n_restored = 0;
        for some in media.chunks(self.pace.turn) {
            let _pass = self.lock.is_none().then(|| self.turnstile.enter());
            let transaction = self.connection.transaction().map_err(Error::Write)?;
            for SalvagedMedium { fid, state, reason, file, bytes, sha256, reason_json } in some {
                // A state that this version does not have is one that it cannot act on.
                n_restored += transaction
                    .prepare_cached(
                        "INSERT OR IGNORE INTO media (fid, state, reason, file, bytes, sha256, reason_json)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![fid, state, reason, file, bytes, sha256, reason_json])
                    })
                    .map_err(Error::Write)? as u64;
            }
            transaction.commit().map_err(Error::Write)?;
        }
        Ok(n_restored)
    }

    /// Takes over how far the followers of another archive were, if its messages kept their numbers.
    pub(in crate::archive) fn restore_bookmarks(&mut self, bookmarks: &[(String, i64)]) -> Result<(), Error> {
        if !self.keeps_numbers {
            return Ok(());
        }
        let transaction = self.connection.transaction().map_err(Error::Write)?;
        for (name, seq) in bookmarks {
            transaction
                .prepare_cached("INSERT OR IGNORE INTO bookmarks (name, seq) VALUES (?1, ?2)")
                .and_then(|mut statement| statement.execute(params![name, seq]))
                .map_err(Error::Write)?;
        }
        transaction.commit().map_err(Error::Write)
    }

    /// Mutes senders, each since a time in Unix milliseconds.
    pub(in crate::archive) fn restore_muted(&mut self, muted: &[(UserId, i64)]) -> Result<(), Error> {
        let transaction = self.connection.transaction().map_err(Error::Write)?;
        let mute = |(fan, muted_at): &(UserId, i64)| write::mute(&transaction, *fan, *muted_at);
        muted.iter().try_for_each(mute).map_err(Error::Write)?;
        transaction.commit().map_err(Error::Write)
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
}
