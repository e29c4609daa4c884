//! Rebuilds the data derived from the messages, for archives that were indexed with another version of the
//! folding and for those with errors. It runs block by block beside everything else, and a restart continues
//! where it stopped.
//!
//! Data that is not rebuilt yet is used as it is, except for words that it may lack.

use std::ops::Range;

use rusqlite::{Connection, params};

use crate::archive::connection::statements::Statements as _;
use crate::archive::row::message;
use crate::archive::spans::{NOWHERE, UNREAD, block, highest, number, set_number, start};
use crate::query::folding;
use crate::record::Seq;
use crate::record::place::point;
use crate::weibo::Kind;

use super::entry::SenderKey;
use super::{places, postings, unindexed};

/// The row of `counts` with the version of the folding of the whole index.
const FOLDING: &str = "folding";
/// The row of `counts` with the version of the folding that the running rebuild uses.
const REBUILDING: &str = "rebuilding";
/// The row of `counts` with the first number that is not rebuilt.
const REBUILT: &str = "rebuilt";

/// Derives the spans of the messages in a range of numbers.
pub(super) const SPANS: &str = "SELECT kind, seq >> 12, count(*), min(received_at), max(received_at)
    FROM messages WHERE seq >= ?1 AND seq < ?2 GROUP BY kind, seq >> 12
    UNION ALL
    SELECT 'unread', seq >> 12, count(*), min(received_at), max(received_at)
    FROM messages WHERE seq >= ?1 AND seq < ?2 AND is_read = 0 GROUP BY seq >> 12";

/// A step of a rebuild other than the postings of a block.
pub(super) enum Step {
    /// The start. These windows disagree with their messages and are deleted.
    Begin(Vec<(SenderKey, Seq)>),
    /// The spans and places of a block.
    Derive,
    /// The data of blocks without messages, from this one on.
    Gap(Seq),
    /// The end: rebuilds the data of the last, partial block and the sums.
    Finish,
}

/// Marks an archive that never had messages as needing no rebuild.
pub(in crate::archive) fn skip_rebuild_if_new(connection: &Connection) -> rusqlite::Result<()> {
    if highest(connection)? == 0 { set_number(connection, FOLDING, folding::VERSION) } else { Ok(()) }
}

/// Requests a rebuild from the first block on.
pub(in crate::archive) fn request_rebuild(connection: &Connection) -> rusqlite::Result<()> {
    set_number(connection, FOLDING, 0)?;
    set_number(connection, REBUILDING, 0)
}

pub(in crate::archive) fn is_rebuild_wanted(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(number(connection, FOLDING)? != folding::VERSION)
}

/// Returns whether a rebuild with this version of the folding has begun.
pub(super) fn has_begun(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(number(connection, REBUILDING)? == folding::VERSION)
}

/// Returns the first number that is not rebuilt; the maximum if no rebuild is necessary.
pub(in crate::archive) fn rebuilt(connection: &Connection) -> rusqlite::Result<Seq> {
    if !is_rebuild_wanted(connection)? {
        return Ok(Seq::MAX);
    }
    if has_begun(connection)? { number(connection, REBUILT) } else { Ok(0) }
}

/// Returns the progress of the rebuild in percent, or `None` if none is necessary.
pub(in crate::archive) fn indexed_again(connection: &Connection) -> rusqlite::Result<Option<u8>> {
    if !is_rebuild_wanted(connection)? {
        return Ok(None);
    }
    let all = highest(connection)?.max(1);
    Ok(u8::try_from(rebuilt(connection)?.min(all) * 99 / all).ok())
}

pub(super) fn set_end(connection: &Connection, seq: Seq) -> rusqlite::Result<()> {
    set_number(connection, REBUILT, seq)
}

/// Returns the blocks that may be indexed with another version of the folding.
pub(super) fn outdated(connection: &Connection) -> rusqlite::Result<Range<Seq>> {
    let indexed = block(unindexed::end(connection)?);
    Ok(block(rebuilt(connection)?).min(indexed)..indexed)
}

/// Derives the spans, places and counts of an archive that has none.
pub(in crate::archive) fn derive_all(connection: &Connection) -> rusqlite::Result<()> {
    derive(connection, 0..NOWHERE)?;
    count(connection)
}

impl Step {
    pub(super) fn store(&self, connection: &Connection, at: Seq) -> rusqlite::Result<()> {
        match self {
            Self::Begin(wrong) if wrong.is_empty() => {
                set_number(connection, REBUILT, 0)?;
                set_number(connection, REBUILDING, folding::VERSION)
            }
            Self::Begin(wrong) => {
                let mut forget = connection
                    .prepare_cached("DELETE FROM senders WHERE receiver = ?1 AND sender = ?2 AND last_seq = ?3")?;
                wrong
                    .iter()
                    .try_for_each(|((receiver, sender), seq)| forget.execute(params![receiver, sender, seq]).map(drop))
            }
            Self::Derive => derive(connection, at..at + 1),
            Self::Gap(from) => {
                let mut forget = connection.prepare_cached("DELETE FROM postings WHERE id >= ?1 AND id < ?2")?;
                for bucket in 0..postings::BUCKETS {
                    forget.execute([postings::id(bucket, *from), postings::id(bucket, at + 1)])?;
                }
                derive(connection, *from..at + 1)
            }
            Self::Finish => {
                // A block may have been filled meanwhile; it is rebuilt first.
                if number(connection, REBUILT)? < unindexed::end(connection)? {
                    return Ok(());
                }
                derive(connection, at..NOWHERE)?;
                count(connection)?;
                set_number(connection, FOLDING, folding::VERSION)
            }
        }
    }
}

/// Rebuilds the spans and places of some blocks.
fn derive(connection: &Connection, blocks: Range<Seq>) -> rusqlite::Result<()> {
    let [from, to] = [blocks.start, blocks.end].map(start);
    connection.run("DELETE FROM spans WHERE block >= ?1 AND block < ?2", [blocks.start, blocks.end])?;
    connection.run(&format!("INSERT INTO spans (kind, block, n, earliest, latest) {SPANS}"), [from, to])?;
    connection.run("DELETE FROM places WHERE seq >= ?1 AND seq < ?2", [from, to])?;
    let mut positions = connection.prepare_cached(
        "SELECT seq, received_at, raw, charset FROM messages WHERE seq >= ?1 AND seq < ?2 AND kind = ?3 ORDER BY seq",
    )?;
    let mut rows = positions.query(params![from, to, Kind::Position.name()])?;
    while let Some(row) = rows.next()? {
        let record = message(row, row.get(0)?, [1, 2, 3])?;
        places::add(connection, record.seq, point(&record.message))?;
    }
    Ok(())
}

/// Computes the sums of the spans.
fn count(connection: &Connection) -> rusqlite::Result<()> {
    let sql =
        "UPDATE counts SET n = (SELECT coalesce(sum(n), 0) FROM spans WHERE spans.kind = counts.kind) WHERE kind = ?1";
    let mut sum = connection.prepare_cached(sql)?;
    Kind::ALL.iter().map(|kind| kind.name()).chain([UNREAD]).try_for_each(|kind| sum.execute([kind]).map(drop))
}
