//! The part of the status that the archive alone tells.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::archive::{AccountFilter, Bookmark, Error, Reader, ReplyTally, Tally};
use crate::record::Seq;

/// What the archive tells. Scripts rely on the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::run) struct KeptStatus {
    pub(in crate::run) seq: Seq,
    /// Number of messages.
    pub(super) messages: u64,
    pub(in crate::run) last_call_at: Option<DateTime<Utc>>,
    /// The positions of the followers of the archive.
    pub(in crate::run) followers: Vec<Bookmark>,
    pub(super) downloads: DownloadStatus,
    /// The replies that are not sent.
    pub(super) replies: ReplyTally,
}

/// The state of the downloads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct DownloadStatus {
    /// Only the process that serves knows this number.
    pub(super) running: usize,
    pub(super) queued: u64,
    pub(super) failed: u64,
    pub(super) done: u64,
}

impl KeptStatus {
    /// Reads it, with the followers that have these names and without the numbers of [`Self::counted`]. Blocks.
    pub(super) fn read(reader: &Reader, is_follower: impl Fn(&str) -> bool) -> Result<Self, Error> {
        let seq = reader.highest()?;
        let followers = reader.bookmarks()?.into_iter().filter(|bookmark| is_follower(&bookmark.name));
        Ok(Self {
            seq,
            messages: reader.n_after(0)?,
            last_call_at: reader.record(seq)?.map(|record| record.received_at),
            followers: followers.collect(),
            ..Self::default()
        })
    }

    /// Counts the downloads and the replies, which reads all of them. Blocks.
    pub(super) fn counted(self, reader: &Reader) -> Result<Self, Error> {
        let Tally { queued, done, failed } = reader.tally(&AccountFilter::All)?;
        let downloads = DownloadStatus { running: 0, queued, failed, done };
        Ok(Self { downloads, replies: reader.reply_tally()?, ..self })
    }
}
