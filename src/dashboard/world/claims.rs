//! Others who work on the messages or hear of them: the user's bots, channels of alerts, and people who reply.

use crate::dashboard::World;
use crate::record::Record;
use crate::record::cluster::ClusterStatus;
use crate::record::people::SenderClaim;
use crate::record::target::{SilentChannel, TargetStatus};
use crate::text;
use crate::weibo::UserId;

use super::mask;

/// The maximum width of the names of those who reply, in cells.
const NAMES: usize = 24;

/// Bots, other users and nodes that work on the messages, and channels that should hear of them.
#[derive(Debug, Clone, Default)]
pub struct Colleagues {
    /// Status of the targets.
    pub targets: Vec<TargetStatus>,
    /// The channels that do not take their alerts.
    pub channels: Vec<SilentChannel>,
    /// Who else is replying to which sender; this dashboard's own claims are left out.
    pub claims: Vec<SenderClaim>,
    /// The account and the sender for whom a reply is being written in this dashboard.
    pub writing: Option<(String, UserId)>,
    /// Status of the cluster; `None` without one.
    pub cluster: Option<ClusterStatus>,
}

impl World {
    /// Returns the names for display of others who are replying to the sender of a message. `None` if nobody is.
    pub fn claimed_by(&self, record: &Record) -> Option<String> {
        let stands = |claim: &&SenderClaim| claim.until > self.now && claim.is_on(record);
        let claims = self.colleagues.claims.iter().filter(stands);
        let mut users: Vec<String> = claims.map(|claim| text::line(claim.user.trim()).into_owned()).collect();
        users.sort_unstable();
        users.dedup();
        let names = text::cut(&users.join(", "), NAMES).into_owned();
        (!users.is_empty()).then(|| if self.looks.is_masked { mask::hidden_text(&names) } else { names })
    }

    /// Returns the draft for the sender of a message. `None` if there is none, or while anybody is writing it.
    pub fn draft_left<'r>(&self, record: &'r Record) -> Option<&'r str> {
        let draft = Some(record.sender.draft.as_str()).filter(|draft| !draft.is_empty())?;
        let is_written =
            |(account, fan): &(String, UserId)| *account == record.account && Some(*fan) == record.message.sender_id;
        let is_being_written =
            self.colleagues.writing.as_ref().is_some_and(is_written) || self.claimed_by(record).is_some();
        (!is_being_written).then_some(draft)
    }
}
