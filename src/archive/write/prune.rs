//! Removes messages and media, in batches so small that an answer to Weibo waits for no more than one of them.

use std::collections::BTreeMap;
use std::time::Instant;

use rusqlite::{OptionalExtension as _, params};

use crate::archive::connection::turnstile::TURN;
use crate::archive::row::time;
use crate::archive::{Archive, Error, index};
use crate::record::Seq;
use crate::record::cluster::Deed;
use crate::weibo::FileId;

use super::discard::AT_ONCE;
use super::{Turn, tell};

/// The maximum number of pages, 1 MB, that are returned to the file system at a time. Each is read and written
/// once more, which takes some milliseconds.
const PAGES: u32 = 256;

impl Archive {
    /// Removes as much of a batch as a turn has time for, so that no answer waits long, and returns some free
    /// pages to the file system. The caller names the rest again. It must have removed the files of the media
    /// before.
    pub async fn prune(&self, batch: PruneBatch) -> Result<Pruned, Error> {
        self.write(move |turn| batch.write(turn)).await
    }
}

/// Messages and media that are to be removed in one turn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PruneBatch {
    /// Numbers of the messages.
    pub messages: Vec<Seq>,
    /// The media, which then count as never requested.
    pub media: Vec<FileId>,
}

impl PruneBatch {
    /// The maximum number of rows that are removed at once. Each takes some 20 µs, so a batch takes a few
    /// milliseconds on an idle machine.
    pub const LIMIT: usize = 250;
}

/// Result of removing a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Number of messages that were removed.
    pub messages: u64,
    /// Number of media that were removed, the first ones of the batch.
    pub media: usize,
    /// Whether free pages are left that can be returned.
    pub has_free_pages: bool,
}

impl PruneBatch {
    /// Publishes the messages that the user deleted to the other nodes. Messages that are removed by age stay
    /// there until those nodes remove them.
    fn tell_deleted(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        if turn.node.is_none() {
            return Ok(());
        }
        let mut is_deleted = turn.transaction.prepare_cached("SELECT at FROM removals WHERE seq = ?1 AND at > ?2")?;
        let mut by_time: BTreeMap<i64, Vec<Seq>> = BTreeMap::new();
        for seq in &self.messages {
            if let Some(at) = is_deleted.query_row(params![seq, AT_ONCE], |row| row.get(0)).optional()? {
                by_time.entry(at).or_default().push(*seq);
            }
        }
        // Each is published once, even if this turn has no time to remove it.
        let mut told = turn.transaction.prepare_cached("UPDATE removals SET at = ?2 WHERE seq = ?1")?;
        for (at, seqs) in by_time {
            tell::tell_of(turn, &seqs, |ids| Deed::Delete { ids }, time(at))?;
            seqs.iter().try_for_each(|seq| told.execute(params![seq, AT_ONCE]).map(drop))?;
        }
        Ok(())
    }

    /// Removes what there is time for. A medium that a message refers to again is removed all the same: its
    /// file is gone.
    fn write(&self, turn: &Turn<'_>) -> rusqlite::Result<Pruned> {
        let began = Instant::now();
        let has_time = || began.elapsed() < TURN;
        let mut pruned = Pruned::default();
        let mut n_gone = 0;
        self.tell_deleted(turn)?;
        let mut message = turn.transaction.prepare_cached("DELETE FROM messages WHERE seq = ?1")?;
        for seq in &self.messages {
            pruned.messages += message.execute([seq])? as u64;
            n_gone += 1;
            if !has_time() {
                break;
            }
        }
        index::forget(turn.transaction, self.messages.get(..n_gone).unwrap_or_default())?;
        let mut medium = turn.transaction.prepare_cached("DELETE FROM media WHERE fid = ?1")?;
        for fid in &self.media {
            medium.execute([fid.0.cast_signed()])?;
            pruned.media += 1;
            if !has_time() {
                break;
            }
        }
        let free_pages = || turn.transaction.pragma_query_value(None, "freelist_count", |row| row.get::<_, u64>(0));
        let before = free_pages()?;
        // Each step returns one page.
        let mut vacuum = turn.transaction.prepare_cached(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut steps = vacuum.query([])?;
        while steps.next()?.is_some() && has_time() {}
        // An archive that was created without incremental vacuum keeps its free pages for later messages.
        pruned.has_free_pages = (1..before).contains(&free_pages()?);
        Ok(pruned)
    }
}
