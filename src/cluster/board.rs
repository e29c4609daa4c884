//! How it goes with this node: kept by those who work, shown to those who look.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, watch};

use crate::reason::Reason;
use crate::record::cluster::{ClusterStanding, ClusterStatus};
use crate::record::people::SenderClaim;

/// The claims of each node, as the stream told them last, and the number that this had there.
pub type NodeClaims = BTreeMap<String, (i64, Vec<SenderClaim>)>;

/// What may be wrong; one thing of each kind at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// How many kinds there are.
const N_KINDS: usize = 9;

/// How it goes.
#[derive(Debug)]
pub(super) struct NodeBoard {
    status: watch::Sender<ClusterStatus>,
    /// The same as in the status, for those who wait for this alone: of the rest there is news all the time.
    standing: watch::Sender<ClusterStanding>,
    troubles: watch::Sender<[Option<Reason>; N_KINDS]>,
    claims: watch::Sender<NodeClaims>,
    /// Rings when the stream is to be told again at once.
    pub(super) nudge: Notify,
    /// The last place of the stream that anybody has told of.
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

    /// How it goes, and a way to wait for changes.
    pub(super) fn status(&self) -> watch::Receiver<ClusterStatus> {
        self.status.subscribe()
    }

    /// Who answers whom on all nodes, and a way to wait for changes.
    pub(super) fn claims(&self) -> watch::Receiver<NodeClaims> {
        self.claims.subscribe()
    }

    /// Believes what a node told of its claims, unless it has told newer ones.
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

    /// Returns when messages do not get beyond this node.
    pub(super) async fn fails(&self) {
        // The sender is here.
        drop(self.standing.subscribe().wait_for(|standing| *standing != ClusterStanding::Whole).await);
    }

    /// Somebody tells of a place of the stream.
    pub(super) fn see(&self, place: u64) {
        self.furthest.fetch_max(place, Ordering::Relaxed);
    }

    /// The stream is followed, and ends here.
    pub(super) fn see_end(&self, place: u64) {
        self.furthest.store(place, Ordering::Relaxed);
    }

    /// Whether the stream is known to have more.
    pub(super) fn is_behind(&self, cursor: u64) -> bool {
        self.furthest.load(Ordering::Relaxed) > cursor
    }

    /// Changes what is told, and rings if that changed something.
    pub(super) fn change(&self, change: impl FnOnce(&mut ClusterStatus)) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    /// Counts a message, which is told with whatever changes next: there are thousands a second.
    pub(super) fn count(&self, count: impl FnOnce(&mut ClusterStatus)) {
        self.status.send_if_modified(|status| {
            count(status);
            false
        });
    }

    /// Says whether messages get beyond this node.
    pub(super) fn stand(&self, standing: ClusterStanding) {
        let is_news = self.standing.send_if_modified(|known| {
            let is_news = *known != standing;
            *known = standing;
            // Here, so that both say the same whoever else has news.
            self.change(|status| status.standing = standing);
            is_news
        });
        if is_news {
            tracing::info!(standing = standing.name(), "the cluster");
            self.nudge.notify_one();
        }
    }

    /// Says that something is wrong, or that it is over.
    pub(super) fn trouble(&self, kind: TroubleKind, reason: Option<Reason>) {
        let is_news = self.troubles.send_if_modified(|troubles| {
            let Some(place) = troubles.get_mut(kind as usize) else { return false };
            let is_news = *place != reason;
            match &reason {
                Some(reason) if is_news => tracing::warn!("{reason}"),
                None if is_news => tracing::info!(?kind, "over"),
                _ => {}
            }
            *place = reason;
            is_news
        });
        if is_news {
            let troubles = self.troubles.borrow().iter().flatten().cloned().collect();
            self.change(|status| status.troubles = troubles);
        }
    }
}
