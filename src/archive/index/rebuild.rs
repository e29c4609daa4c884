//! What is kept beside the messages, made again from them: for archives that another version of the folding indexed, and for
//! those in which something is wrong. Block by block, beside everything else; a restart goes on where it was.
//!
//! What has not been made again yet is used as it is, but for words that it may not know.

use std::ops::Range;

use rusqlite::{Connection, params};

use crate::archive::row::time;
use crate::archive::spans::{NOWHERE, UNREAD, block, highest, number, set_number, start};
use crate::query::folding;
use crate::record::place::point;
use crate::record::{Record, Seq};
use crate::weibo::Kind;
use crate::weibo::charset::Charset;

use super::entry::SenderKey;
use super::{places, postings, unindexed};

/// The row of `counts` that holds the version of the folding that all of the index is of.
const FOLDING: &str = "folding";
/// The row of `counts` that holds the version of the folding that blocks are being indexed again with.
const REBUILDING: &str = "rebuilding";
/// The row of `counts` that holds the first number that has not been indexed again.
const REBUILT: &str = "rebuilt";

/// A step that is no block of the index.
pub(super) enum Step {
    /// It begins. These windows are of other messages than they say.
    Begin(Vec<(SenderKey, Seq)>),
    /// Spans and places of a block.
    Derive,
    /// What is kept of blocks without messages, from this one on.
    Gap(Seq),
    /// All blocks are done; what is left is the one that is not full, and the sums.
    Finish,
}

/// Says of an archive that has had no messages that there is nothing to be made again.
pub(in crate::archive) fn skip_rebuild_if_new(connection: &Connection) -> rusqlite::Result<()> {
    if highest(connection)? == 0 { set_number(connection, FOLDING, folding::VERSION) } else { Ok(()) }
}

/// Has everything made again from the first block on.
pub(in crate::archive) fn request_rebuild(connection: &Connection) -> rusqlite::Result<()> {
    set_number(connection, FOLDING, 0)?;
    set_number(connection, REBUILDING, 0)
}

/// Whether something is to be made again.
pub(in crate::archive) fn is_rebuild_wanted(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(number(connection, FOLDING)? != folding::VERSION)
}

/// Whether making again has begun with this version of the folding.
pub(super) fn has_begun(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(number(connection, REBUILDING)? == folding::VERSION)
}

/// The first number that has not been made again; beyond all when none has to be.
pub(in crate::archive) fn rebuilt(connection: &Connection) -> rusqlite::Result<Seq> {
    if !is_rebuild_wanted(connection)? {
        return Ok(Seq::MAX);
    }
    if has_begun(connection)? { number(connection, REBUILT) } else { Ok(0) }
}

/// How much has been made again, in hundredths; `None` when nothing has to be.
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

/// The blocks whose index another version of the folding may have made.
pub(super) fn outdated(connection: &Connection) -> rusqlite::Result<Range<Seq>> {
    let indexed = block(unindexed::end(connection)?);
    Ok(block(rebuilt(connection)?).min(indexed)..indexed)
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
                // Somebody may have filled a block meanwhile, which is done first then.
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

/// Makes spans and places of some blocks again.
fn derive(connection: &Connection, blocks: Range<Seq>) -> rusqlite::Result<()> {
    let [from, to] = [blocks.start, blocks.end].map(start);
    connection
        .prepare_cached("DELETE FROM spans WHERE block >= ?1 AND block < ?2")?
        .execute([blocks.start, blocks.end])?;
    connection
        .prepare_cached(
            "INSERT INTO spans (kind, block, n, earliest, latest)
             SELECT kind, seq >> 12, count(*), min(received_at), max(received_at)
             FROM messages WHERE seq >= ?1 AND seq < ?2 GROUP BY kind, seq >> 12
             UNION ALL
             SELECT ?3, seq >> 12, count(*), min(received_at), max(received_at)
             FROM messages WHERE seq >= ?1 AND seq < ?2 AND is_read = 0 GROUP BY seq >> 12",
        )?
        .execute(params![from, to, UNREAD])?;
    connection.prepare_cached("DELETE FROM places WHERE seq >= ?1 AND seq < ?2")?.execute([from, to])?;
    let mut positions = connection.prepare_cached(
        "SELECT seq, received_at, raw, charset FROM messages WHERE seq >= ?1 AND seq < ?2 AND kind = ?3 ORDER BY seq",
    )?;
    let mut rows = positions.query(params![from, to, Kind::Position.name()])?;
    while let Some(row) = rows.next()? {
        let charset = Charset::named(row.get_ref(3)?.as_str()?);
        let record = Record::decoded(row.get(0)?, time(row.get(1)?), row.get(2)?, charset);
        places::add(connection, record.seq, point(&record.message))?;
    }
    Ok(())
}

/// Sums up what the spans say.
fn count(connection: &Connection) -> rusqlite::Result<()> {
    let sql =
        "UPDATE counts SET n = (SELECT coalesce(sum(n), 0) FROM spans WHERE spans.kind = counts.kind) WHERE kind = ?1";
    let mut sum = connection.prepare_cached(sql)?;
    Kind::ALL.iter().map(|kind| kind.name()).chain([UNREAD]).try_for_each(|kind| sum.execute([kind]).map(drop))
}
