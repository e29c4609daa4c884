//! Opens and moves bookmarks, the positions of followers.

use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::archive::{Archive, Error};
use crate::record::Seq;

use super::Turn;

impl Archive {
    /// Returns the position of the follower with this name. A new one begins behind the last message; its
    /// position is stored at once.
    pub async fn open_bookmark(&self, name: &str) -> Result<Seq, Error> {
        self.place_bookmark(name, None).await
    }

    /// Returns the position of the follower with this name. A new one begins behind the message `begin`.
    pub async fn begin_bookmark(&self, name: &str, begin: Seq) -> Result<Seq, Error> {
        self.place_bookmark(name, Some(begin)).await
    }

    /// Returns the position of the follower with this name. A new one begins behind a message; with `None`
    /// behind the last.
    async fn place_bookmark(&self, name: &str, begin: Option<Seq>) -> Result<Seq, Error> {
        let name = name.to_owned();
        self.write(move |turn| {
            let new = "INSERT OR IGNORE INTO bookmarks (name, seq) SELECT ?1, coalesce(?2, max(seq), 0) FROM messages";
            turn.run(new, params![name, begin])?;
            turn.value("SELECT seq FROM bookmarks WHERE name = ?1", [&name])
        })
        .await
    }

    /// Records that the follower with this name has all messages up to this one.
    pub async fn move_bookmark(&self, name: &str, seq: Seq) -> Result<(), Error> {
        let name = name.to_owned();
        self.write(move |turn| move_to(turn, &name, seq)).await
    }
}

/// Moves a bookmark, or creates it.
pub(super) fn move_to(turn: &Turn<'_>, name: &str, seq: Seq) -> rusqlite::Result<()> {
    let sql = "INSERT INTO bookmarks (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = ?2";
    turn.run(sql, params![name, seq]).map(drop)
}
