//! Messages through the clauses of a query: block by block in the search index, one by one among the notes. It knows nothing
//! of what SQL alone can tell.

use std::ops::{ControlFlow, RangeInclusive};

use rusqlite::{Connection, OptionalExtension as _};

use crate::record::Seq;

use super::super::index;
use super::super::note::{Clause, Note};
use super::super::postings::{self, Bits, block, start};
use super::{Plan, Side, is_of};

impl Plan {
    /// Whether a message has what must not be. `last` keeps what is known of its block for the next one.
    pub(super) fn is_excluded(
        &self,
        connection: &Connection,
        seq: Seq,
        last: &mut Option<(Seq, Bits)>,
    ) -> rusqlite::Result<bool> {
        if self.must_not.is_empty() {
            return Ok(false);
        }
        if seq >= self.indexed {
            let found = self.notes.binary_search_by_key(&seq, |(seq, _)| *seq);
            return Ok(found.ok().and_then(|at| self.notes.get(at)).is_none_or(|(_, note)| !self.passes(seq, note)));
        }
        let bits = match last.take() {
            Some((number, bits)) if number == block(seq) => bits,
            _ => self.bits(connection, block(seq))?,
        };
        let is_in = bits.has(postings::local(seq));
        *last = Some((block(seq), bits));
        Ok(!is_in)
    }

    /// Finds messages through the clauses, and gives their numbers to `visit` until it has enough. Some may be gone.
    pub(super) fn walk(
        &self,
        connection: &Connection,
        side: Side,
        visit: &mut Visit<'_>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        let (range, is_ascending) = self.range(side);
        let (lowest, highest) = range.into_inner();
        let in_index = lowest..=highest.min(self.indexed.saturating_sub(1));
        let in_notes = lowest.max(self.indexed)..=highest;
        if is_ascending {
            if self.walk_index(connection, in_index, is_ascending, visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.walk_notes(&in_notes, is_ascending, visit)
        } else {
            if self.walk_notes(&in_notes, is_ascending, visit)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.walk_index(connection, in_index, is_ascending, visit)
        }
    }

    fn walk_notes(
        &self,
        range: &RangeInclusive<Seq>,
        is_ascending: bool,
        visit: &mut Visit<'_>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        let found = self.notes.iter().filter(|(seq, note)| range.contains(seq) && self.passes(*seq, note));
        for (seq, _) in ordered(found, is_ascending) {
            if visit(*seq)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn walk_index(
        &self,
        connection: &Connection,
        range: RangeInclusive<Seq>,
        is_ascending: bool,
        visit: &mut Visit<'_>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        if range.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        self.each_block(connection, block(*range.start())..=block(*range.end()), is_ascending, |block| {
            let bits = self.bits(connection, block)?;
            for local in ordered(bits.iter(), is_ascending) {
                let seq = start(block) + local as Seq;
                if range.contains(&seq) && visit(seq)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Gives the blocks in which the first clause may hold to `visit`, until it has enough.
    fn each_block(
        &self,
        connection: &Connection,
        blocks: RangeInclusive<Seq>,
        is_ascending: bool,
        mut visit: impl FnMut(Seq) -> rusqlite::Result<ControlFlow<()>>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        let order = if is_ascending { "ASC" } else { "DESC" };
        let (first, last) = (*blocks.start(), *blocks.end());
        let with_bucket = |bucket| {
            let sql = format!("SELECT id FROM postings WHERE id BETWEEN ?1 AND ?2 ORDER BY id {order}");
            ([index::id(bucket, first), index::id(bucket, last)], sql)
        };
        let (bounds, sql) = match self.must.first() {
            None => return Ok(ControlFlow::Continue(())),
            Some(Clause::Seqs(seqs)) => {
                let mut found: Vec<Seq> = seqs.iter().map(|seq| block(*seq)).collect();
                found.dedup();
                for block in ordered(found.into_iter().filter(|block| blocks.contains(block)), is_ascending) {
                    if visit(block)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                return Ok(ControlFlow::Continue(()));
            }
            Some(Clause::Kinds(kinds)) => {
                let sql = format!(
                    "SELECT block FROM spans WHERE {} AND block BETWEEN ?1 AND ?2 AND n > 0
                     GROUP BY block ORDER BY block {order}",
                    is_of(kinds)
                );
                ([first, last], sql)
            }
            Some(Clause::Words { sought, .. }) => {
                with_bucket(sought.tokens.first().map_or(0, |token| postings::bucket_of_token(token)))
            }
            Some(Clause::Fact(fact)) => with_bucket(postings::bucket_of_fact(fact)),
        };
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(bounds)?;
        while let Some(row) = rows.next()? {
            if visit(index::block_of(row.get(0)?))?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The messages of an indexed block that pass all clauses.
    fn bits(&self, connection: &Connection, block: Seq) -> rusqlite::Result<Bits> {
        let mut found = Bits::ALL;
        let must = self.must.iter().map(|clause| (clause, false));
        for (clause, is_not) in must.chain(self.must_not.iter().map(|clause| (clause, true))) {
            found.keep(&bits(connection, block, clause)?, is_not);
            if found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// Whether a message that is not indexed passes all clauses.
    fn passes(&self, seq: Seq, note: &Note) -> bool {
        self.must.iter().all(|clause| note.passes(clause, seq))
            && !self.must_not.iter().any(|clause| note.passes(clause, seq))
    }
}

/// Takes the number of a message and says whether it wants more.
type Visit<'a> = dyn FnMut(Seq) -> rusqlite::Result<ControlFlow<()>> + 'a;

pub(super) const fn goes_on(goes_on: bool) -> ControlFlow<()> {
    if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn ordered<'a, T: 'a>(
    items: impl DoubleEndedIterator<Item = T> + 'a,
    is_ascending: bool,
) -> Box<dyn Iterator<Item = T> + 'a> {
    if is_ascending { Box::new(items) } else { Box::new(items.rev()) }
}

/// The messages of an indexed block for which a clause holds.
fn bits(connection: &Connection, block: Seq, clause: &Clause) -> rusqlite::Result<Bits> {
    let mut statement = connection.prepare_cached("SELECT entries FROM postings WHERE id = ?1")?;
    let mut row = |bucket: u64| -> rusqlite::Result<Vec<u8>> {
        let row = statement.query_row([index::id(bucket, block)], |row| row.get(0)).optional()?;
        Ok(row.unwrap_or_default())
    };
    let mut bits = Bits::NONE;
    let mut add = |fact: &str, bits: &mut Bits| -> rusqlite::Result<()> {
        postings::with_fact(&row(postings::bucket_of_fact(fact))?, fact, bits);
        Ok(())
    };
    match clause {
        Clause::Seqs(seqs) => {
            let from = seqs.partition_point(|seq| *seq < start(block));
            let here = seqs.iter().skip(from).take_while(|seq| postings::block(**seq) == block);
            here.for_each(|seq| bits.set(postings::local(*seq)));
        }
        Clause::Words { sought, .. } => bits = postings::with_words(sought, row)?,
        Clause::Kinds(kinds) => kinds.iter().try_for_each(|kind| add(kind.name(), &mut bits))?,
        Clause::Fact(fact) => add(fact, &mut bits)?,
    }
    Ok(bits)
}
