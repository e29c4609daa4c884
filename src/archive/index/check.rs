//! Checks whether the data derived from the messages agrees with them: search index, spans, places, counts and
//! reply windows. The check changes nothing; [`rebuild`] makes repairs.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, Row};

use crate::archive::connection::statements::Statements as _;
use crate::archive::spans::{NOWHERE, UNREAD, block, highest, next_block, number, start};
use crate::record::Seq;
use crate::weibo::{Kind, window};

use super::entry::SenderKey;
use super::lists::{self, message_of, occurrences};
use super::postings::{self, BlockBuilder, BlockSet, id, local};
use super::unindexed::{self, SearchEntries, Unindexed};
use super::windows::{self, Last};
use super::{blocks, places, rebuild, sounds};

/// How far the data derived from the messages disagrees with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IndexCheck {
    /// Number of blocks of 4,096 numbers checked.
    pub n_blocks: u64,
    /// Number of blocks for which the search index finds the wrong messages.
    pub blocks: u64,
    /// Number of blocks with a wrong count or time range for a kind of message.
    pub spans: u64,
    /// Number of blocks with wrong or missing positions.
    pub places: u64,
    /// Number of wrong sums.
    pub counts: u64,
    /// Number of senders with a wrong reply window.
    pub windows: u64,
    /// Progress of the rebuild in percent, while one is running. Blocks of the search index that may be from
    /// another version are then not checked. `None` otherwise.
    pub indexed_again: Option<u8>,
}

/// A check of an archive, block by block.
pub(in crate::archive) struct Checking {
    check: IndexCheck,
    /// The first number that was not indexed when the check began.
    first_open: Seq,
    lasts: HashMap<SenderKey, Last>,
    next: Seq,
}

impl IndexCheck {
    /// Returns whether everything agrees with the messages.
    pub const fn is_right(&self) -> bool {
        self.blocks + self.spans + self.places + self.counts + self.windows == 0
    }
}

impl Checking {
    pub(in crate::archive) fn new(connection: &Connection) -> rusqlite::Result<Self> {
        let check = IndexCheck { indexed_again: rebuild::indexed_again(connection)?, ..IndexCheck::default() };
        Ok(Self { check, first_open: unindexed::end(connection)?, lasts: HashMap::new(), next: 0 })
    }

    /// Checks the next block that has messages; returns its number and that of the last block, or `None` when
    /// there is none.
    pub(in crate::archive) fn advance(&mut self, connection: &Connection) -> rusqlite::Result<Option<(u64, u64)>> {
        let found = next_block(connection, start(self.next))?;
        self.leftovers(connection, found.unwrap_or(NOWHERE))?;
        let Some(found) = found else { return Ok(None) };
        self.block(connection, found)?;
        self.next = found + 1;
        Ok(Some((found, block(highest(connection)?))))
    }

    /// Checks the data that covers all blocks.
    pub(in crate::archive) fn finish(mut self, connection: &Connection) -> rusqlite::Result<IndexCheck> {
        self.counts(connection)?;
        self.windows(connection)?;
        Ok(self.check)
    }

    /// Checks that no data is left of the blocks without messages from the next one up to `to`.
    fn leftovers(&mut self, connection: &Connection, to: Seq) -> rusqlite::Result<()> {
        let from = self.next;
        if from == to {
            return Ok(());
        }
        let count = |sql: &str, bounds: [Seq; 2]| connection.value::<u64>(sql, bounds);
        self.check.spans +=
            count("SELECT count(DISTINCT block) FROM spans WHERE block >= ?1 AND block < ?2 AND n <> 0", [from, to])?;
        let numbers = [from, to].map(start);
        self.check.places +=
            count("SELECT count(DISTINCT seq >> 12) FROM places WHERE seq >= ?1 AND seq < ?2", numbers)?;
        let to = to.min(rebuild::outdated(connection)?.start).min(block(unindexed::end(connection)?));
        let mut rows = connection.prepare_cached("SELECT id FROM postings WHERE id >= ?1 AND id < ?2 LIMIT 1")?;
        for bucket in 0..if from < to { postings::BUCKETS } else { 0 } {
            if rows.exists([id(bucket, from), id(bucket, to)])? {
                self.check.blocks += 1;
                break;
            }
        }
        Ok(())
    }

    fn block(&mut self, connection: &Connection, number: Seq) -> rusqlite::Result<()> {
        self.check.n_blocks += 1;
        let entries = Unindexed::default().read_block(connection, number)?;
        self.check.spans += u64::from(!are_spans_right(connection, number)?);
        self.check.places += u64::from(!are_places_right(connection, number, &entries)?);
        let is_indexed = start(number) < unindexed::end(connection)?;
        if is_indexed && !rebuild::outdated(connection)?.contains(&number) {
            self.check.blocks += u64::from(!are_postings_right(connection, number, &entries)?);
        }
        if start(number) < self.first_open {
            windows::follow_all(&mut self.lasts, &entries);
        }
        Ok(())
    }

    /// Checks the sums, whose parts were checked block by block.
    fn counts(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut sum = connection.prepare_cached("SELECT coalesce(sum(n), 0) FROM spans WHERE kind = ?1")?;
        for kind in Kind::ALL.iter().map(|kind| kind.name()).chain([UNREAD]) {
            self.check.counts +=
                u64::from(sum.query_row([kind], |row| row.get::<_, u64>(0))? != number(connection, kind)?);
        }
        Ok(())
    }

    fn windows(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.check.windows += windows::of_others(connection)?.len() as u64;
        // The windows of senders who wrote since may have changed, and the table may or may not be up to date.
        let entries = Unindexed::default().between(connection, block(self.first_open)..NOWHERE)?;
        let others: HashSet<_> = entries.iter().filter_map(|(_, entry)| Some(entry.contact?.pair)).collect();
        let earliest: Option<i64> = connection.value("SELECT min(earliest) FROM spans WHERE n > 0", [])?;
        let forgotten = earliest.unwrap_or_default().saturating_sub(window::WINDOW.num_milliseconds());
        let mut message = connection.prepare_cached("SELECT is_starred FROM messages WHERE seq = ?1")?;
        let mut starred = |seq: Seq| message.query_map([seq], |row| row.get::<_, bool>(0))?.next().transpose();
        for (pair, last) in self.lasts.iter().filter(|(pair, _)| !others.contains(pair)) {
            let is_wrong = match (windows::last(connection, *pair)?, *last) {
                // The effect of a message that was removed since remains.
                (Some((_, seq)), None) => starred(seq)?.is_some(),
                (Some((at, seq)), Some((last_at, last_seq))) => {
                    (at, seq) != (last_at, last_seq) && (at < last_at || starred(seq)?.is_some())
                }
                (None, Some((last_at, last_seq))) => last_at >= forgotten && starred(last_seq)? == Some(false),
                (None, None) => false,
            };
            self.check.windows += u64::from(is_wrong);
        }
        Ok(())
    }
}

/// Number of messages of a kind, and the earliest and latest time.
type Span = (i64, i64, i64);

fn are_spans_right(connection: &Connection, number: Seq) -> rusqlite::Result<bool> {
    let mut expected: HashMap<String, Span> =
        connection.all(rebuild::SPANS, [start(number), start(number + 1)], span)?;
    let spans = "SELECT kind, block, n, earliest, latest FROM spans WHERE block = ?1 AND n <> 0";
    let found: Vec<(String, Span)> = connection.all(spans, [number], span)?;
    // The time range is not narrowed when messages are removed.
    let is_right = |(kind, (n, earliest, latest)): (String, Span)| {
        expected.remove(&kind).is_some_and(|span| span.0 == n && earliest <= span.1 && latest >= span.2)
    };
    Ok(found.into_iter().all(is_right) && expected.is_empty())
}

/// Reads a span, and the kind of its messages.
fn span(row: &Row<'_>) -> rusqlite::Result<(String, Span)> {
    Ok((row.get(0)?, (row.get(2)?, row.get(3)?, row.get(4)?)))
}

fn are_places_right(connection: &Connection, number: Seq, entries: &SearchEntries) -> rusqlite::Result<bool> {
    let found = places::of_block(connection, number)?;
    let expected = entries.iter().filter_map(|(seq, entry)| Some((*seq, entry.point?)));
    Ok(expected.eq(found))
}

fn are_postings_right(connection: &Connection, number: Seq, entries: &SearchEntries) -> rusqlite::Result<bool> {
    let stored = |bucket: u64| blocks::row(connection, bucket, number);
    let mut there = BlockSet::NONE;
    for (seq, _) in entries {
        there.set(local(*seq));
    }
    let mut omitted = postings::omitted(&stored(postings::OMITTED)?);
    omitted.keep(&there, false);
    let mut builder = BlockBuilder::new();
    for (seq, entry) in entries {
        if omitted.has(local(*seq)) {
            builder.add(*seq, &entry.without_tokens());
        } else if entry.tokens().is_some() {
            builder.add(*seq, entry);
        } else if let Some(entry) = Unindexed::read_one(connection, *seq)? {
            builder.add(*seq, &entry);
        }
    }
    for (bucket, row) in builder.rows() {
        let found = stored(bucket)?;
        let is_right = if bucket == postings::OMITTED {
            postings::omitted(&row) == omitted
        } else {
            // A removed message stays in the postings until its whole block is removed.
            let left = |list: &[u8]| occurrences(list).filter(|at| there.has(message_of(*at))).collect::<Vec<_>>();
            let found = entries_of(bucket, &found).into_iter().map(|(token, list)| (token, left(list)));
            let expected = entries_of(bucket, &row).into_iter();
            let expected = expected.map(|(token, list)| (token, occurrences(list).collect::<Vec<_>>()));
            found.filter(|(_, list)| !list.is_empty()).eq(expected)
        };
        if !is_right {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the entries of a row of either format.
fn entries_of(bucket: u64, row: &[u8]) -> Vec<(Vec<u8>, &[u8])> {
    if postings::SOUNDS.contains(&bucket) {
        return sounds::entries(row).map(|(token, list)| (token.to_vec(), list)).collect();
    }
    lists::entries(row).map(|(token, list)| (token.to_vec(), list)).collect()
}
