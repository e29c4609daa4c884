//! Removing messages and media, in batches so small that an answer to Weibo waits no longer than for one of them.

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

/// This many pages, 1 MB, are given back at a time. Each is read and written once more, which takes some milliseconds.
const PAGES: u32 = 256;

impl Archive {
    /// Removes of what is named as much as a turn has time for, so that no answer waits long, and gives some free pages back to
    /// the file system. What is left over is to be named again. The files of media are the caller's to remove, before this.
    pub async fn prune(&self, batch: PruneBatch) -> Result<Pruned, Error> {
        self.write(move |turn| batch.write(turn)).await
    }
}

/// What is to be removed at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PruneBatch {
    /// Messages.
    pub messages: Vec<Seq>,
    /// Media, which are as if never asked for afterwards.
    pub media: Vec<FileId>,
}

impl PruneBatch {
    /// At most this many rows are removed at once. Each takes some 20 µs, so that a batch takes a few milliseconds on a
    /// machine that has nothing else to do.
    pub const LIMIT: usize = 250;
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// The number of messages.
    pub messages: u64,
    /// The number of media, the first ones of those that were named.
    pub media: usize,
    /// Whether free pages are left, and some can be given back.
    pub has_free_pages: bool,
}

impl PruneBatch {
    /// Has other nodes told of the messages that the user deleted. What goes by age stays there for as long as they keep it.
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
        // Once, also of those for which this turn has no time.
        let mut told = turn.transaction.prepare_cached("UPDATE removals SET at = ?2 WHERE seq = ?1")?;
        for (at, seqs) in by_time {
            tell::tell_of(turn, &seqs, |ids| Deed::Delete { ids }, time(at))?;
            seqs.iter().try_for_each(|seq| told.execute(params![seq, AT_ONCE]).map(drop))?;
        }
        Ok(())
    }

    /// Removes what there is time for. A medium that a message refers to again goes all the same: its file has gone.
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
        // A page a step.
        let mut vacuum = turn.transaction.prepare_cached(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut steps = vacuum.query([])?;
        while steps.next()?.is_some() && has_time() {}
        // An archive that was made without the way to give pages back keeps them for later messages.
        pruned.has_free_pages = (1..before).contains(&free_pages()?);
        Ok(pruned)
    }
}
