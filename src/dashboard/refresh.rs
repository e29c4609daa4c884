//! Reloads the screen when the archive changes: one read at a time, and one more for all changes during it. Input
//! waits, in order, while it is not known yet what it refers to.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use crate::controls::action::{Action, Scope, row_of};
use crate::controls::key::{Key, KeyCode};
use crate::language::words;
use crate::record::Seq;
use crate::record::page::{Anchor, Page};

use super::over::Over;
use super::{Effect, Event, State, Tone, load};

/// State of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Refresh {
    /// No read is running.
    #[default]
    Idle,
    /// A read is running.
    Running,
    /// A read is running, and something has changed since it began.
    Stale,
}

impl Refresh {
    /// Records a change. Returns whether to start a read now.
    pub(super) fn ask(&mut self) -> bool {
        let is_idle = *self == Self::Idle;
        *self = if is_idle { Self::Running } else { Self::Stale };
        is_idle
    }

    /// Records the end of a read. Returns whether to start another.
    pub(super) fn came(&mut self) -> bool {
        std::mem::take(self) == Self::Stale && self.ask()
    }

    /// Records that a read failed: the next change starts another.
    pub(super) fn fail(&mut self) {
        *self = Self::Idle;
    }
}

/// The maximum number of waiting events; further ones are dropped.
const MOST: usize = 1_000;

/// Input that waits.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldInput(VecDeque<Event>);

/// Returns the beginning of the next minute.
pub(super) fn next_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    const MINUTE: i64 = 60_000;
    now + TimeDelta::milliseconds(MINUTE - now.timestamp_millis().rem_euclid(MINUTE))
}

impl State {
    /// Reloads the list after a change of the archive, the replies whose outcome is unknown, and the downloads if they
    /// are shown, because their senders may have names now.
    pub(super) fn read_again(&mut self) -> Vec<Effect> {
        let are_downloads_shown = self.stack.iter().any(|over| matches!(over, Over::DownloadList(_)));
        let downloads = are_downloads_shown.then(|| self.world.downloads.read()).flatten();
        let replies = self.replies.read();
        self.list.outdate_counts(self.world.now);
        load(self.list.inbox.load()).into_iter().chain(downloads).chain(replies).collect()
    }

    /// Advances the time. Reloads a list that depends on it once a minute.
    pub(super) fn tick(&mut self, now: DateTime<Utc>) -> Vec<Effect> {
        let is_due = self.next_reading().is_some_and(|at| at <= now);
        if !self.world.is_frozen {
            self.list.pass_time(self.world.now, now);
        }
        self.world.tick(now);
        self.let_notice_go();
        if is_due { self.read_again() } else { Vec::new() }
    }

    /// Returns the beginning of the next minute if the list depends on the time.
    pub(super) fn next_reading(&self) -> Option<DateTime<Utc>> {
        let is_passing = self.list.inbox.query().depends_on_time() && !self.world.is_frozen;
        is_passing.then(|| next_minute(self.world.now))
    }

    pub(super) fn take_page(&mut self, page: Page) -> Vec<Effect> {
        if let (Anchor::Newest, Some(newest)) = (page.request.anchor, page.records.first()) {
            self.world.rate.note_last(newest.received_at);
            self.list.note_change(newest.received_at);
        }
        let next = load(self.list.inbox.take(page));
        self.checklist.learn(&self.list.inbox);
        next
    }

    /// Goes to the message that was looked for, unless the user has gone elsewhere meanwhile.
    pub(super) fn found(&mut self, from: Seq, found: Option<Seq>) -> Vec<Effect> {
        if self.list.finding_from != Some(from) {
            return Vec::new();
        }
        self.list.finding_from = None;
        if found.is_none() {
            // Input typed after the key was meant for the match.
            self.held.0.clear();
            self.say(Tone::Warning, words::NO_MORE_HITS, &[]);
        }
        load(found.and_then(|seq| self.list.inbox.go_to(seq)))
    }

    /// Returns the event if it is to be handled now; otherwise it waits for [`State::next_held`].
    pub(super) fn admit(&mut self, event: Event) -> Option<Event> {
        let key = if let Event::Key(key) = &event { Some(*key) } else { None };
        let action = key.and_then(|key: Key| self.world.setup.keymap.action(key));
        // A click means what is on the screen now.
        let never_waits = key.is_some_and(|key| key.code == KeyCode::Esc)
            || action == Some(Action::Quit)
            || matches!(event, Event::Clicked(..) | Event::Scrolled(..) | Event::Failed(_) | Event::PageFailed(_));
        if never_waits {
            // Input typed before it is no longer wanted.
            self.held.0.clear();
            self.list.finding_from = None;
        }
        let goes_first =
            self.held.0.is_empty() && !self.is_top_waiting() && action.is_some_and(means_the_same_anywhere);
        let is_input = matches!(event, Event::Key(_) | Event::Pasted(_));
        if never_waits || goes_first || !is_input || !self.is_waiting() {
            return Some(event);
        }
        if self.held.0.len() < MOST {
            self.held.0.push_back(event);
        }
        None
    }

    /// Returns the next input that has waited and need not wait any longer.
    pub(super) fn next_held(&mut self) -> Option<Event> {
        if self.is_waiting() { None } else { self.held.0.pop_front() }
    }

    fn is_waiting(&self) -> bool {
        self.is_top_waiting() || self.is_list_waiting()
    }

    fn is_top_waiting(&self) -> bool {
        self.stack.last().is_some_and(Over::is_waiting)
    }

    /// Returns whether keys refer to the selected message and it is not known yet which one that is.
    fn is_list_waiting(&self) -> bool {
        !self.is_asking() && self.list.is_selecting()
    }
}

/// Returns whether an action means the same whichever message is selected, so that a slow read does not delay it.
fn means_the_same_anywhere(action: Action) -> bool {
    let asks_for_list = matches!(
        action,
        Action::Search | Action::Show(_) | Action::PreviousTab | Action::NextTab | Action::Back | Action::Close
    );
    asks_for_list || row_of(action).scope == Scope::Anywhere
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_under_way_and_one_more_stands_for_all_that_happened_meanwhile() {
        let mut refresh = Refresh::default();
        assert_eq!([(); 3].map(|()| refresh.ask()), [true, false, false]);
        assert_eq!([(); 2].map(|()| refresh.came()), [true, false]);
        assert_eq!((refresh.ask(), refresh.ask()), (true, false));
        refresh.fail();
        assert!(refresh.ask());
    }
}
