//! Attachments that are downloaded because their message is being looked at, if the policy says so.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Effect, State};

/// Whoever passes by on the way to another message does not rest on it for so long.
const LOOKED_AT: TimeDelta = TimeDelta::milliseconds(500);

impl State {
    /// When the attachment of the message whose detail is shown is to be downloaded; `None` when it is not, or was asked
    /// for before. What failed or was cancelled waits for the user.
    pub(super) fn prefetch_at(&self) -> Option<DateTime<Utc>> {
        let (seq, since) = self.shown?;
        let record = self.inbox.selected().filter(|record| record.seq == seq)?;
        let is_new = record.medium.is_none() && self.prefetched != Some(seq);
        (is_new && self.setup.policy.wants_shown(&record.message)).then_some(since + LOOKED_AT)
    }

    /// Orders the attachment of the message that was looked at for long enough.
    pub(super) fn prefetch_shown(&mut self) -> Option<Effect> {
        self.prefetch_at().filter(|at| *at <= self.now)?;
        self.prefetched = self.shown.map(|(seq, _)| seq);
        self.prefetched.map(Effect::Prefetch)
    }
}
