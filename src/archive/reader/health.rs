//! Is the archive whole? For `weibox doctor`; it changes nothing and mends nothing.

use super::Reader;
use crate::archive::Error;
use crate::archive::salvage;

/// So many faults are told; more of them say nothing new.
const FAULTS: usize = 3;

/// The version of SQLite that is built in.
#[must_use]
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
}
