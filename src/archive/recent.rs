//! What was committed lately, kept while somebody follows, so that whoever has caught up need not read and parse it again.
//! What is not here is in the file.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::query::Query;
use crate::record::{Record, Seq};

use super::Archive;
use super::index::{Matcher, SearchEntry};

/// At most this many messages are kept.
const MESSAGES: usize = 4_096;
/// At most this many bytes are kept of the bodies, which is what most of them take.
const BYTES: usize = 8 << 20;

/// A message with what it is found by.
pub(super) type Fresh = (Arc<Record>, Arc<SearchEntry>);

/// Shared by the writer, who adds to it, and those who follow in the same process.
#[derive(Debug, Default)]
pub(super) struct Recent {
    n_followers: AtomicUsize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// In the order of their numbers.
    messages: VecDeque<Fresh>,
    n_bytes: usize,
}

impl Recent {
    /// Whether anybody wants what is committed.
    pub(super) fn is_wanted(&self) -> bool {
        self.n_followers.load(Ordering::Relaxed) > 0
    }

    /// Takes messages over that are on disk; the oldest go.
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

    /// A panic elsewhere leaves nothing half done here.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages of the archive that were looked at together.
#[derive(Debug)]
pub struct RecordBatch {
    /// Those that were wanted, in order; there may be none.
    pub records: Vec<Arc<Record>>,
    /// The last message that was looked at.
    pub last: Seq,
}

/// A hold on what this process commits; while there is one, the latest of it is kept in memory.
pub struct Follower {
    recent: Arc<Recent>,
    /// `None` for a query that only the archive's file can answer.
    matcher: Option<Matcher>,
}

impl Archive {
    /// Has the messages that a query finds kept in memory from now on, the latest 4,096 and 8 MB of them.
    pub fn follow(&self, query: &Query) -> Follower {
        self.recent.n_followers.fetch_add(1, Ordering::Relaxed);
        Follower { recent: Arc::clone(&self.recent), matcher: Matcher::new(query) }
    }
}

impl Follower {
    /// The messages right after this one, at most `limit`: those that the query finds, as they were when they were
    /// committed and without the stage of their media. `None` when the next message is not in memory as a whole: it has to be
    /// read, if there is one.
    pub fn after(&self, seq: Seq, limit: usize) -> Option<RecordBatch> {
        let matcher = self.matcher.as_ref()?;
        let kept = self.recent.kept();
        let first = kept.messages.partition_point(|(record, _)| record.seq <= seq);
        // A number that is left out may be another process's message.
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
        if self.recent.n_followers.fetch_sub(1, Ordering::Relaxed) == 1 {
            *self.recent.kept() = Kept::default();
        }
    }
}
