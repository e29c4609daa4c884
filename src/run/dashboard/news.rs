//! What comes from the holder of the archive while the loop runs: it only says that there is something, and gives it away when it
//! is looked at.

use crate::attach::{Watches, protocol};
use crate::dashboard::Event;
use crate::record::Seq;

/// Everything that may ring.
pub(super) struct News {
    watches: Watches,
    /// The highest number that was given away.
    seq: Seq,
}

impl News {
    pub(super) fn new(watches: Watches) -> Self {
        let seq = watches.committed.borrow().seq;
        Self { watches, seq }
    }

    /// Resolves when there is something, and leaves it to be taken.
    pub(super) async fn came(&mut self) {
        self.watches.changed().await;
    }

    /// What came since it was asked last, and how many messages those were.
    pub(super) fn take(&mut self) -> (Vec<Event>, Seq) {
        let protocol::News { committed, traffic, board, told } = self.watches.take();
        let events = [
            traffic.map(Event::Traffic),
            committed.map(|_| Event::Committed),
            board.map(Event::Downloads),
            told.map(Event::Failed),
        ];
        let before = self.seq;
        self.seq = committed.map_or(before, |committed| committed.seq);
        (events.into_iter().flatten().collect(), self.seq.saturating_sub(before))
    }
}
