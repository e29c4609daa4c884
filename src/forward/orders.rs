//! What is to be done with a target, on its way to whoever brings it its messages.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use super::sending::AtOnce;
use crate::archive::{Archive, Error};
use crate::reason::{Reason, forward};
use crate::record::Seq;
use crate::record::target::{BookmarkPlace, SendOrder, SentAnswer, TargetOrder};

/// So many wait for a target; with more, whoever asks waits.
pub const ORDERS: usize = 16;

/// What a courier does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CourierOrder {
    Pause,
    GoOn,
    Retry,
    /// The bookmark is behind this message then.
    MoveTo(Seq),
}

/// The same, and where it goes what came of it.
#[derive(Debug)]
pub(super) struct TargetCommand {
    pub(super) order: CourierOrder,
    pub(super) done_tx: oneshot::Sender<Result<u64, Reason>>,
}

/// A bookmark that is to be moved.
pub(super) struct Moving {
    pub(super) seq: Seq,
    pub(super) done_tx: oneshot::Sender<Result<u64, Reason>>,
}

impl Moving {
    /// It is, or could not be.
    pub(super) fn done(self, moved: Result<(), Reason>) {
        // Whoever asked may have gone.
        drop(self.done_tx.send(moved.map(|()| 0)));
    }
}

/// Where orders for targets are given. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct TargetOrders {
    archive: Archive,
    at_once: AtOnce,
    commands: Arc<HashMap<String, mpsc::Sender<TargetCommand>>>,
    now: fn() -> DateTime<Utc>,
}

impl TargetOrders {
    pub(super) fn new(
        archive: Archive,
        at_once: AtOnce,
        commands: HashMap<String, mpsc::Sender<TargetCommand>>,
        now: fn() -> DateTime<Utc>,
    ) -> Self {
        Self { archive, at_once, commands: Arc::new(commands), now }
    }

    /// Has something done with a target, and returns to how many messages.
    ///
    /// # Errors
    ///
    /// When there is no such target, or the archive cannot be read or written.
    pub async fn carry_out(&self, target: &str, order: TargetOrder) -> Result<u64, Reason> {
        let commands = self.commands.get(target).ok_or_else(|| forward::NO_SUCH_TARGET.with(target))?;
        let order = match order {
            TargetOrder::Pause => CourierOrder::Pause,
            TargetOrder::GoOn => CourierOrder::GoOn,
            TargetOrder::Retry => CourierOrder::Retry,
            TargetOrder::Move(place) => CourierOrder::MoveTo(self.place(place).await?),
        };
        let (done_tx, done) = oneshot::channel();
        let gone = || Error::Closed.reason();
        commands.send(TargetCommand { order, done_tx }).await.map_err(|_ended| gone())?;
        done.await.unwrap_or_else(|_ended| Err(gone()))
    }

    /// Sends a message to a target or an address at once, and returns what came of it.
    ///
    /// # Errors
    ///
    /// When there is no such message or target, or the archive cannot be read.
    pub async fn send(&self, order: SendOrder) -> Result<SentAnswer, Reason> {
        self.at_once.send(order).await
    }

    /// The message behind which the bookmark is then.
    async fn place(&self, place: BookmarkPlace) -> Result<Seq, Reason> {
        let now = (self.now)();
        self.archive.read(move |reader| reader.place(&place, now)).await.map_err(|error| error.reason())
    }
}
