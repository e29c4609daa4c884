//! Messages whose words are not all indexed, so that a search for words must read them.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use rusqlite::Connection;

use crate::query::Query;
use crate::record::Seq;

use super::super::blocks::row;
use super::super::postings::{self, BlockSet};
use super::super::rebuild;
use super::super::way::SearchWay;

/// Blocks with messages that must be read to find words in them.
#[derive(Default)]
pub(super) struct Unsure {
    /// Blocks to be read completely, because another version indexed them.
    outdated: Range<Seq>,
    /// Blocks to be read partly; their rows name the messages.
    omitted: BTreeSet<Seq>,
}

impl Unsure {
    /// Returns the blocks for the words of a query; none if it has no words.
    pub(super) fn of(connection: &Connection, query: &Query) -> rusqlite::Result<Self> {
        let ways: Vec<SearchWay> =
            query.terms.iter().filter_map(|term| SearchWay::all_of(&term.test)).flatten().collect();
        if ways.is_empty() {
            return Ok(Self::default());
        }
        let are_known = ways.iter().all(SearchWay::is_known_everywhere);
        let outdated = if are_known { 0..0 } else { rebuild::outdated(connection)? };
        let mut rows = connection.prepare_cached("SELECT id FROM postings WHERE id >= ?1 AND id < ?2")?;
        let bounds = [postings::OMITTED, postings::OMITTED + 1].map(|bucket| postings::id(bucket, 0));
        let rows = rows.query_map(bounds, |row| row.get(0).map(postings::block_of))?;
        Ok(Self { outdated, omitted: rows.collect::<rusqlite::Result<_>>()? })
    }

    /// Returns those within a range of blocks, in order.
    pub(super) fn among(&self, blocks: &RangeInclusive<Seq>) -> BTreeSet<Seq> {
        let omitted = self.omitted.range(blocks.clone()).copied();
        let outdated = self.outdated.start.max(*blocks.start())..self.outdated.end.min(blocks.end().saturating_add(1));
        omitted.chain(outdated).collect()
    }

    /// Returns the messages of a block that must be read.
    pub(super) fn messages(&self, connection: &Connection, block: Seq) -> rusqlite::Result<BlockSet> {
        if self.outdated.contains(&block) {
            return Ok(BlockSet::ALL);
        }
        if !self.omitted.contains(&block) {
            return Ok(BlockSet::NONE);
        }
        Ok(postings::omitted(&row(connection, postings::OMITTED, block)?))
    }
}
