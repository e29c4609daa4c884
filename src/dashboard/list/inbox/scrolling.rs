//! Which rows of the loaded part are on the screen.

use crate::query::Query;
use crate::record::Seq;

use super::Inbox;

/// The first row on the screen, or the last if the list is reversed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ListTop {
    pub(super) row: Option<Seq>,
    /// The row from before the search, to which the list returns afterwards.
    before_search: Option<Seq>,
}

impl ListTop {
    /// Remembers the row before a search, and returns to it after one.
    pub(super) fn search(&mut self, before: &Query, after: &Query) {
        if before.terms.is_empty() {
            self.before_search = self.row;
        } else if after.terms.is_empty() {
            self.row = self.before_search.take().or(self.row);
        }
    }
}

impl Inbox {
    /// Scrolls as little as necessary to show the selected row.
    pub(super) fn scroll(&mut self) {
        let Some(index) = self.index() else {
            self.top.row = None;
            return;
        };
        // Records of a row stay together.
        let whole = |top: usize| top.next_multiple_of(self.room.beside);
        let lowest = whole((index + 1).saturating_sub(self.room.rows));
        let top = self.top_index().clamp(lowest, index.max(lowest)) / self.room.beside * self.room.beside;
        // Fill the screen when there is enough below.
        let top = top.min(whole(self.page.records.len().saturating_sub(self.room.rows))).max(lowest);
        self.top.row = self.page.records.get(top).map(|record| record.seq);
    }

    pub(super) fn top_index(&self) -> usize {
        let Some(top) = self.top.row else { return 0 };
        if !self.is_by_time() {
            return self.index_of(top).unwrap_or_default();
        }
        // If it is gone from the page, the nearest older row takes its place.
        self.page.records.partition_point(|record| record.seq > top)
    }
}
