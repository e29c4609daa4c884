//! What a dashboard has heard of the holder: the newest of each, for whoever looks on.

use tokio::sync::watch;

use super::Watches;
use super::protocol::News;
use crate::archive::Committed;
use crate::reason::Reason;
use crate::record::cluster::ClusterStatus;
use crate::record::media::Board;
use crate::record::people::SenderClaim;
use crate::record::target::TargetStatus;
use crate::record::traffic::Traffic;

/// Where what is heard goes.
pub(super) struct Newest {
    committed: watch::Sender<Committed>,
    traffic: watch::Sender<Traffic>,
    board: watch::Sender<Board>,
    targets: watch::Sender<Vec<TargetStatus>>,
    claims: watch::Sender<Vec<SenderClaim>>,
    cluster: watch::Sender<Option<ClusterStatus>>,
    is_signed: watch::Sender<bool>,
    told: watch::Sender<Option<Reason>>,
}

impl Newest {
    /// Nothing yet, but whether calls are checked with an app secret; and where it is seen.
    pub(super) fn new(is_signed: bool) -> (Self, Watches) {
        let (committed_tx, committed) = watch::channel(Committed::default());
        let (traffic_tx, traffic) = watch::channel(Traffic::default());
        let (board_tx, board) = watch::channel(Board::default());
        let (targets_tx, targets) = watch::channel(Vec::new());
        let (claims_tx, claims) = watch::channel(Vec::new());
        let (cluster_tx, cluster) = watch::channel(None);
        let (signed_tx, is_signed) = watch::channel(is_signed);
        let (told_tx, told) = watch::channel(None);
        let newest = Self {
            committed: committed_tx,
            traffic: traffic_tx,
            board: board_tx,
            targets: targets_tx,
            claims: claims_tx,
            cluster: cluster_tx,
            is_signed: signed_tx,
            told: told_tx,
        };
        (newest, Watches { committed, traffic, board, targets, claims, cluster, is_signed, told })
    }

    /// Whoever claimed has gone with the holder, and so has its cluster: the next one may have none.
    pub(super) fn forget(&self) {
        self.claims.send_replace(Vec::new());
        self.cluster.send_replace(None);
    }

    /// Something that this end found out.
    pub(super) fn tell(&self, reason: Reason) {
        self.told.send_replace(Some(reason));
    }

    pub(super) fn take(&self, News { committed, traffic, board, targets, claims, cluster, is_signed, told }: News) {
        if let Some(committed) = committed {
            self.committed.send_replace(committed);
        }
        if let Some(traffic) = traffic {
            self.traffic.send_replace(traffic);
        }
        if let Some(board) = board {
            self.board.send_replace(board);
        }
        if let Some(targets) = targets {
            self.targets.send_replace(targets);
        }
        if let Some(claims) = claims {
            self.claims.send_replace(claims);
        }
        if let Some(cluster) = cluster {
            self.cluster.send_replace(cluster);
        }
        if let Some(is_signed) = is_signed {
            self.is_signed.send_replace(is_signed);
        }
        if told.is_some() {
            self.told.send_replace(told);
        }
    }
}
