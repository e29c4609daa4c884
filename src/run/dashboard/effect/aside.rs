//! Reads with a connection of their own, for which the list does not wait.

use super::super::Loop;
use super::told;
use crate::dashboard::Event;
use crate::query::Query;
use crate::record::page::Selection;
use crate::run::clock;

impl Loop {
    /// Counts files with a connection of its own: in a large archive that must not hold up the list.
    pub(super) fn weigh(&self, selection: Selection) {
        let (readers, orders) = (self.sources.holder.readers.clone(), self.sources.holder.orders.clone());
        let weigh = move || {
            let weight = readers.open().and_then(|reader| reader.weigh(&selection, clock::now()));
            let event = weight.map(|weight| Event::Weighed(selection, weight));
            event.unwrap_or_else(|error| Event::Failed(told(&orders, &error)))
        };
        self.beside(weigh, Event::Failed);
    }

    /// Finds a suggestion with a connection of its own: the list must not wait for it.
    pub(super) fn suggest(&self, query: Query) {
        let (readers, of) = (self.sources.holder.readers.clone(), query.clone());
        let suggest = move || {
            let meant = readers.open().and_then(|reader| reader.suggestion(&query, clock::now()));
            let meant = meant.unwrap_or_else(|error| {
                tracing::warn!(%error, "nothing could be suggested");
                None
            });
            Event::Suggested(query, meant)
        };
        self.beside(suggest, move |_fault| Event::Suggested(of, None));
    }
}
