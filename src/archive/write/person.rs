//! Stores the nicknames that Weibo returns for senders.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::weibo::UserId;

impl Archive {
    /// Stores the nickname of a sender and the time at which Weibo returned it. An empty one means that there
    /// is none; the known one then stays.
    pub async fn keep_nickname(&self, fan: UserId, nickname: String, now: DateTime<Utc>) -> Result<(), Error> {
        self.write(move |turn| {
            let keep = "INSERT INTO people (fan, nickname, asked_at) VALUES (?1, ?2, ?3)
                ON CONFLICT (fan) DO UPDATE SET asked_at = ?3, nickname = CASE WHEN ?2 = '' THEN nickname ELSE ?2 END";
            let values = params![fan.0.cast_signed(), nickname, now.timestamp_millis()];
            turn.execute(keep, values).map(drop)
        })
        .await
    }
}
