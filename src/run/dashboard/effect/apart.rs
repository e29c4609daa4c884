//! Effects that read with a connection of their own, because the list must not wait for them.

use crate::dashboard::Event;
use crate::query::Query;
use crate::record::page::Selection;
use crate::run::clock;
use crate::run::dashboard::Loop;

use super::told;

impl Loop {
    /// Counts files, which takes a while in a large archive.
    pub(super) fn weigh(&self, selection: Selection) {
        let (readers, orders) = (self.sources.holder.readers.clone(), self.sources.holder.orders.clone());
        let weigh = move || {
            let weight = readers.open().and_then(|reader| reader.weigh(&selection, clock::now()));
            let event = weight.map(|weight| Event::Weighed(selection, weight));
            event.unwrap_or_else(|error| Event::Failed(told(&orders, &error)))
        };
        self.beside(weigh, Event::Failed);
    }

    /// Finds a suggestion.
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

    /// Counts the messages of tabs.
    pub(super) fn count_tabs(&self, queries: Vec<Query>) {
        let readers = self.sources.holder.readers.clone();
        let count = move || {
            let counts = readers.open().and_then(|reader| reader.count_each(queries, clock::now()));
            Event::Counted(counts.inspect_err(|error| tracing::warn!(%error, "a tab could not be counted")).ok())
        };
        self.beside(count, |_fault| Event::Counted(None));
    }
}
