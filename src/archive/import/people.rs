//! Stores what an exported line says about people, where the archive knows nothing else.

use rusqlite::{Connection, params};

use super::ImportEntry;
use crate::archive::connection::statements::Statements as _;
use crate::archive::row::seq_of;
use crate::archive::write::give_label;
use crate::record::people::KnownSender;
use crate::weibo::identity::Identity;

/// Stores what a line says about people, whether its message is new or was already in the archive. What the
/// user has said about a sender since then stays.
pub(super) fn keep(connection: &Connection, entry: &ImportEntry, identity: &Identity) -> rusqlite::Result<()> {
    let ImportEntry { arrival, known, labels, .. } = entry;
    let KnownSender { nickname, name, note, labels: of_sender, .. } = known;
    let received_at = arrival.received_at.timestamp_millis();
    if let Some(fan) = arrival.message.sender_id {
        let fan = fan.0.cast_signed();
        if !nickname.is_empty() {
            // The nickname may be as old as the message. With this time a later lookup of names can tell its
            // age.
            let keep = "INSERT OR IGNORE INTO people (fan, nickname, asked_at) VALUES (?1, ?2, ?3)";
            connection.run(keep, params![fan, nickname, received_at])?;
        }
        if !name.is_empty() || !note.is_empty() {
            let keep = "INSERT OR IGNORE INTO profiles (fan, name, note, edited_at) VALUES (?1, ?2, ?3, ?4)";
            connection.run(keep, params![fan, name, note, received_at])?;
        }
        for label in of_sender {
            give_label(connection, "fan", fan, label, received_at)?;
        }
    }
    if labels.is_empty() {
        return Ok(());
    }
    let Some(seq) = seq_of(connection, identity)? else { return Ok(()) };
    for label in labels {
        give_label(connection, "seq", seq.cast_signed(), label, received_at)?;
    }
    Ok(())
}
