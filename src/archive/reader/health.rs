//! Checks whether the archive is intact, for `weibox doctor`. It changes and repairs nothing.

use super::Reader;
use crate::archive::Error;
use crate::archive::index::{self, Checking, IndexCheck};
use crate::archive::salvage;

/// The maximum number of faults reported; more would say nothing new.
const FAULTS: usize = 3;

/// Returns the version of the built-in SQLite.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

impl Reader {
    /// Returns at most three faults of the file, in SQLite's words; none if it is intact. Reads every page once,
    /// which takes about a second for each gigabyte in memory and longer from a disk.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], also when the file is too damaged to be checked; [`Error::Unreadable`] when the disk
    /// cannot read it.
    pub fn faults(&self) -> Result<Vec<String>, Error> {
        let sql = format!("PRAGMA quick_check({FAULTS})");
        let found = self.all(&sql, [], |row| row.get(0)).map(|mut faults: Vec<String>| {
            faults.retain(|fault| fault != "ok");
            faults
        });
        if !matches!(&found, Ok(faults) if faults.is_empty()) {
            // SQLite also reports damage when the disk cannot read the file.
            salvage::read_all(&self.directory)?;
        }
        found
    }

    /// Returns the progress of the rebuild of an index that another version built, in percent; `None` if no
    /// rebuild is necessary.
    pub fn indexed_again(&self) -> Result<Option<u8>, Error> {
        Ok(index::indexed_again(&self.connection)?)
    }

    /// Compares all derived data with every message, which takes some 20 s for a million. Calls `told` for each
    /// block of 4,096 with its number and that of the last one. Other processes may write meanwhile.
    pub fn check_index(&self, mut told: impl FnMut(u64, u64)) -> Result<IndexCheck, Error> {
        let mut checking = Checking::new(&self.connection)?;
        loop {
            // One transaction per block, so that the write-ahead log can be checkpointed in between.
            let transaction = self.connection.unchecked_transaction()?;
            let Some((block, last)) = checking.advance(&transaction)? else {
                return Ok(checking.finish(&transaction)?);
            };
            told(block, last);
        }
    }
}
