//! Finding out whether messages would be kept.

use crate::archive::{Archive, Error};

use super::{Turn, Write};

impl Archive {
    /// Writes a page that says nothing new, to the disk like a message.
    ///
    /// # Errors
    ///
    /// As [`Archive::insert`].
    pub async fn try_out(&self) -> Result<(), Error> {
        self.ask(Trial).await
    }
}

struct Trial;

impl Write for Trial {
    type Answer = ();

    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        // SQLite writes the page also where it stays as it is, which it does for no row.
        let version: i64 = turn.transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        turn.transaction.pragma_update(None, "user_version", version)
    }
}
