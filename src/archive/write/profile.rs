//! Stores the nicknames that Weibo returns for senders, and the user's names for them and notes about them.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::record::cluster::Deed;
use crate::weibo::UserId;

use super::tell;

impl Archive {
    /// Stores the nickname of a sender and the time at which Weibo returned it. An empty one means that there
    /// is none; the known one then stays.
    pub async fn keep_nickname(&self, fan: UserId, nickname: String, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(move |turn| {
            let keep = "INSERT INTO people (fan, nickname, asked_at) VALUES (?1, ?2, ?3)
                ON CONFLICT (fan) DO UPDATE SET asked_at = ?3, nickname = CASE WHEN ?2 = '' THEN nickname ELSE ?2 END";
            let values = params![fan.0.cast_signed(), nickname, now.timestamp_millis()];
            turn.run(keep, values).map(drop)
        })
        .await
    }

    /// Stores the user's name for a sender and the note about them in place of the earlier ones; if both are
    /// empty, removes the profile.
    pub async fn keep_profile(&self, fan: UserId, name: String, note: String, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(move |turn| {
            let before = "SELECT name, note FROM profiles WHERE fan = ?1";
            let before = turn.find(before, [fan.0.cast_signed()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let (name_before, note_before): (String, String) = before.unwrap_or_default();
            keep(turn.transaction, fan, (Some(&name), Some(&note)), now.timestamp_millis())?;
            // Only what changed is published: another node may be changing the rest.
            let changed = |new: &String, before: String| Some(new.clone()).filter(|new| *new != before);
            let (name, note) = (changed(&name, name_before), changed(&note, note_before));
            if name.is_none() && note.is_none() {
                return Ok(());
            }
            tell::tell(turn, ("", None), &Deed::Profile { fan, name, note }, now)
        })
        .await
    }
}

/// Stores a name and a note; `None` leaves a value as it is. If both are empty, removes the profile.
pub(super) fn keep(
    connection: &Connection,
    fan: UserId,
    (name, note): (Option<&str>, Option<&str>),
    at: i64,
) -> rusqlite::Result<()> {
    let fan = fan.0.cast_signed();
    let keep = "INSERT INTO profiles (fan, name, note, edited_at) VALUES (?1, coalesce(?2, ''), coalesce(?3, ''), ?4)
        ON CONFLICT (fan) DO UPDATE SET name = coalesce(?2, name), note = coalesce(?3, note), edited_at = ?4";
    connection.run(keep, params![fan, name, note, at])?;
    let forget = "DELETE FROM profiles WHERE fan = ?1 AND name = '' AND note = ''";
    connection.run(forget, [fan]).map(drop)
}
