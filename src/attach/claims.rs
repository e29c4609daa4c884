//! Who answers whom, of all dashboards of this process and beside it. Nothing of it is on disk: a claim ends with the dashboard
//! that made it, and none outlives the process.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::record::claim::{CLAIM, Claim};
use crate::weibo::UserId;

/// The most claims at once; with more, the oldest goes.
const MOST: usize = 1_000;
/// The longest name of a user, in characters.
const LONGEST: usize = 64;

/// The claims that stand. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct ClaimBoard(Arc<watch::Sender<Vec<Claim>>>);

impl Default for ClaimBoard {
    fn default() -> Self {
        Self(Arc::new(watch::channel(Vec::new()).0))
    }
}

impl ClaimBoard {
    /// The claims that stand, and each change of them.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Vec<Claim>> {
        self.0.subscribe()
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
        let claim = Claim { account, fan, user, session, until: now + CLAIM };
        let (board, gone) = (self.clone(), gone.clone());
        self.0.send_modify(|claims| {
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
                () = tokio::time::sleep(CLAIM.to_std().unwrap_or(Duration::ZERO)) => board.remove(|other| *other == claim),
            }
        });
    }

    /// Gives up what a composer claims.
    pub fn release(&self, session: &str) {
        self.remove(|claim| claim.session == session);
    }

    fn remove(&self, is_it: impl Fn(&Claim) -> bool) {
        self.0.send_if_modified(|claims| {
            let n = claims.len();
            claims.retain(|claim| !is_it(claim));
            claims.len() < n
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_claim_ends_after_a_while_unless_it_is_made_anew_and_with_its_dashboard() {
        let (board, gone, now) = (ClaimBoard::default(), CancellationToken::new(), DateTime::UNIX_EPOCH);
        let claim = |session: &str, now| {
            board.claim((String::new(), UserId(7)), ("王\u{1b}".to_owned(), session.to_owned()), now, &gone);
        };
        let sessions = || board.watch().borrow().iter().map(|claim| claim.session.clone()).collect::<Vec<_>>();
        claim("a", now);
        claim("b", now);
        tokio::time::sleep(Duration::from_mins(6)).await;
        claim("b", now + chrono::TimeDelta::minutes(6));
        assert_eq!(sessions(), ["a", "b"]);
        tokio::time::sleep(Duration::from_mins(5)).await;
        assert_eq!(sessions(), ["b"]);
        board.release("c");
        gone.cancel();
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(sessions(), [""; 0]);
    }
}
