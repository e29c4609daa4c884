//! Finding out whether messages would be kept.

use crate::archive::{Archive, Error};

impl Archive {
    /// Writes a page that says nothing new, to the disk like a message.
    pub async fn try_out(&self) -> Result<(), Error> {
        self.write(|turn| {
            // SQLite writes the page also where it stays as it is, which it does for no row.
            let version: i64 = turn.transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
            turn.transaction.pragma_update(None, "user_version", version)
        })
        .await
    }
}
