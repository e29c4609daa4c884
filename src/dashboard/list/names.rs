//! Requests names for the senders on the screen.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::dashboard::{Effect, World};
use crate::weibo::UserId;

use super::List;

/// The time for which a sender's name is not requested again. The lookup knows how old a name is, and may not be
/// asking Weibo now.
const AGAIN: TimeDelta = TimeDelta::minutes(10);
/// The maximum number of senders to remember; with more, all are requested again.
const REMEMBERED: usize = 10_000;

/// The time of the last request for each sender.
#[derive(Debug, Clone, Default)]
pub(super) struct WantedNames(HashMap<UserId, DateTime<Utc>>);

impl List {
    /// Requests the names of the senders on the screen. Without a token nobody can be asked, so a request that was
    /// made meanwhile does not count.
    pub(in crate::dashboard) fn want_names(&mut self, world: &World) -> Option<Effect> {
        if !world.setup.start.has_names {
            return None;
        }
        let (records, _) = self.inbox.visible();
        let real = records.into_iter().filter(|record| !record.message.is_sample());
        let senders = real.filter_map(|record| Some((record.account.clone(), record.message.sender_id?)));
        let senders: Vec<_> = senders.collect();
        let mut wanted = Vec::new();
        if self.names.0.len() > REMEMBERED {
            self.names.0.clear();
        }
        for (account, fan) in senders {
            if world.downloads.board.queue_of(&account).lacks_token() {
                self.names.0.remove(&fan);
                continue;
            }
            let wanted_at = self.names.0.get(&fan);
            if wanted_at.is_none_or(|at| world.now >= *at + AGAIN) {
                self.names.0.insert(fan, world.now);
                wanted.push((account, fan));
            }
        }
        (!wanted.is_empty()).then_some(Effect::Names(wanted))
    }
}
