//! Whether the archive is whole, for `weibox doctor`. It changes nothing and mends nothing.

use super::Reader;
use crate::archive::Error;
use crate::archive::index::{self, Checking, IndexCheck};
use crate::archive::salvage;

/// At most this many faults are told. More of them say nothing new.
const FAULTS: usize = 3;

/// The version of SQLite that is built in.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

impl Reader {
    /// SQLite's own words for what is wrong with the file, at most three of them; none when it is whole. Reads every page
    /// once: about a second for each gigabyte that is in memory, longer from a disk.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], also when it is too damaged to be looked at; [`Error::Unreadable`] when the disk does not give it.
    pub fn faults(&self) -> Result<Vec<String>, Error> {
        let look = || {
            let mut statement = self.connection.prepare(&format!("PRAGMA quick_check({FAULTS})"))?;
            let rows = statement.query_map([], |row| row.get(0))?;
            let mut faults = rows.collect::<Result<Vec<String>, _>>()?;
            faults.retain(|fault| fault != "ok");
            Ok::<_, Error>(faults)
        };
        let found = look();
        if !matches!(&found, Ok(faults) if faults.is_empty()) {
            // SQLite calls damaged what the disk does not give.
            salvage::read_all(&self.directory)?;
        }
        found
    }

    /// How much of what another version indexed is indexed again, in hundredths; `None` when all is.
    pub fn indexed_again(&self) -> Result<Option<u8>, Error> {
        Ok(index::indexed_again(&self.connection)?)
    }

    /// Compares what is kept beside the messages with every one of them: some 20 s for a million. `told` is called for each
    /// block of 4,096 with its number and that of the last one. Others may write meanwhile.
    pub fn check_index(&self, mut told: impl FnMut(u64, u64)) -> Result<IndexCheck, Error> {
        let mut checking = Checking::new(&self.connection)?;
        loop {
            // Each block by itself, so that the write-ahead log is not kept from being folded.
            let transaction = self.connection.unchecked_transaction()?;
            let Some((block, last)) = checking.advance(&transaction)? else {
                return Ok(checking.finish(&transaction)?);
            };
            told(block, last);
        }
    }
}
