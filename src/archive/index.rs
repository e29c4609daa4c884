//! The search engine: what each message is found by, and how a query finds messages. Behind this door nothing is known of
//! the ledger but its leaves `row` and `spans`.
//!
//! * Add: a [`SearchEntry`] is made of each message; [`add`] keeps what is needed at once, [`Unindexed`] holds the entry until
//!   its block of 4,096 is full, and then [`next_parts`] makes what is written of the block, part by part.
//! * Make again: [`next_rebuilt_parts`] makes the same of blocks that are indexed, with all else that is kept beside the
//!   messages; [`IndexCheck`] says whether that must be.
//! * Plan: a [`SearchPlan`] says how a query is answered at one moment of the archive.
//! * Walk: [`SearchPlan::rows`] and its sisters read what it finds on one side of a number, a [`SeqRange`].

use rusqlite::Connection;

use crate::record::Seq;

use super::spans::SpanChanges;

mod blocks;
mod check;
mod entry;
mod lists;
mod matcher;
mod phrase;
mod places;
mod plan;
mod postings;
mod rebuild;
mod senders;
mod sounds;
mod unindexed;
mod way;
mod windows;

pub(super) use blocks::{BlockPart, catch_up, forget, next_parts, next_rebuilt_parts, parts};
pub(super) use check::Checking;
pub use check::IndexCheck;
pub(super) use entry::SearchEntry;
pub(super) use matcher::Matcher;
pub(super) use places::{add_all_places, teach};
pub(super) use plan::{SearchPlan, SeqRange, similar_words};
pub(super) use rebuild::{indexed_again, rebuilt, request_rebuild, skip_rebuild_if_new};
pub(super) use senders::busiest_senders;
pub(super) use unindexed::{SearchEntries, Unindexed, bound};
pub(super) use windows::fill_windows;

/// Adds a message that was just kept, in the turn that keeps it.
pub(super) fn add(
    connection: &Connection,
    seq: Seq,
    entry: &SearchEntry,
    is_unread: bool,
    changes: &mut SpanChanges,
) -> rusqlite::Result<()> {
    changes.add(seq, entry.kind, entry.received_at, is_unread);
    if !entry.is_sample {
        changes.add_real();
    }
    places::add(connection, seq, entry.point)
}
