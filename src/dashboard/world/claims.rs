//! Who else is at the messages: the user's bots, and people who answer.

use crate::dashboard::World;
use crate::record::Record;
use crate::record::cluster::ClusterStatus;
use crate::record::people::SenderClaim;
use crate::record::target::TargetStatus;
use crate::text;

use super::mask;

/// The cells that the names of those who answer may take.
const NAMES: usize = 24;

/// Who else is at the messages.
#[derive(Debug, Clone, Default)]
pub struct Colleagues {
    /// How it goes with the targets.
    pub targets: Vec<TargetStatus>,
    /// Who answers whom.
    pub claims: Vec<SenderClaim>,
    /// How it goes with the cluster; `None` without one.
    pub cluster: Option<ClusterStatus>,
}

impl World {
    /// Who answers the sender of a message, but for one composer: their names, as they are to be shown; `None` when nobody does.
    pub fn claimed_by(&self, record: &Record, but_for: Option<&str>) -> Option<String> {
        let stands = |claim: &&SenderClaim| claim.until > self.now && Some(claim.session.as_str()) != but_for;
        let claims = self.colleagues.claims.iter().filter(stands).filter(|claim| claim.is_on(record));
        let mut users: Vec<String> = claims.map(|claim| text::line(claim.user.trim()).into_owned()).collect();
        users.sort_unstable();
        users.dedup();
        let names = text::cut(&users.join(", "), NAMES).into_owned();
        (!users.is_empty()).then(|| if self.looks.is_masked { mask::hidden_text(&names) } else { names })
    }
}
