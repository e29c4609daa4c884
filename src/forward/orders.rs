//! Orders for targets, on their way to the couriers.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use super::sending::AtOnce;
use crate::archive::{Archive, Error};
use crate::reason::{Reason, forward};
use crate::record::Seq;
use crate::record::target::{BookmarkPlace, SendOrder, SentAnswer, TargetOrder};

/// The maximum number of orders that wait for a target; with more, the caller waits.
pub const ORDERS: usize = 16;

/// An order for a courier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CourierOrder {
    Pause,
    GoOn,
    Retry,
    /// Moves the bookmark to just after this message.
    MoveTo(Seq),
}

/// An order and the sender for its result.
#[derive(Debug)]
pub(super) struct TargetCommand {
    pub(super) order: CourierOrder,
    pub(super) done_tx: oneshot::Sender<Result<u64, Reason>>,
}

/// An order to move the bookmark.
pub(super) struct Moving {
    pub(super) seq: Seq,
    pub(super) done_tx: oneshot::Sender<Result<u64, Reason>>,
}

impl Moving {
    /// Reports that the bookmark was moved, or why not.
    pub(super) fn done(self, moved: Result<(), Reason>) {
        // The caller may have dropped its receiver.
        drop(self.done_tx.send(moved.map(|()| 0)));
    }
}

/// The sender of orders for targets. Cloning it is cheap.
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

    /// Carries out an order for a target, and returns the number of messages that it affects.
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

    /// Sends a message to a target or a URL at once, and returns the answer.
    ///
    /// # Errors
    ///
    /// When there is no such message or target, or the archive cannot be read.
    pub async fn send(&self, order: SendOrder) -> Result<SentAnswer, Reason> {
        self.at_once.send(order).await
    }

    /// Returns the seq of the message after which the bookmark will be.
    async fn place(&self, place: BookmarkPlace) -> Result<Seq, Reason> {
        let now = (self.now)();
        self.archive.read(move |reader| reader.place(&place, now)).await.map_err(|error| error.reason())
    }
}
