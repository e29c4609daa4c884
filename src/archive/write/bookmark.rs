//! Bookmarks: how far each follower is.

use rusqlite::params;

use crate::archive::{Archive, Error};
use crate::record::Seq;

use super::{Turn, Write};

impl Archive {
    /// Where the follower of a name ended. A name that is new begins behind the last message, which is on disk from then on.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn open_bookmark(&self, name: &str) -> Result<Seq, Error> {
        self.ask(OpenBookmark { name: name.to_owned(), begin: None }).await
    }

    /// The same, where a name that is new begins behind this message.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn begin_bookmark(&self, name: &str, begin: Seq) -> Result<Seq, Error> {
        self.ask(OpenBookmark { name: name.to_owned(), begin: Some(begin) }).await
    }

    /// Records that the follower of a name has everything up to a message.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn move_bookmark(&self, name: &str, seq: Seq) -> Result<(), Error> {
        self.ask(MoveBookmark { name: name.to_owned(), seq }).await
    }
}

/// A bookmark that is made if it is not there.
struct OpenBookmark {
    name: String,
    /// Where it begins; `None` for behind the last message.
    begin: Option<Seq>,
}

impl Write for OpenBookmark {
    type Answer = Seq;

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<Seq> {
        turn.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO bookmarks (name, seq) SELECT ?1, coalesce(?2, max(seq), 0) FROM messages",
            )?
            .execute(params![self.name, self.begin])?;
        let mut statement = turn.transaction.prepare_cached("SELECT seq FROM bookmarks WHERE name = ?1")?;
        statement.query_row([&self.name], |row| row.get(0))
    }
}

/// A bookmark and how far it is.
struct MoveBookmark {
    name: String,
    seq: Seq,
}

impl Write for MoveBookmark {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        move_to(turn, &self.name, self.seq)
    }
}

/// Moves a bookmark, or makes it.
pub(super) fn move_to(turn: &Turn<'_>, name: &str, seq: Seq) -> rusqlite::Result<()> {
    let sql = "INSERT INTO bookmarks (name, seq) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET seq = ?2";
    turn.transaction.prepare_cached(sql)?.execute(params![name, seq]).map(drop)
}
