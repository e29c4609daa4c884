//! Mutes senders.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::record::cluster::Deed;
use crate::weibo::UserId;

use super::tell;

impl Archive {
    /// Mutes a sender or unmutes it. Messages of a muted sender ring no alert, and their files are not queued
    /// automatically.
    pub async fn mute(&self, fan: UserId, is_muted: bool, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(move |turn| {
            if !set(turn.transaction, fan, is_muted, now.timestamp_millis())? {
                return Ok(());
            }
            tell::tell(turn, ("", None), &Deed::Mute { fan, is_muted }, now)
        })
        .await
    }
}

/// Mutes a sender or unmutes it; returns whether that changed anything.
pub(super) fn set(connection: &Connection, fan: UserId, is_muted: bool, at: i64) -> rusqlite::Result<bool> {
    if is_muted {
        return mute(connection, fan, at);
    }
    Ok(connection.run("DELETE FROM muted WHERE fan = ?1", [fan.0.cast_signed()])? > 0)
}

/// Mutes a sender since a time in Unix milliseconds; returns whether the sender was not muted before.
pub(in crate::archive) fn mute(connection: &Connection, fan: UserId, muted_at: i64) -> rusqlite::Result<bool> {
    let mute = "INSERT OR IGNORE INTO muted (fan, muted_at) VALUES (?1, ?2)";
    Ok(connection.run(mute, params![fan.0.cast_signed(), muted_at])? > 0)
}
