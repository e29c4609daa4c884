//! The search engine: how each message is indexed, and how a query finds messages. Of the archive's other
//! modules, this one uses only `row` and `spans`.
//!
//! * Add: each message gets a [`SearchEntry`]. [`add`] stores what is needed at once, and [`Unindexed`] holds the entry
//!   until its block of 4,096 is full. Then [`next_parts`] builds the rows of the block, part by part.
//! * Rebuild: [`next_rebuilt_parts`] rebuilds indexed blocks and all other data derived from the messages.
//!   [`IndexCheck`] says whether that is necessary.
//! * Plan: a [`SearchPlan`] says how a query is answered for one state of the archive.
//! * Walk: [`SearchPlan::rows`] and its siblings read the found messages on one side of a number, a [`SeqRange`].

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
pub(super) use places::teach;
pub(super) use plan::{ScannedRows, SearchPlan, SeqRange, most_frequent, similar_words};
pub(super) use rebuild::{derive_all, indexed_again, rebuilt, request_rebuild, skip_rebuild_if_new};
pub(super) use senders::busiest_senders;
pub(super) use unindexed::{SearchEntries, Unindexed, bound};
pub(super) use windows::fill_windows;

/// Adds a message that was just stored, in the same transaction.
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
