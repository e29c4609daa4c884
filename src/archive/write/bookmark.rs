//! Bookmarks: how far each follower is.

use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::record::Seq;

use super::Turn;

impl Archive {
    /// Where the follower of a name ended. A name that is new begins behind the last message, which is on disk from then on.
    pub async fn open_bookmark(&self, name: &str) -> Result<Seq, Error> {
        self.place_bookmark(name, None).await
    }

    /// The same, where a name that is new begins behind this message.
    pub async fn begin_bookmark(&self, name: &str, begin: Seq) -> Result<Seq, Error> {
        self.place_bookmark(name, Some(begin)).await
    }

    /// Where the follower of a name ended. A new one begins behind a message; with `None` behind the last.
    async fn place_bookmark(&self, name: &str, begin: Option<Seq>) -> Result<Seq, Error> {
        let name = name.to_owned();
        self.write(move |turn| {
            let new = "INSERT OR IGNORE INTO bookmarks (name, seq) SELECT ?1, coalesce(?2, max(seq), 0) FROM messages";
            turn.execute(new, params![name, begin])?;
            let mut statement = turn.transaction.prepare_cached("SELECT seq FROM bookmarks WHERE name = ?1")?;
            statement.query_row([&name], |row| row.get(0))
        })
        .await
    }

    /// Records that the follower of a name has everything up to a message.
    pub async fn move_bookmark(&self, name: &str, seq: Seq) -> Result<(), Error> {
        let name = name.to_owned();
        self.write(move |turn| move_to(turn, &name, seq)).await
    }
}

/// Moves a bookmark, or makes it.
pub(super) fn move_to(turn: &Turn<'_>, name: &str, seq: Seq) -> rusqlite::Result<()> {
    let sql = "INSERT INTO bookmarks (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = ?2";
    turn.execute(sql, params![name, seq]).map(drop)
}
