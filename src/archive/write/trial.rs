//! Tests whether messages can be stored.

use crate::archive::{Archive, Error};

impl Archive {
    /// Writes a page to the disk, as a message would, without changing its content.
    pub async fn try_out(&self) -> Result<(), Error> {
        self.write(|turn| {
            // SQLite writes this page even if nothing changes on it, which it does for no row.
            let version: i64 = turn.transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
            turn.transaction.pragma_update(None, "user_version", version)
        })
        .await
    }
}
