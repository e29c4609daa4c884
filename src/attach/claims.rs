//! Who answers whom, of all dashboards of this process and beside it. Nothing of it is on disk: a claim ends with the dashboard
//! that made it, and none outlives the process.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::record::people::{CLAIM, SenderClaim};
use crate::weibo::UserId;

/// The most claims at once; with more, the oldest goes.
const MOST: usize = 1_000;
/// The longest name of a user, in characters.
const LONGEST: usize = 64;

/// The claims that stand. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct ClaimBoard {
    claims: Arc<watch::Sender<Vec<SenderClaim>>>,
    /// How long one stands.
    lasting: TimeDelta,
}

impl Default for ClaimBoard {
    fn default() -> Self {
        Self::lasting(CLAIM)
    }
}

impl ClaimBoard {
    /// With no claims, each of which will stand so long.
    fn lasting(lasting: TimeDelta) -> Self {
        Self { claims: Arc::new(watch::channel(Vec::new()).0), lasting }
    }

    /// The claims that stand, and each change of them.
    pub fn watch(&self) -> watch::Receiver<Vec<SenderClaim>> {
        self.claims.subscribe()
    }

    /// Claims a sender for a user from `now` on, or for longer than before. It ends by itself after [`CLAIM`], and when whoever
    /// made it has gone.
    pub fn claim(
        &self,
        (account, fan): (String, UserId),
        (user, session): (String, String),
        now: DateTime<Utc>,
        gone: &CancellationToken,
    ) {
        let user = user.chars().take(LONGEST).collect();
        let claim = SenderClaim { account, fan, user, session, until: now + self.lasting };
        let (board, gone) = (self.clone(), gone.clone());
        let lasting = self.lasting.to_std().unwrap_or_default();
        self.claims.send_modify(|claims| {
            claims.retain(|other| other.session != claim.session);
            if claims.len() >= MOST {
                claims.remove(0);
            }
            claims.push(claim.clone());
        });
        tokio::spawn(async move {
            tokio::select! {
                () = gone.cancelled() => board.release(&claim.session),
                // One that was made anew meanwhile is another one.
                () = tokio::time::sleep(lasting) => board.remove(|other| *other == claim),
            }
        });
    }

    /// Gives up what a composer claims.
    pub fn release(&self, session: &str) {
        self.remove(|claim| claim.session == session);
    }

    fn remove(&self, is_it: impl Fn(&SenderClaim) -> bool) {
        self.claims.send_if_modified(|claims| {
            let n = claims.len();
            claims.retain(|claim| !is_it(claim));
            claims.len() < n
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(board: &ClaimBoard, session: &str, gone: &CancellationToken) {
        let user = "王\u{1b}".repeat(LONGEST);
        board.claim((String::new(), UserId(7)), (user, session.to_owned()), DateTime::UNIX_EPOCH, gone);
    }

    fn sessions(board: &ClaimBoard) -> Vec<String> {
        board.watch().borrow().iter().map(|claim| claim.session.clone()).collect()
    }

    #[tokio::test]
    async fn a_claim_is_one_a_composer_and_ends_with_it_or_with_its_dashboard() {
        let (board, gone, stays) = (ClaimBoard::default(), CancellationToken::new(), CancellationToken::new());
        for session in ["a", "b", "a", "c"] {
            claim(&board, session, if session == "c" { &stays } else { &gone });
        }
        assert_eq!(sessions(&board), ["b", "a", "c"]);
        assert_eq!(board.watch().borrow()[0].user.chars().count(), LONGEST);
        board.release("b");
        board.release("nobody");
        gone.cancel();
        board.watch().wait_for(|claims| claims.len() == 1).await.unwrap();
        assert_eq!(sessions(&board), ["c"]);
    }

    #[tokio::test]
    async fn a_claim_ends_by_itself() {
        let (board, gone) = (ClaimBoard::lasting(TimeDelta::milliseconds(20)), CancellationToken::new());
        claim(&board, "a", &gone);
        board.watch().wait_for(Vec::is_empty).await.unwrap();
    }
}
