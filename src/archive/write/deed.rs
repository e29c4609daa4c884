//! Applies the deeds of all nodes of a cluster: those of each node in order, and once.

use chrono::{DateTime, Utc};
use rusqlite::params;

use crate::archive::connection::statements::Statements as _;
use crate::archive::row::seq_of;
use crate::archive::{Archive, Error};
use crate::record::cluster::Deed;
use crate::record::page::Mark;
use crate::record::people::SenderClaim;

use super::tell::tell;
use super::{Turn, discard, label, mute, outbox, profile};

/// A deed of a node, as a stream carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeedNews {
    /// Name of the node.
    pub node: String,
    /// Epoch of the node. It grows each time that the node begins to follow a stream.
    pub epoch: i64,
    /// Number of the deed on that node. It grows with each deed, and is a time in Unix microseconds or slightly
    /// more.
    pub number: i64,
    /// The deed.
    pub deed: Deed,
}

impl Archive {
    /// Publishes the claims of this node, which say who answers which sender, to the other nodes.
    pub async fn tell_claims(&self, claims: Vec<SenderClaim>, now: DateTime<Utc>) -> Result<(), Error> {
        let deed = Deed::Claims { claims };
        self.write(move |turn| tell(turn, ("", None), &deed, now)).await
    }
}

impl DeedNews {
    /// Applies the deed unless it has been applied before.
    pub(super) fn write(&self, turn: &Turn<'_>, epoch: i64) -> rusqlite::Result<()> {
        let Self { node, number, deed, .. } = self;
        if turn.node == Some(node) {
            let told = if matches!(deed, Deed::Claims { .. }) {
                // Claims are not published again.
                "DELETE FROM deeds WHERE number = ?1 AND epoch <> ?2"
            } else {
                "UPDATE deeds SET epoch = ?2 WHERE number = ?1"
            };
            turn.run(told, params![number, epoch])?;
        }
        // A node publishes its deeds in order: a lower number is a repetition, unless the stream had lost that
        // deed.
        let heard = "INSERT INTO heard (node, epoch, number) VALUES (?1, ?2, ?3)
            ON CONFLICT (node) DO UPDATE SET epoch = ?2, number = ?3 WHERE (epoch, number) < (?2, ?3)";
        if turn.run(heard, params![node, self.epoch, number])? == 0 {
            return Ok(());
        }
        self.apply(turn)
    }

    /// TABLE: the effect of each kind of deed on an archive.
    fn apply(&self, turn: &Turn<'_>) -> rusqlite::Result<()> {
        let (to, at) = (turn.transaction, self.number / 1_000);
        match &self.deed {
            Deed::Mark { mark, ids } => {
                let set = match mark {
                    Mark::Read => "is_read = 1",
                    Mark::Unread => "is_read = 0",
                    Mark::Starred => "is_starred = 1",
                    Mark::Unstarred => "is_starred = 0",
                };
                let mut marked = to.prepare_cached(&format!("UPDATE messages SET {set} WHERE identity = ?1"))?;
                ids.iter().try_for_each(|id| marked.execute([id.0]).map(drop))
            }
            Deed::LabelMessages { ids, add, remove } => {
                for id in ids {
                    if let Some(seq) = seq_of(to, &id.0)? {
                        label::relabel(to, ("seq", seq.cast_signed()), (add, remove), at)?;
                    }
                }
                Ok(())
            }
            Deed::LabelSender { fan, add, remove } => {
                label::relabel(to, ("fan", fan.0.cast_signed()), (add, remove), at).map(drop)
            }
            Deed::Profile { fan, name, note } => profile::keep(to, *fan, (name.as_deref(), note.as_deref()), at),
            Deed::Mute { fan, is_muted } => mute::set(to, *fan, *is_muted, at).map(drop),
            Deed::Reply { reply, answers } => {
                let seq = answers.map(|id| seq_of(to, &id.0)).transpose()?.flatten();
                outbox::keep_told(to, reply, seq)
            }
            Deed::Delete { ids } => ids.iter().try_for_each(|id| discard::delete(to, &id.0)),
            Deed::Claims { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::archive::{Arrival, StreamBatch, StreamNews, UntoldDeed};
    use crate::record::page::Selection;
    use crate::weibo::identity::{MessageId, identity};

    /// Returns the archive of a node, with one message that the stream knows.
    async fn node(directory: &std::path::Path, now: DateTime<Utc>) -> (Archive, MessageId) {
        let archive = Archive::open(directory).unwrap();
        archive.replicate_as("a");
        archive.begin_stream("one".to_owned(), now).await.unwrap();
        let arrival = Arrival::new(r#"{"type":"text","sender_id":7,"text":"hi"}"#, now);
        let id = MessageId(identity(&arrival.message, &arrival.raw));
        archive.insert(arrival).await.unwrap();
        archive.tell_missing(now, now).await.unwrap();
        (archive, id)
    }

    async fn told(archive: &Archive, now: DateTime<Utc>, told: &[(&str, i64, Deed)]) {
        told_in(archive, now, 1, told).await;
    }

    async fn told_in(archive: &Archive, now: DateTime<Utc>, epoch: i64, told: &[(&str, i64, Deed)]) {
        let done = |(node, number, deed): &(&str, i64, Deed)| {
            StreamNews::Done(DeedNews { node: (*node).to_owned(), epoch, number: *number, deed: deed.clone() })
        };
        let (news, since) = (told.iter().map(done).collect(), now - TimeDelta::days(1));
        let batch = StreamBatch { news, after: 0, cursor: 1, taken: String::new(), since, is_patient: false };
        archive.apply(batch).await.unwrap().await.unwrap();
    }

    #[tokio::test]
    async fn the_last_in_the_stream_counts_and_what_is_told_twice_is_done_once() {
        let (directory, now) = (tempfile::tempdir().unwrap(), DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let (archive, id) = node(directory.path(), now).await;
        let [star, unstar] = [Mark::Starred, Mark::Unstarred].map(|mark| Deed::Mark { mark, ids: vec![id] });
        let is_starred = || archive.reader().unwrap().record(1).unwrap().unwrap().marks.is_starred;
        told(&archive, now, &[("b", 5, star.clone()), ("c", 1, unstar.clone()), ("b", 5, star.clone())]).await;
        assert!(!is_starred());
        told(&archive, now, &[("b", 6, star.clone())]).await;
        assert!(is_starred());
        // A new stream is read from its beginning.
        archive.begin_stream("two".to_owned(), now).await.unwrap();
        told(&archive, now, &[("b", 5, star.clone()), ("c", 1, unstar)]).await;
        assert!(!is_starred());
        // A node publishes again the deeds that the stream has lost, though it has published newer ones since.
        told(&archive, now, &[("b", 4, star.clone())]).await;
        assert!(!is_starred());
        told_in(&archive, now, 2, &[("b", 4, star)]).await;
        assert!(is_starred());
    }

    #[tokio::test]
    async fn what_is_done_here_is_told_until_it_has_come_back_and_again_to_another_stream() {
        let (directory, now) = (tempfile::tempdir().unwrap(), DateTime::UNIX_EPOCH + TimeDelta::days(20_000));
        let (archive, _) = node(directory.path(), now).await;
        let untold = || -> Vec<UntoldDeed> {
            let untold = archive.reader().unwrap().untold_deeds(0, 9).unwrap();
            untold.into_iter().map(|deed| UntoldDeed { epoch: 0, ..deed }).collect()
        };
        for mark in [Mark::Starred, Mark::Starred, Mark::Unstarred] {
            archive.mark(Selection::Seqs(vec![1]), mark, now).await.unwrap();
        }
        let two = untold();
        let numbers: Vec<i64> = two.iter().map(|deed| deed.number).collect();
        assert_eq!(numbers, [now.timestamp_micros(), now.timestamp_micros() + 1], "what changed nothing is not told");
        assert!(two.iter().all(|deed| deed.seq == Some(1)));
        let first = ("a", numbers[0], two[0].deed.clone().unwrap());
        told(&archive, now, std::slice::from_ref(&first)).await;
        assert_eq!(untold(), two[1..]);
        archive.begin_stream("two".to_owned(), now).await.unwrap();
        assert_eq!(untold(), [], "it may have all of it");
        archive.tell_missing(now, now).await.unwrap();
        assert_eq!(untold(), two);
        // A stream that keeps events for one day does not need this one after two days.
        told(&archive, now, &[first]).await;
        told(&archive, now + TimeDelta::days(2), &[]).await;
        archive.begin_stream("three".to_owned(), now).await.unwrap();
        archive.tell_missing(now, now).await.unwrap();
        assert_eq!(untold(), two[1..]);
    }
}
