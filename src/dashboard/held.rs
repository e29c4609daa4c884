//! What is typed while the top screen is not ready for it waits, in its order: a key means what it would have meant a moment
//! later.

use std::collections::VecDeque;

use crate::controls::key::{Key, KeyCode};

use super::over::Over;
use super::{Effect, Event, State};

/// The most keys that wait; more are lost.
const MOST: usize = 1_000;

/// What waits.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldInput(VecDeque<Event>);

impl State {
    /// Takes an event, unless it has to wait, and then what waited for it.
    pub(super) fn take_in_order(&mut self, event: Event) -> Vec<Effect> {
        if matches!(event, Event::Key(Key { code: KeyCode::Esc, .. })) {
            // It never waits, and what was typed before it is not meant any more.
            self.held.0.clear();
        } else if matches!(event, Event::Key(_) | Event::Pasted(_)) && self.is_reading() {
            if self.held.0.len() < MOST {
                self.held.0.push_back(event);
            }
            return Vec::new();
        }
        let mut effects = self.take(event);
        while !self.is_reading()
            && let Some(held) = self.held.0.pop_front()
        {
            effects.extend(self.take(held));
        }
        effects
    }

    fn is_reading(&self) -> bool {
        self.stack.last().is_some_and(Over::is_reading)
    }
}
