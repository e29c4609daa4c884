//! The counts of the tabs whose messages change as time passes. They are read beside the pages, because a page is read
//! for each frame of a flood, and looking for senders who wait takes longer than a page if there are many.

use chrono::{DateTime, TimeDelta, Utc};

use crate::dashboard::refresh::{Refresh, next_minute};
use crate::dashboard::{Effect, World};
use crate::query::{Query, Test};
use crate::record::page::Total;

use super::List;

/// The minimum time between two reads.
const PAUSE: TimeDelta = TimeDelta::seconds(1);
/// The pause after a read, in times of its length, so that reading takes a small share of the time.
const SHARE: i32 = 20;
/// The maximum time between a change and the next read, also if weibox was suspended during a read.
const LONGEST: TimeDelta = TimeDelta::minutes(5);
/// The time after the last change during which the counts may grow: a sender waits one minute after a message.
const RIPENING: TimeDelta = TimeDelta::minutes(2);

/// The counts, and when they are read again.
#[derive(Debug, Clone, Default)]
pub(super) struct PassingCounts {
    /// The last counts.
    counts: Vec<(Query, Total)>,
    refresh: Refresh,
    /// Whether something has changed since the last read began.
    is_outdated: bool,
    /// The time at which the last read began.
    began_at: DateTime<Utc>,
    /// The earliest time of the next read.
    not_before: DateTime<Utc>,
    /// The time of the last change of the archive.
    changed_at: DateTime<Utc>,
}

/// Returns whether senders who are to be answered are counted: the table of their windows is looked through instead of
/// the messages.
fn is_counted(query: &Query) -> bool {
    query.terms.iter().any(|term| !term.is_not && matches!(term.test, Test::Due(_) | Test::Waiting(_)))
}

impl List {
    /// Notes that the counts may have changed, because the archive has.
    pub(in crate::dashboard) fn outdate_counts(&mut self, now: DateTime<Utc>) {
        self.passing.is_outdated = true;
        self.note_change(now);
    }

    /// Notes that the archive has changed at this time.
    pub(in crate::dashboard) fn note_change(&mut self, at: DateTime<Utc>) {
        self.passing.changed_at = self.passing.changed_at.max(at);
    }

    /// Requests the counts if they are outdated and there has been a pause.
    pub(in crate::dashboard) fn want_counts(&mut self, world: &World) -> Option<Effect> {
        let tabs = || self.inbox.tabs().iter().map(|tab| &tab.query).filter(|query| is_counted(query));
        let passing = &mut self.passing;
        if world.is_frozen || passing.refresh != Refresh::Idle || world.now < passing.not_before {
            return None;
        }
        let is_known = |query: &Query| passing.counts.iter().any(|(of, _)| of == query);
        if !passing.is_outdated && tabs().all(is_known) {
            return None;
        }
        passing.refresh.ask();
        (passing.is_outdated, passing.began_at) = (false, world.now);
        Some(Effect::CountTabs(tabs().cloned().collect()))
    }

    /// Takes the counts, or `None` if they could not be read.
    pub(in crate::dashboard) fn learn_counts(&mut self, counts: Option<Vec<(Query, Total)>>, now: DateTime<Utc>) {
        let passing = &mut self.passing;
        passing.refresh.fail();
        passing.not_before = now + ((now - passing.began_at) * SHARE).clamp(PAUSE, LONGEST);
        passing.counts = counts.unwrap_or_else(|| std::mem::take(&mut passing.counts));
    }

    /// Returns the time at which the counts are to be read again without an event; `None` if they stay as they are.
    pub(in crate::dashboard) fn next_counting(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let passing = &self.passing;
        if passing.is_outdated {
            return (passing.refresh == Refresh::Idle).then_some(passing.not_before.max(now));
        }
        let may_change = passing.counts.iter().any(|(_, total)| total.n > 0) || now - passing.changed_at < RIPENING;
        may_change.then(|| next_minute(now))
    }

    /// Outdates the counts if a minute has passed in which they may have changed.
    pub(in crate::dashboard) fn pass_time(&mut self, before: DateTime<Utc>, now: DateTime<Utc>) {
        self.passing.is_outdated |= self.next_counting(before).is_some_and(|at| at <= now);
    }

    /// Returns the number of messages of a tab, as far as it is known.
    pub fn count(&self, index: usize) -> Option<Total> {
        let of_tab = |query: &Query| self.passing.counts.iter().find(|(of, _)| of == query).map(|(_, total)| *total);
        self.inbox.count(index).or_else(|| of_tab(&self.inbox.tabs().get(index)?.query))
    }

    /// Returns whether a tab is one of senders who are to be answered.
    pub(super) fn is_urgent(&self, index: usize) -> bool {
        self.inbox.tabs().get(index).is_some_and(|tab| is_counted(&tab.query))
    }
}
