//! Giving labels to messages and to senders, and taking them away.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::archive::{Archive, Error};
use crate::record::people::{Labelled, Relabel};

use super::{Turn, Write};

impl Archive {
    /// Gives labels and takes others away; returns of how many messages or senders something changed. Messages that are gone
    /// get none.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn relabel(&self, order: Relabel, now: DateTime<Utc>) -> Result<u64, Error> {
        self.ask(SetLabels { order, now }).await
    }
}

struct SetLabels {
    order: Relabel,
    now: DateTime<Utc>,
}

impl Write for SetLabels {
    /// Of how many something changed.
    type Answer = u64;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<u64> {
        let (column, keys): (_, Vec<i64>) = match &self.order.of {
            Labelled::Messages(seqs) => ("seq", seqs.iter().map(|seq| seq.cast_signed()).collect()),
            Labelled::Sender(fan) => ("fan", vec![fan.0.cast_signed()]),
        };
        let remove = format!("DELETE FROM labels WHERE {column} = ?1 AND label = ?2");
        let mut remove = turn.transaction.prepare_cached(&remove)?;
        let mut n_changed = 0;
        for key in keys {
            let mut changed = 0;
            for label in &self.order.remove {
                changed += remove.execute(params![key, label])?;
            }
            for label in &self.order.add {
                changed += usize::from(give(turn.transaction, column, key, label, self.now.timestamp_millis())?);
            }
            n_changed += u64::from(changed > 0);
        }
        Ok(n_changed)
    }
}

/// Gives a label to a message or a sender, unless it has it or is no message any more; returns whether it has it now only.
pub(in crate::archive) fn give(
    connection: &Connection,
    column: &'static str,
    key: i64,
    label: &str,
    at: i64,
) -> rusqlite::Result<bool> {
    let is_there = if column == "seq" { "EXISTS (SELECT 1 FROM messages WHERE messages.seq = ?1)" } else { "true" };
    let sql = format!("INSERT OR IGNORE INTO labels ({column}, label, at) SELECT ?1, ?2, ?3 WHERE {is_there}");
    Ok(connection.prepare_cached(&sql)?.execute(params![key, label, at])? > 0)
}
