//! Detects writes to the archive since the list was read for which no bell rang here.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::Loop;
use crate::dashboard::Event;
use crate::run::clock;

impl Loop {
    /// Advances the time. Looks for changes only while it is quiet: in a flood the bell rings anyway.
    pub(in crate::run::dashboard) fn tick(&mut self, is_quiet: bool) {
        self.update(Event::Tick(clock::now()));
        if is_quiet {
            self.look_for_changes();
        }
    }

    /// Reloads the list if the archive was written to since it was read: by another process, whose bell rings
    /// only there, or for a key, whose bell may be late in a flood. Checks when the loop wakes anyway, but
    /// not during a read, which returns current data.
    pub(in crate::run::dashboard) fn look_for_changes(&self) {
        tokio::task::spawn_blocking(self.change_finder());
    }

    pub(super) fn change_finder(&self) -> impl FnOnce() + Send + use<> {
        let (reader, version, events) = (Arc::clone(&self.reader), Arc::clone(&self.version), self.events_tx.clone());
        move || {
            let Ok(now) = reader.try_lock().map_or(Ok(None), |reader| reader.version().map(Some)) else { return };
            if now.is_some_and(|now| version.swap(now, Ordering::Relaxed) != now) {
                drop(events.blocking_send(Event::Committed));
            }
        }
    }
}
