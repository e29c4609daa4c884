//! Forwards messages to the user's bots, each at its own pace, so that a slow bot delays neither the others
//! nor Weibo.
//!
//! Each target follows the archive by a bookmark of its own ([`bringing`]): every message reaches it at least
//! once, and the messages of one sender arrive in order ([`lanes`]). Failed calls are retried, and a dead
//! target is left alone ([`schedule`]). The listener announces incoming callbacks through a [`BotDoor`], so
//! that the first call for a message repeats Weibo's own, and the answer of one target can become the answer
//! to Weibo.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::archive::Archive;
use crate::reason::Reason;
use crate::record::people::SenderClaim;
use crate::record::target::TargetStatus;
use crate::worker;

mod bringing;
mod call;
mod comparing;
mod courier;
mod lanes;
mod ledger;
mod orders;
mod origin;
pub mod replay;
mod retrying;
mod round;
mod schedule;
mod sending;
mod tally;
pub mod target;

use call::TargetCaller;
pub use call::{ANSWER_LIMIT, AppSecrets};
pub(crate) use call::{cause, client, unanswered};
pub use courier::COMPARISONS;
use courier::Courier;
pub use orders::{ORDERS, TargetOrders};
pub use origin::{Announced, BotAnswer, BotDoor};
pub use round::PENDING;
use sending::AtOnce;
use target::Target;

/// The running forwarding: one courier for each target.
#[derive(Debug)]
pub struct Forwarding {
    /// The door at which the listener announces callbacks.
    pub door: Arc<BotDoor>,
    /// Status of each target, in the order of the config.
    pub board: watch::Receiver<Vec<TargetStatus>>,
    /// The sender of orders to targets.
    pub orders: TargetOrders,
    couriers: JoinSet<()>,
    stop: CancellationToken,
}

impl Forwarding {
    /// Starts the couriers. They sign calls with the app secrets of the accounts.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be created.
    pub fn start(
        archive: &Archive,
        targets: Vec<Target>,
        secrets: &AppSecrets,
        claims: &watch::Receiver<Vec<SenderClaim>>,
        now: fn() -> DateTime<Utc>,
    ) -> Result<Self, Reason> {
        let door = Arc::new(BotDoor::new(&targets));
        let begin = archive.committed().borrow().seq;
        let at_once = AtOnce::new(archive, &targets, secrets, now);
        let (mut couriers, stop) = (JoinSet::new(), CancellationToken::new());
        let (board_tx, board) = watch::channel(targets.iter().map(Target::status).collect());
        let (board_tx, mut commands) = (Arc::new(board_tx), HashMap::new());
        let all = targets.clone();
        let of_name =
            |name: Option<&str>| all.iter().find(|target| Some(target.name.as_str()) == name).cloned().map(Arc::new);
        for (index, target) in targets.into_iter().enumerate() {
            let caller = TargetCaller::new(secrets.clone(), now)?;
            let (archive, door) = (archive.clone(), Arc::clone(&door));
            let (commands_tx, commands_rx) = mpsc::channel(ORDERS);
            commands.insert(target.name.clone(), commands_tx);
            let compared = of_name(target.compare.as_deref());
            let (board, commands) = ((Arc::clone(&board_tx), index), Mutex::new(commands_rx));
            let (target, claims) = (Arc::new(target), claims.clone());
            let asking = Semaphore::new(target.concurrency);
            let courier =
                Courier { target, archive, caller, door, compared, asking, begin, board, commands, claims, now };
            couriers.spawn(keep_bringing(Arc::new(courier), stop.clone()));
        }
        let orders = TargetOrders::new(archive.clone(), at_once, commands, now);
        Ok(Self { door, board, orders, couriers, stop })
    }

    /// Stops the couriers: gives calls in flight 2 s to finish, and writes their results.
    pub async fn end(mut self) {
        self.stop.cancel();
        while self.couriers.join_next().await.is_some() {}
    }
}

async fn keep_bringing(courier: Arc<Courier>, stop: CancellationToken) {
    let of = ("forwarding", courier.target.name.as_str());
    worker::keep_trying(of, &stop, || bringing::bring(Arc::clone(&courier), stop.clone())).await;
}
