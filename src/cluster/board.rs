//! The state of this node: the cluster's tasks update it, dashboards and commands show it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, watch};

use crate::reason::Reason;
use crate::record::cluster::{ClusterStanding, ClusterStatus};
use crate::record::people::SenderClaim;

/// The claims of each node, as the stream last delivered them, with the number of that deed.
pub type NodeClaims = BTreeMap<String, (i64, Vec<SenderClaim>)>;

/// Kinds of troubles; each has at most one trouble at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TroubleKind {
    Link,
    Stream,
    Strange,
    Missed,
    TooLong,
    Clock,
    Twin,
    Gaps,
    BodyLimit,
}

/// The state of this node.
#[derive(Debug)]
pub(super) struct NodeBoard {
    status: watch::Sender<ClusterStatus>,
    /// The standing of the status, for tasks that wait only for it: the rest changes all the time.
    standing: watch::Sender<ClusterStanding>,
    troubles: watch::Sender<BTreeMap<TroubleKind, Reason>>,
    claims: watch::Sender<NodeClaims>,
    /// Wakes the task that publishes to the stream, so that it tries again at once.
    pub(super) nudge: Notify,
    /// The last known place of the stream.
    furthest: AtomicU64,
}

impl NodeBoard {
    pub(super) fn new(node: &str) -> Self {
        let status = ClusterStatus { node: node.to_owned(), ..ClusterStatus::default() };
        Self {
            status: watch::Sender::new(status),
            standing: watch::Sender::default(),
            troubles: watch::Sender::default(),
            claims: watch::Sender::default(),
            nudge: Notify::new(),
            furthest: AtomicU64::new(0),
        }
    }

    /// Returns the status, and a way to wait for changes.
    pub(super) fn status(&self) -> watch::Receiver<ClusterStatus> {
        self.status.subscribe()
    }

    /// Returns who is replying to which sender on all nodes, and a way to wait for changes.
    pub(super) fn claims(&self) -> watch::Receiver<NodeClaims> {
        self.claims.subscribe()
    }

    /// Records the claims of a node, unless newer ones are known.
    pub(super) fn claim(&self, node: String, number: i64, told: Vec<SenderClaim>) {
        self.claims.send_if_modified(|claims| {
            let known = claims.entry(node).or_default();
            let is_news = known.0 < number;
            if is_news {
                *known = (number, told);
            }
            is_news
        });
    }

    pub(super) fn standing(&self) -> ClusterStanding {
        *self.standing.borrow()
    }

    /// Resolves when messages do not get beyond this node.
    pub(super) async fn fails(&self) {
        // Cannot fail: the board owns the sender.
        drop(self.standing.subscribe().wait_for(|standing| *standing != ClusterStanding::Whole).await);
    }

    /// Records a place of the stream that was heard of.
    pub(super) fn see(&self, place: u64) {
        self.furthest.fetch_max(place, Ordering::Relaxed);
    }

    /// Records the end of the stream, as its follower knows it.
    pub(super) fn see_end(&self, place: u64) {
        self.furthest.store(place, Ordering::Relaxed);
    }

    /// Returns whether the stream is known to continue after `cursor`.
    pub(super) fn is_behind(&self, cursor: u64) -> bool {
        self.furthest.load(Ordering::Relaxed) > cursor
    }

    /// Changes the status, and notifies if that changed something.
    pub(super) fn change(&self, change: impl FnOnce(&mut ClusterStatus)) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    /// Counts a message without notifying, because there are thousands a second: the next change brings it.
    pub(super) fn count(&self, count: impl FnOnce(&mut ClusterStatus)) {
        self.status.send_if_modified(|status| {
            count(status);
            false
        });
    }

    /// Records whether messages get beyond this node.
    pub(super) fn stand(&self, standing: ClusterStanding) {
        let is_news = self.standing.send_if_modified(|known| {
            let is_news = *known != standing;
            *known = standing;
            // Inside the closure, so that both always agree.
            self.change(|status| status.standing = standing);
            is_news
        });
        if is_news {
            tracing::info!(standing = standing.name(), "the cluster");
            self.nudge.notify_one();
        }
    }

    /// Records that something is wrong, or with `None` that it is over.
    pub(super) fn trouble(&self, kind: TroubleKind, reason: Option<Reason>) {
        let is_news = self.troubles.send_if_modified(|troubles| {
            let is_news = troubles.get(&kind) != reason.as_ref();
            match &reason {
                Some(reason) if is_news => tracing::warn!("{reason}"),
                None if is_news => tracing::info!(?kind, "over"),
                _ => {}
            }
            match reason {
                Some(reason) => drop(troubles.insert(kind, reason)),
                None => drop(troubles.remove(&kind)),
            }
            is_news
        });
        if is_news {
            let troubles = self.troubles.borrow().values().cloned().collect();
            self.change(|status| status.troubles = troubles);
        }
    }
}
