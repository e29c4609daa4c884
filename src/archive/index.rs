//! The search engine of the archive: what is known of each message so that it is found, and how a query is answered.

pub(super) mod blocks;
pub(super) mod entry;
pub(super) mod indexer;
pub(super) mod places;
pub(super) mod plan;
pub(super) mod postings;
pub(super) mod unindexed;
pub(super) mod windows;
