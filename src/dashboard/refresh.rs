//! Reading for the screen. What is on it is read again when the archive changes: once at a time, and once more for what happens
//! meanwhile. What is typed while a screen does not know yet what it is about waits, in its order.

use std::collections::VecDeque;

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};

use super::over::Over;
use super::{Effect, Event, State, load};

/// How far the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Refresh {
    /// Nobody reads.
    #[default]
    Idle,
    /// It is being read.
    Running,
    /// It is being read, and something happened since.
    Stale,
}

impl Refresh {
    /// Something happened: returns whether to have it read now.
    pub(super) fn ask(&mut self) -> bool {
        let is_idle = *self == Self::Idle;
        *self = if is_idle { Self::Running } else { Self::Stale };
        is_idle
    }

    /// The reading is over: returns whether to have it read once more.
    pub(super) fn came(&mut self) -> bool {
        std::mem::take(self) == Self::Stale && self.ask()
    }

    /// It does not come: the next change asks again.
    pub(super) fn fail(&mut self) {
        *self = Self::Idle;
    }
}

/// The most keys that wait; more are lost.
const MOST: usize = 1_000;

/// What waits.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldInput(VecDeque<Event>);

impl State {
    /// The archive changed: has the list read again, and the downloads where they are shown, whose senders may have a name now.
    pub(super) fn read_again(&mut self) -> Vec<Effect> {
        let are_downloads_shown = self.stack.iter().any(|over| matches!(over, Over::DownloadList(_)));
        let downloads = are_downloads_shown.then(|| self.world.downloads.read()).flatten();
        load(self.list.inbox.load()).into_iter().chain(downloads).collect()
    }

    /// Takes an event, unless it has to wait, and then what waited for it.
    pub(super) fn take_in_order(&mut self, event: Event) -> Vec<Effect> {
        let never_waits =
            |key: Key| key.code == KeyCode::Esc || self.world.setup.keymap.action(key) == Some(Action::Quit);
        if matches!(event, Event::Key(key) if never_waits(key)) || matches!(event, Event::Failed(_)) {
            // What was typed before one that never waits is not meant any more, nor where something failed meanwhile.
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
