//! Queues media for download, and stores their stages.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::index::{SearchPlan, SeqRange};
use crate::archive::{Archive, Error, row};
use crate::query::{Query, Term, Test};
use crate::record::Seq;
use crate::record::media::Stage;
use crate::record::page::Selection;
use crate::weibo::FileId;

use super::Turn;

/// The maximum number of messages that are examined in one turn, which takes some milliseconds.
const AT_ONCE: usize = 1_000;

impl Archive {
    /// Queues media for download: those never requested, those given up, and, at once instead of later, those
    /// that wait for their next attempt. Returns how many. Many are queued in steps, between which answers to
    /// Weibo get their turn.
    pub async fn want(&self, wanted: Selection, now: DateTime<Utc>) -> Result<u64, Error> {
        let (mut queued, mut after) = (0, 0);
        loop {
            let wanted = wanted.clone();
            let (step, last) = self.write(move |turn| queue(turn, &wanted, after, now)).await?;
            queued += step;
            match last {
                Some(last) => after = last,
                None => return Ok(queued),
            }
        }
    }

    /// Records the stage of a medium, even if it was never requested.
    pub async fn settle(&self, fid: FileId, stage: Stage) -> Result<(), Error> {
        self.write(move |turn| row::settle(turn.transaction, fid, &stage)).await
    }
}

/// Queues the media of messages; of a query only those after a number. The times of a query count from `now`.
/// Returns the number of media that were queued, and the last message that was examined if there may be more.
fn queue(turn: &Turn<'_>, wanted: &Selection, after: Seq, now: DateTime<Utc>) -> rusqlite::Result<(u64, Option<Seq>)> {
    match wanted {
        Selection::Seqs(seqs) => Ok((queue_media(turn, seqs, now)?, None)),
        Selection::Query(query) => {
            let has_file = Query { terms: vec![Term { is_not: false, test: Test::HasFile }] };
            let plan = SearchPlan::new(turn.transaction, turn.unindexed, &query.and(&has_file), now)?;
            let next = SeqRange::After(after);
            let seqs: Vec<Seq> = plan.rows("messages.seq", next, AT_ONCE, |row| row.get(0))?;
            let last = seqs.last().copied().filter(|_| seqs.len() == AT_ONCE);
            Ok((queue_media(turn, &seqs, now)?, last))
        }
    }
}

/// Queues the media of messages, except those that are complete. Returns the number that were queued.
pub(super) fn queue_media(turn: &Turn<'_>, wanted: &[Seq], now: DateTime<Utc>) -> rusqlite::Result<u64> {
    const QUEUE: &str = "INSERT INTO media (fid, state, next_try_at, account)
        SELECT DISTINCT fid, 'queued', ?1, account FROM messages WHERE fid IS NOT NULL AND seq = ?2
        ON CONFLICT (fid) DO UPDATE
        SET state = 'queued', attempts = 0, next_try_at = excluded.next_try_at, reason = NULL, reason_json = NULL,
            account = excluded.account
        WHERE state <> 'done'";
    let now = now.timestamp_millis();
    let mut statement = turn.transaction.prepare_cached(QUEUE)?;
    wanted.iter().map(|seq| statement.execute(params![now, seq]).map(|queued| queued as u64)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{AccountFilter, Arrival};
    use crate::reason::Reason;

    #[tokio::test]
    async fn a_file_is_fetched_for_whom_it_was_asked_for_last() {
        let (directory, now) = (tempfile::tempdir().unwrap(), DateTime::UNIX_EPOCH);
        let archive = Archive::open(directory.path()).unwrap();
        for (number, account) in [(1, "news"), (2, "shop")] {
            let raw = format!(r#"{{"type":"image","sender_id":{number},"data":{{"tovfid":7}}}}"#);
            let arrival = Arrival { account: account.to_owned(), ..Arrival::new(raw, now) };
            let seq = archive.insert(arrival).await.unwrap().seq;
            archive.want(Selection::Seqs(vec![seq]), now).await.unwrap();
            let due = archive.reader().unwrap().due(&AccountFilter::Of(account.to_owned()), now, 2).unwrap();
            assert_eq!(due.iter().map(|due| due.fid).collect::<Vec<_>>(), [FileId(7)], "{account}");
            archive.settle(FileId(7), Stage::Failed { reason: Reason::other("refused") }).await.unwrap();
        }
        archive.close().await.unwrap();
    }
}
