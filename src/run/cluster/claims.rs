//! Claims of all nodes of a cluster: this node publishes its claims to the stream, and a claim counts once it has
//! come back from the stream.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::archive::Archive;
use crate::cluster::{ClusterNode, NodeClaims};
use crate::record::cluster::{ClusterStanding, ClusterStatus};
use crate::record::people::SenderClaim;
use crate::run::clock;

/// Returns the claims of all nodes, given those of this one; without a cluster, just these.
pub(in crate::run) fn share(
    node: Option<&ClusterNode>,
    mut own: watch::Receiver<Vec<SenderClaim>>,
    archive: &Archive,
    stop: &CancellationToken,
) -> watch::Receiver<Vec<SenderClaim>> {
    let Some(node) = node else { return own };
    let (seen_tx, seen) = watch::channel(Vec::new());
    let (mut told, mut status) = (node.claims.clone(), node.status.clone());
    let (archive, stop) = (archive.clone(), stop.clone());
    tokio::spawn(async move {
        // Also publishes an empty list, because the claims of the previous process ended with it.
        let mut last = None;
        loop {
            let claims = own.borrow_and_update().clone();
            if last.as_ref() != Some(&claims) {
                if let Err(error) = archive.tell_claims(claims.clone(), clock::now()).await {
                    tracing::error!(%error, "other nodes are not told who answers whom");
                }
                last = Some(claims.clone());
            }
            let reach = Reach::of(&status.borrow_and_update());
            let believed = reach.believed(claims, &told.borrow_and_update());
            seen_tx.send_if_modified(|seen| {
                let is_news = *seen != believed;
                *seen = believed;
                is_news
            });
            let is_over = tokio::select! {
                () = stop.cancelled() => true,
                changed = own.changed() => changed.is_err(),
                changed = told.changed() => changed.is_err(),
                changed = status.wait_for(|status| Reach::of(status) != reach) => changed.is_err(),
            };
            if is_over {
                return;
            }
        }
    });
    seen
}

/// The nodes that are in contact with this one.
#[derive(Debug, PartialEq, Eq)]
struct Reach {
    node: String,
    is_whole: bool,
    /// The other nodes that are present.
    others: Vec<String>,
}

impl Reach {
    fn of(status: &ClusterStatus) -> Self {
        let others = status.nodes.iter().map(|line| &line.name).filter(|name| **name != status.node);
        Self {
            node: status.node.clone(),
            is_whole: status.standing == ClusterStanding::Whole,
            others: others.cloned().collect(),
        }
    }

    /// Returns the claims that count, of this node's own and those told by the stream. Those of an absent
    /// node do not count.
    fn believed(&self, own: Vec<SenderClaim>, told: &NodeClaims) -> Vec<SenderClaim> {
        let told_by = |node: &String| told.get(node).map(|(_, claims)| claims.as_slice()).unwrap_or_default();
        let has_come_back = |claim: &SenderClaim| {
            !self.is_whole || told_by(&self.node).iter().any(|told| told.session == claim.session)
        };
        let of_others = self.others.iter().flat_map(told_by).cloned();
        own.into_iter().filter(has_come_back).chain(of_others).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::weibo::UserId;

    #[test]
    fn a_claim_counts_when_it_has_come_back_and_for_as_long_as_its_node_is_there() {
        let claim = |session: &str| SenderClaim {
            account: String::new(),
            fan: UserId(7),
            user: session.to_owned(),
            session: session.to_owned(),
            until: DateTime::UNIX_EPOCH,
        };
        let told = |some: &[(&str, &[&str])]| -> NodeClaims {
            some.iter()
                .map(|(node, sessions)| ((*node).to_owned(), (1, sessions.iter().map(|one| claim(one)).collect())))
                .collect()
        };
        let seen = |is_whole, others: &[&str], own: &[&str], told: &NodeClaims| -> Vec<String> {
            let others = others.iter().map(|&node| node.to_owned()).collect();
            let reach = Reach { node: "a".to_owned(), is_whole, others };
            let own = own.iter().map(|one| claim(one)).collect();
            reach.believed(own, told).into_iter().map(|claim| claim.session).collect()
        };
        let nothing = told(&[]);
        let both = told(&[("a", &["x"]), ("b", &["y", "z"])]);
        assert_eq!(seen(true, &["b"], &["x"], &nothing), [""; 0]);
        assert_eq!(seen(false, &[], &["x"], &nothing), ["x"], "nobody can be told");
        assert_eq!(seen(true, &["b"], &["x"], &both), ["x", "y", "z"]);
        assert_eq!(seen(true, &["b"], &[], &both), ["y", "z"], "it is given up here");
        assert_eq!(seen(true, &["c"], &["x"], &both), ["x"], "the other node has gone");
    }
}
