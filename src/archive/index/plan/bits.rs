//! Evaluates one clause on one block of the index.

use rusqlite::Connection;

use crate::archive::spans::{self, start};
use crate::record::Seq;

use super::super::blocks::row;
use super::super::entry::Clause;
use super::super::phrase::{PhraseMatch, SoughtToken};
use super::super::postings::{self, BlockSet};

/// Adds those of the messages that are in a block.
fn set(seqs: &[Seq], block: Seq, bits: &mut BlockSet) {
    let from = seqs.partition_point(|seq| *seq < start(block));
    let here = seqs.iter().skip(from).take_while(|seq| spans::block(**seq) == block);
    here.for_each(|seq| bits.set(postings::local(*seq)));
}

/// Reads the rows of tokens until no match is possible.
pub(super) fn look_at(
    connection: &Connection,
    block: Seq,
    tokens: &[SoughtToken<'_>],
    following: &mut PhraseMatch,
) -> rusqlite::Result<()> {
    for token in tokens {
        let rows = token.buckets().map(|bucket| row(connection, bucket, block));
        let rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        if !following.look(*token, rows.iter().map(Vec::as_slice)) {
            break;
        }
    }
    Ok(())
}

/// Returns the messages of an indexed block that pass a clause.
pub(super) fn bits(connection: &Connection, block: Seq, clause: &Clause) -> rusqlite::Result<BlockSet> {
    let row = |bucket: u64| row(connection, bucket, block);
    let mut bits = BlockSet::NONE;
    let add = |fact: &str, bits: &mut BlockSet| -> rusqlite::Result<()> {
        postings::with_fact(&row(postings::bucket_of_fact(fact))?, fact, bits);
        Ok(())
    };
    match clause {
        Clause::Seqs(seqs) => set(seqs, block, &mut bits),
        Clause::Senders(some) => {
            set(&some.seqs, block, &mut bits);
            for (bucket, facts) in &some.facts {
                postings::with_facts(&row(*bucket)?, facts, &mut bits);
            }
        }
        Clause::Text(ways) => {
            for way in ways {
                let mut following = PhraseMatch::default();
                look_at(connection, block, &SoughtToken::all_of(way), &mut following)?;
                bits.add(&following.bits());
            }
        }
        Clause::Kinds(kinds) => kinds.iter().try_for_each(|kind| add(kind.name(), &mut bits))?,
        Clause::Fact(fact) => add(fact, &mut bits)?,
    }
    Ok(bits)
}
