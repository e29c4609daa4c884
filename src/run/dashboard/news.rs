//! What comes from outside while the loop runs: it only says that there is something, and gives it away when it is looked at.

use tokio::sync::watch;

use crate::archive::Committed;
use crate::dashboard::Event;
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::media::Board;
use crate::record::traffic::Traffic;

use super::Sources;

/// Everything that may ring.
pub(super) struct News {
    committed: watch::Receiver<Committed>,
    told: watch::Receiver<Option<Reason>>,
    traffic: watch::Receiver<Traffic>,
    board: watch::Receiver<Board>,
    /// The highest number that was given away.
    seq: Seq,
}

impl News {
    pub(super) fn new(sources: &Sources) -> Self {
        let committed = sources.archive.committed();
        let seq = committed.borrow().seq;
        Self {
            seq,
            committed,
            told: sources.told.clone(),
            traffic: sources.traffic.clone(),
            board: sources.board.clone(),
        }
    }

    /// Resolves when there is something, and leaves it to be taken.
    pub(super) async fn came(&mut self) {
        tokio::select! {
            Ok(()) = self.committed.changed() => self.committed.mark_changed(),
            Ok(()) = self.traffic.changed() => self.traffic.mark_changed(),
            Ok(()) = self.board.changed() => self.board.mark_changed(),
            Ok(()) = self.told.changed() => self.told.mark_changed(),
            else => std::future::pending().await,
        }
    }

    /// What came since it was asked last, and how many messages those were.
    pub(super) fn take(&mut self) -> (Vec<Event>, Seq) {
        let committed = taken(&mut self.committed);
        let events = [
            taken(&mut self.traffic).map(Event::Traffic),
            committed.map(|_| Event::Committed),
            taken(&mut self.board).map(Event::Downloads),
            taken(&mut self.told).flatten().map(Event::Failed),
        ];
        let before = self.seq;
        self.seq = committed.map_or(before, |committed| committed.seq);
        (events.into_iter().flatten().collect(), self.seq.saturating_sub(before))
    }
}

/// A value that was not seen yet.
fn taken<T: Clone>(receiver: &mut watch::Receiver<T>) -> Option<T> {
    // Who has gone has nothing new.
    receiver.has_changed().unwrap_or(false).then(|| receiver.borrow_and_update().clone())
}
