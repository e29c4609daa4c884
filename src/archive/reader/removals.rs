//! Messages that the user deleted. They are hidden at once, can be restored for a while, and are then removed. If
//! a process is killed in between, the next one finds their rows.

use rusqlite::Connection;

use crate::record::Seq;
use crate::record::page::Page;
use crate::weibo::Kind;

use crate::archive::connection::statements::Statements as _;
use crate::archive::spans::of_kinds;

/// Returns the SQL condition that a message is not hidden, as `AND …`; empty if no message is hidden.
pub(in crate::archive) fn condition(connection: &Connection) -> rusqlite::Result<&'static str> {
    const IS_SHOWN: &str = " AND NOT EXISTS (SELECT 1 FROM removals WHERE removals.seq = messages.seq)";
    Ok(if connection.has("SELECT 1 FROM removals LIMIT 1", [])? { IS_SHOWN } else { "" })
}

/// Counts the hidden messages of some kinds after a number.
pub(super) fn count_after(connection: &Connection, kinds: &[Kind], seq: Seq) -> rusqlite::Result<u64> {
    let of_kinds = of_kinds(kinds);
    let sql =
        format!("SELECT count(*) FROM removals CROSS JOIN messages USING (seq) WHERE messages.{of_kinds} AND seq > ?1");
    connection.value(&sql, [seq])
}

/// Subtracts the hidden messages from the counts of all messages.
pub(super) fn uncount(connection: &Connection, page: &mut Page) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, count(*), sum(is_read = 0) FROM removals CROSS JOIN messages USING (seq) GROUP BY kind",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, n, unread): (String, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some(kind) = Kind::from_name(&kind) {
            page.counts.set(kind, page.counts.of(kind).saturating_sub(n));
        }
        page.unread = page.unread.saturating_sub(unread);
    }
    Ok(())
}
