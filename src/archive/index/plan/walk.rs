//! Walks messages through the clauses of a query: block by block in the search index, one by one among the
//! entries. The SQL conditions are not evaluated here.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator as _;
use rusqlite::{Connection, Rows};

use crate::archive::spans::{block, of_kinds, start};
use crate::record::Seq;

use super::super::blocks::row;
use super::super::entry::{Clause, SearchEntry};
use super::super::phrase::{PhraseMatch, SoughtToken};
use super::super::postings::{self, BlockSet};
use super::super::unindexed::Unindexed;
use super::super::way::SearchWay;
use super::bits::{bits, look_at};
use super::{SearchPlan, SeqRange};

impl SearchPlan<'_> {
    /// Returns whether a message passes one of `must_not`. `last` caches the result for its block.
    pub(super) fn is_excluded(
        &self,
        seq: Seq,
        range: &RangeInclusive<Seq>,
        last: &mut Option<(Seq, BlockSet)>,
    ) -> rusqlite::Result<bool> {
        if self.must_not.is_empty() {
            return Ok(false);
        }
        if seq >= self.indexed {
            let found = self.entries.binary_search_by_key(&seq, |(seq, _)| *seq);
            let found = found.ok().and_then(|at| self.entries.get(at));
            return found.map_or(Ok(true), |(_, entry)| self.passes(seq, entry).map(|passes| !passes));
        }
        let bits = match last.take() {
            Some((number, bits)) if number == block(seq) => bits,
            _ => self.bits(block(seq), range, None)?,
        };
        let is_in = bits.has(postings::local(seq));
        *last = Some((block(seq), bits));
        Ok(!is_in)
    }

    /// Finds messages through the clauses, and passes their numbers to `visit` until it stops. Some may have
    /// been removed.
    pub(super) fn walk(&self, side: SeqRange, visit: &mut Visit<'_>) -> Result<(), Stop> {
        let (range, is_ascending) = self.range(side);
        let (lowest, highest) = range.into_inner();
        let in_index = lowest..=highest.min(self.indexed.saturating_sub(1));
        let in_entries = lowest.max(self.indexed)..=highest;
        if is_ascending {
            self.walk_index(in_index, is_ascending, visit)?;
            self.walk_unindexed(&in_entries, is_ascending, visit)
        } else {
            self.walk_unindexed(&in_entries, is_ascending, visit)?;
            self.walk_index(in_index, is_ascending, visit)
        }
    }

    fn walk_unindexed(
        &self,
        range: &RangeInclusive<Seq>,
        is_ascending: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), Stop> {
        let found = self.entries.iter().filter(|(seq, _)| range.contains(seq));
        for (seq, entry) in ordered(found, is_ascending) {
            if self.passes(*seq, entry)? {
                visit(*seq)?;
            }
        }
        Ok(())
    }

    fn walk_index(&self, range: RangeInclusive<Seq>, is_ascending: bool, visit: &mut Visit<'_>) -> Result<(), Stop> {
        if range.is_empty() {
            return Ok(());
        }
        let blocks = block(*range.start())..=block(*range.end());
        self.each_block(blocks, is_ascending, &mut |block, first| {
            let bits = self.bits(block, &range, first)?;
            let seqs = ordered(bits.iter(), is_ascending).map(|local| start(block) + local as Seq);
            seqs.filter(|seq| range.contains(seq)).try_for_each(&mut *visit)
        })
    }

    /// Passes the blocks that may match the first clause to `visit`, together with the matches if they are
    /// already known, until it stops.
    fn each_block(
        &self,
        blocks: RangeInclusive<Seq>,
        is_ascending: bool,
        visit: &mut BlockVisit<'_>,
    ) -> Result<(), Stop> {
        let order = if is_ascending { "ASC" } else { "DESC" };
        let (first, last) = (*blocks.start(), *blocks.end());
        let (bounds, sql) = match self.must.first() {
            None => return Ok(()),
            Some(Clause::Seqs(seqs)) => {
                let found = seqs.iter().map(|seq| block(*seq)).collect();
                return each_of(found, &blocks, is_ascending, visit);
            }
            Some(Clause::Senders(some)) => {
                let mut found: BTreeSet<Seq> = some.seqs.iter().map(|seq| block(*seq)).collect();
                let mut statement =
                    self.connection.prepare_cached("SELECT id FROM postings WHERE id BETWEEN ?1 AND ?2")?;
                for bucket in some.facts.keys() {
                    let bounds = [first, last].map(|block| postings::id(*bucket, block));
                    let ids = statement.query_map(bounds, |row| row.get(0).map(postings::block_of))?;
                    found.extend(ids.collect::<rusqlite::Result<Vec<Seq>>>()?);
                }
                return each_of(found, &blocks, is_ascending, visit);
            }
            Some(Clause::Text(ways)) => {
                let unsure = self.unsure.among(&blocks);
                return each_with(self.connection, ways, &unsure, blocks, is_ascending, visit);
            }
            Some(Clause::Kinds(kinds)) => {
                let sql = format!(
                    "SELECT block FROM spans WHERE {} AND block BETWEEN ?1 AND ?2 AND n > 0
                     GROUP BY block ORDER BY block {order}",
                    of_kinds(kinds)
                );
                ([first, last], sql)
            }
            Some(Clause::Fact(fact)) => {
                let bucket = postings::bucket_of_fact(fact);
                let sql = format!("SELECT id FROM postings WHERE id BETWEEN ?1 AND ?2 ORDER BY id {order}");
                ([postings::id(bucket, first), postings::id(bucket, last)], sql)
            }
        };
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(bounds)?;
        while let Some(row) = rows.next()? {
            visit(postings::block_of(row.get(0)?), None)?;
        }
        Ok(())
    }

    /// Returns the messages of an indexed block that pass all clauses; `first` has the matches of the first
    /// clause if they are known. Messages that must be read are only read within `range`.
    fn bits(&self, block: Seq, range: &RangeInclusive<Seq>, first: Option<BlockSet>) -> rusqlite::Result<BlockSet> {
        let skipped = usize::from(first.is_some());
        let mut found = first.unwrap_or(BlockSet::ALL);
        let must = self.must.iter().skip(skipped).map(|clause| (clause, false));
        for (clause, is_not) in must.chain(self.must_not.iter().map(|clause| (clause, true))) {
            if found.is_empty() {
                break;
            }
            found.keep(&bits(self.connection, block, clause)?, is_not);
        }
        let unsure = self.unsure.messages(self.connection, block)?;
        if !unsure.is_empty() {
            found.keep(&unsure, true);
            self.read(block, range, unsure, &mut found)?;
        }
        Ok(found)
    }

    /// Reads messages of a block and adds those that pass all clauses.
    fn read(
        &self,
        block: Seq,
        range: &RangeInclusive<Seq>,
        mut messages: BlockSet,
        found: &mut BlockSet,
    ) -> rusqlite::Result<()> {
        // The index is complete except for words.
        let is_known = |clause: &&Clause| !matches!(clause, Clause::Text(_));
        for clause in self.must.iter().filter(is_known) {
            messages.keep(&bits(self.connection, block, clause)?, false);
        }
        for local in messages.iter() {
            let seq = start(block) + local as Seq;
            if !range.contains(&seq) {
                continue;
            }
            let entry = Unindexed::read_one(self.connection, seq)?;
            if entry.is_some_and(|entry| entry.passes_all(&self.must, &self.must_not, seq) == Some(true)) {
                found.set(local);
            }
        }
        Ok(())
    }

    /// Returns whether a message that is not indexed passes all clauses.
    fn passes(&self, seq: Seq, entry: &SearchEntry) -> rusqlite::Result<bool> {
        if let Some(passes) = entry.passes_all(&self.must, &self.must_not, seq) {
            return Ok(passes);
        }
        let entry = Unindexed::read_one(self.connection, seq)?;
        Ok(entry.is_some_and(|entry| entry.passes_all(&self.must, &self.must_not, seq) == Some(true)))
    }
}

/// Why a walk ends before the last message.
pub(super) enum Stop {
    /// Nobody wants more messages.
    Enough,
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// Takes the number of a message.
type Visit<'a> = dyn FnMut(Seq) -> Result<(), Stop> + 'a;

/// Takes a block and its known matches.
type BlockVisit<'a> = dyn FnMut(Seq, Option<BlockSet>) -> Result<(), Stop> + 'a;

/// The rows of a bucket, read in the order of their blocks. Neighbouring rows share pages, whereas separate
/// lookups would search for the page each time.
struct Bucket<'a> {
    rows: Rows<'a>,
    is_ascending: bool,
    /// The block of the row that was read last, which may be beyond the requested one.
    block: Option<Seq>,
}

impl Bucket<'_> {
    /// Reads the next row; returns its block.
    fn advance(&mut self) -> rusqlite::Result<Option<Seq>> {
        self.block = self.rows.next()?.map(|row| row.get(0).map(postings::block_of)).transpose()?;
        Ok(self.block)
    }

    /// Returns the row of a block not before the last one; empty if it does not exist.
    fn of(&mut self, block: Seq) -> rusqlite::Result<&[u8]> {
        let is_ascending = self.is_ascending;
        while self.block.is_none_or(|there| is_before(there, block, is_ascending)) && self.advance()?.is_some() {}
        match self.rows.get() {
            Some(row) if self.block == Some(block) => Ok(row.get_ref(1)?.as_blob()?),
            _ => Ok(&[]),
        }
    }
}

/// The number of tokens of a way that are read sequentially. In most blocks the rarest token leaves some
/// candidates, and the two rarest leave none.
const ALONG: usize = 2;

struct WayRows<'a> {
    /// The first tokens, whose rows are read sequentially.
    along: Vec<(SoughtToken<'a>, Vec<Bucket<'a>>)>,
    /// The other tokens, whose rows are looked up in blocks with candidates.
    others: Vec<SoughtToken<'a>>,
}

impl WayRows<'_> {
    /// Returns the next block that may have the first token.
    fn block(&self, is_ascending: bool) -> Option<Seq> {
        let (_, first) = self.along.first()?;
        first_of(first.iter().filter_map(|bucket| bucket.block), is_ascending)
    }

    /// Advances past a block if it is the current one; `None` before the first block.
    fn leave(&mut self, block: Option<Seq>) -> rusqlite::Result<()> {
        let first = self.along.iter_mut().take(1).flat_map(|(_, first)| first);
        first.filter(|bucket| bucket.block == block).try_for_each(|bucket| bucket.advance().map(drop))
    }

    /// Returns the indexed messages of a block in which the tokens follow each other.
    fn bits(&mut self, connection: &Connection, block: Seq) -> rusqlite::Result<BlockSet> {
        let mut following = PhraseMatch::default();
        for (token, buckets) in &mut self.along {
            let rows = buckets.iter_mut().map(|bucket| bucket.of(block)).collect::<rusqlite::Result<Vec<_>>>()?;
            if !following.look(*token, rows) {
                return Ok(BlockSet::NONE);
            }
        }
        look_at(connection, block, &self.others, &mut following)?;
        Ok(following.bits())
    }
}

/// Passes the blocks that may match one of the ways to `visit`, together with the indexed matches.
fn each_with(
    connection: &Connection,
    ways: &[SearchWay],
    unsure: &BTreeSet<Seq>,
    blocks: RangeInclusive<Seq>,
    is_ascending: bool,
    visit: &mut BlockVisit<'_>,
) -> Result<(), Stop> {
    let order = if is_ascending { "ASC" } else { "DESC" };
    let sql = format!("SELECT id, entries FROM postings WHERE id BETWEEN ?1 AND ?2 ORDER BY id {order}");
    let newest = |bucket| row(connection, bucket, *blocks.end());
    let ways = ways.iter().map(|way| SoughtToken::rarest_first(way, newest)).collect::<rusqlite::Result<Vec<_>>>()?;
    let n_rows = ways.iter().flat_map(|tokens| tokens.iter().take(ALONG)).flat_map(|token| token.buckets()).count();
    let mut statements = (0..n_rows).map(|_| connection.prepare_cached(&sql)).collect::<rusqlite::Result<Vec<_>>>()?;
    let mut statements = statements.iter_mut();
    let mut all_rows = Vec::new();
    for mut tokens in ways {
        let others = tokens.split_off(tokens.len().min(ALONG));
        let mut along = Vec::new();
        for token in tokens {
            let mut buckets = Vec::new();
            for (bucket, statement) in token.buckets().zip(&mut statements) {
                let bounds = [*blocks.start(), *blocks.end()].map(|block| postings::id(bucket, block));
                buckets.push(Bucket { rows: statement.query(bounds)?, is_ascending, block: None });
            }
            along.push((token, buckets));
        }
        all_rows.push(WayRows { along, others });
    }
    all_rows.iter_mut().try_for_each(|rows| rows.leave(None))?;
    let mut unsure = ordered(unsure.iter().copied(), is_ascending).peekable();
    loop {
        let next = first_of(all_rows.iter().filter_map(|rows| rows.block(is_ascending)), is_ascending);
        let comes_first = |block: &Seq| next.is_none_or(|next| is_before(*block, next, is_ascending));
        while let Some(block) = unsure.next_if(comes_first) {
            visit(block, Some(BlockSet::NONE))?;
        }
        let Some(block) = next else { return Ok(()) };
        let _same = unsure.next_if_eq(&block);
        let mut bits = BlockSet::NONE;
        for rows in all_rows.iter_mut().filter(|rows| rows.block(is_ascending) == Some(block)) {
            bits.add(&rows.bits(connection, block)?);
            rows.leave(Some(block))?;
        }
        visit(block, Some(bits))?;
    }
}

/// Passes those of the found blocks that are in `blocks` to `visit`.
fn each_of(
    found: BTreeSet<Seq>,
    blocks: &RangeInclusive<Seq>,
    is_ascending: bool,
    visit: &mut BlockVisit<'_>,
) -> Result<(), Stop> {
    let found = found.into_iter().filter(|block| blocks.contains(block));
    ordered(found, is_ascending).try_for_each(|block| visit(block, None))
}

/// Returns the block that comes first.
fn first_of(blocks: impl Iterator<Item = Seq>, is_ascending: bool) -> Option<Seq> {
    if is_ascending { blocks.min() } else { blocks.max() }
}

const fn is_before(block: Seq, other: Seq, is_ascending: bool) -> bool {
    if is_ascending { block < other } else { block > other }
}

fn ordered<'a, T: 'a>(
    items: impl DoubleEndedIterator<Item = T> + 'a,
    is_ascending: bool,
) -> Box<dyn Iterator<Item = T> + 'a> {
    if is_ascending { Box::new(items) } else { Box::new(items.rev()) }
}
