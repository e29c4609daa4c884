//! The latest committed messages, kept in memory while there is a follower, so that a follower that has
//! caught up need not read and parse them again. Older messages are read from the file.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::query::Query;
use crate::record::{Record, Seq};

use super::Archive;
use super::index::{Matcher, SearchEntry};

/// The maximum number of messages in memory.
const MESSAGES: usize = 4_096;
/// The maximum number of bytes of their bodies, which take most of the memory.
const BYTES: usize = 8 << 20;

/// A message with its entry for the search.
pub(super) type Fresh = (Arc<Record>, Arc<SearchEntry>);

/// The latest messages. The writer adds to them, and the followers in the same process read them.
#[derive(Debug, Default)]
pub(super) struct Recent {
    n_followers: AtomicUsize,
    /// The bookmarks of the followers that have one.
    bookmarks: Mutex<Vec<String>>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// In the order of their numbers.
    messages: VecDeque<Fresh>,
    n_bytes: usize,
}

impl Recent {
    /// Returns whether there is a follower.
    pub(super) fn is_wanted(&self) -> bool {
        self.n_followers.load(Ordering::Relaxed) > 0
    }

    /// Adds messages that are on disk, and drops the oldest beyond the limits.
    pub(super) fn push(&self, messages: Vec<Fresh>) {
        let mut kept = self.kept();
        for message in messages {
            kept.n_bytes += message.0.raw.len();
            kept.messages.push_back(message);
            while kept.messages.len() > MESSAGES || kept.n_bytes > BYTES {
                let gone = kept.messages.pop_front();
                kept.n_bytes -= gone.map_or(0, |(record, _)| record.raw.len());
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        locked(&self.kept)
    }
}

/// A panic of another holder leaves nothing half done here, so a poisoned lock is used all the same.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A batch of consecutive messages of the archive.
#[derive(Debug)]
pub struct RecordBatch {
    /// The messages that the query wants, in order; may be empty.
    pub records: Vec<Arc<Record>>,
    /// The last message that the batch covers.
    pub last: Seq,
}

/// Follows the commits of this process. While there is a follower, the latest messages are kept in memory.
pub struct Follower {
    recent: Arc<Recent>,
    /// `None` for a query that only the archive's file can answer.
    matcher: Option<Matcher>,
    bookmark: Option<String>,
}

impl Archive {
    /// Follows the messages that a query finds. From now on the latest 4,096 messages, up to 8 MB, are kept
    /// in memory.
    pub fn follow(&self, query: &Query) -> Follower {
        self.recent.n_followers.fetch_add(1, Ordering::Relaxed);
        Follower { recent: Arc::clone(&self.recent), matcher: Matcher::new(query), bookmark: None }
    }

    /// Returns whether a follower in this process has this bookmark.
    pub fn is_followed(&self, bookmark: &str) -> bool {
        locked(&self.recent.bookmarks).iter().any(|known| known == bookmark)
    }
}

impl Follower {
    /// Makes the bookmark of the follower known, for [`Archive::is_followed`].
    #[must_use]
    pub fn with_bookmark(mut self, bookmark: Option<String>) -> Self {
        locked(&self.recent.bookmarks).extend(bookmark.clone());
        self.bookmark = bookmark;
        self
    }

    /// Returns at most `limit` of the messages right after `seq`, reduced to those that the query finds. They
    /// are as they were when they were committed, and without the stage of their media. Returns `None` when
    /// memory cannot tell about the next message: if there is one, the caller has to read it.
    pub fn after(&self, seq: Seq, limit: usize) -> Option<RecordBatch> {
        let matcher = self.matcher.as_ref()?;
        let kept = self.recent.kept();
        let first = kept.messages.partition_point(|(record, _)| record.seq <= seq);
        // A missing number may be the message of another process.
        let in_row =
            (seq + 1..).zip(kept.messages.range(first..)).take_while(|(next, (record, _))| record.seq == *next);
        let (mut last, mut records) = (None, Vec::new());
        for (next, (record, entry)) in in_row.take(limit) {
            let Some(is_found) = matcher.finds(next, entry) else { break };
            last = Some(next);
            if is_found {
                records.push(Arc::clone(record));
            }
        }
        last.map(|last| RecordBatch { records, last })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if let Some(bookmark) = &self.bookmark {
            let mut bookmarks = locked(&self.recent.bookmarks);
            if let Some(index) = bookmarks.iter().position(|known| known == bookmark) {
                bookmarks.swap_remove(index);
            }
        }
        if self.recent.n_followers.fetch_sub(1, Ordering::Relaxed) == 1 {
            *self.recent.kept() = Kept::default();
        }
    }
}
