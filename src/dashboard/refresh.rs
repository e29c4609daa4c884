//! Reloads the screen when the archive changes: one read at a time, and one more for all changes during it. Input
//! waits, in order, while a screen does not yet know what it refers to.

use std::collections::VecDeque;

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};

use super::over::Over;
use super::{Effect, Event, State, load};

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

impl State {
    /// Reloads the list after a change of the archive, the replies whose outcome is unknown, and the downloads if they
    /// are shown, because their senders may have names now.
    pub(super) fn read_again(&mut self) -> Vec<Effect> {
        let are_downloads_shown = self.stack.iter().any(|over| matches!(over, Over::DownloadList(_)));
        let downloads = are_downloads_shown.then(|| self.world.downloads.read()).flatten();
        let replies = self.replies.read();
        load(self.list.inbox.load()).into_iter().chain(downloads).chain(replies).collect()
    }

    /// Handles an event unless it has to wait, and then the events that waited for it.
    pub(super) fn take_in_order(&mut self, event: Event) -> Vec<Effect> {
        let never_waits =
            |key: Key| key.code == KeyCode::Esc || self.world.setup.keymap.action(key) == Some(Action::Quit);
        if matches!(event, Event::Key(key) if never_waits(key)) || matches!(event, Event::Failed(_)) {
            // Input typed before a key that never waits, or before a failure, is no longer wanted.
            self.held.0.clear();
        } else if matches!(event, Event::Key(_) | Event::Pasted(_)) && self.is_waiting() {
            if self.held.0.len() < MOST {
                self.held.0.push_back(event);
            }
            return Vec::new();
        }
        let mut effects = self.take(event);
        while !self.is_waiting()
            && let Some(held) = self.held.0.pop_front()
        {
            effects.extend(self.take(held));
        }
        effects
    }

    fn is_waiting(&self) -> bool {
        self.stack.last().is_some_and(Over::is_waiting)
    }
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
