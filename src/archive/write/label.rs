//! Adds labels to messages and senders, and removes them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::record::cluster::Deed;
use crate::record::people::{Labelled, Relabel};

use super::{Turn, tell};

impl Archive {
    /// Adds and removes labels; returns the number of messages or senders that changed. Messages that were
    /// removed get none.
    pub async fn relabel(&self, order: Relabel, now: DateTime<Utc>) -> Result<u64, Error> {
        self.write(move |turn| set(turn, &order, now)).await
    }
}

/// Adds and removes labels; returns the number of messages or senders that changed.
fn set(turn: &Turn<'_>, order: &Relabel, now: DateTime<Utc>) -> rusqlite::Result<u64> {
    let Relabel { of, add, remove } = order;
    let relabel = |column, key| relabel(turn.transaction, (column, key), (add, remove), now.timestamp_millis());
    match of {
        Labelled::Messages(seqs) => {
            let mut changed = Vec::new();
            for seq in seqs {
                if relabel("seq", seq.cast_signed())? {
                    changed.push(*seq);
                }
            }
            let deed = |ids| Deed::LabelMessages { ids, add: add.clone(), remove: remove.clone() };
            tell::tell_of(turn, &changed, deed, now)?;
            Ok(changed.len() as u64)
        }
        Labelled::Sender(fan) => {
            let is_changed = relabel("fan", fan.0.cast_signed())?;
            if is_changed {
                let deed = Deed::LabelSender { fan: *fan, add: add.clone(), remove: remove.clone() };
                tell::tell(turn, ("", None), &deed, now)?;
            }
            Ok(u64::from(is_changed))
        }
    }
}

/// Adds labels to a message or a sender and removes others; returns whether that changed anything.
pub(super) fn relabel(
    connection: &Connection,
    (column, key): (&'static str, i64),
    (add, remove): (&[String], &[String]),
    at: i64,
) -> rusqlite::Result<bool> {
    let mut n_changed = 0;
    let take = format!("DELETE FROM labels WHERE {column} = ?1 AND label = ?2");
    let mut take = connection.prepare_cached(&take)?;
    for label in remove {
        n_changed += take.execute(params![key, label])?;
    }
    for label in add {
        n_changed += usize::from(give(connection, column, key, label, at)?);
    }
    Ok(n_changed > 0)
}

/// Adds a label to a message or a sender, unless the message was removed; returns whether the label is new
/// there.
pub(in crate::archive) fn give(
    connection: &Connection,
    column: &'static str,
    key: i64,
    label: &str,
    at: i64,
) -> rusqlite::Result<bool> {
    let is_there = if column == "seq" { "EXISTS (SELECT 1 FROM messages WHERE messages.seq = ?1)" } else { "true" };
    let sql = format!("INSERT OR IGNORE INTO labels ({column}, label, at) SELECT ?1, ?2, ?3 WHERE {is_there}");
    Ok(connection.run(&sql, params![key, label, at])? > 0)
}
