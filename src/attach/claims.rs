//! Who is replying to which sender, among all dashboards of this process and those attached to it. Nothing of
//! it is on disk: a claim ends with the dashboard that made it, and none outlives the process.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::record::people::{CLAIM, SenderClaim};
use crate::weibo::UserId;

/// The maximum number of claims; one more drops the oldest.
const MOST: usize = 1_000;
/// The maximum length of a user's name, in characters.
const LONGEST: usize = 64;

/// The claims in force. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct ClaimBoard {
    claims: Arc<watch::Sender<Vec<SenderClaim>>>,
    /// How long a claim lasts.
    lasting: TimeDelta,
}

impl Default for ClaimBoard {
    fn default() -> Self {
        Self::lasting(CLAIM)
    }
}

impl ClaimBoard {
    /// Returns a board without claims; each claim will last for `lasting`.
    fn lasting(lasting: TimeDelta) -> Self {
        Self { claims: Arc::new(watch::channel(Vec::new()).0), lasting }
    }

    /// Returns the claims in force, and a way to wait for changes.
    pub fn watch(&self) -> watch::Receiver<Vec<SenderClaim>> {
        self.claims.subscribe()
    }

    /// Claims a sender for a user from `now` on, or extends the claim. It expires after [`CLAIM`], and ends
    /// when the dashboard that made it is gone.
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
                // A claim that was renewed meanwhile differs from this one.
                () = tokio::time::sleep(lasting) => board.remove(|other| *other == claim),
            }
        });
    }

    /// Ends the claim of a composer.
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
