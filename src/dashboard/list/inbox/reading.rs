//! Read access to the list.

use crate::controls::tab::Tab;
use crate::query::Query;
use crate::record::outgoing::Outgoing;
use crate::record::page::{Anchor, Page, Total};
use crate::record::{Record, Seq};

use super::{Inbox, NOT_READ};

impl Inbox {
    /// Returns whether this message is loaded.
    pub fn has(&self, seq: Seq) -> bool {
        self.index_of(seq).is_some()
    }

    /// Returns this message if it is loaded.
    pub fn record(&self, seq: Seq) -> Option<&Record> {
        self.page.records.get(self.index_of(seq)?)
    }

    /// Returns whether it is not known yet which message will be selected, because its page is still being loaded.
    pub fn is_selecting(&self) -> bool {
        let is_elsewhere = !self.page.records.is_empty() && !self.is_at(self.anchor);
        self.is_loading() && (self.page.request.limit == NOT_READ || is_elsewhere)
    }

    /// Returns whether the selected message is the one at this position of the list.
    pub(super) fn is_at(&self, anchor: Anchor) -> bool {
        let is_last = |index| index + 1 == self.page.records.len();
        match anchor {
            Anchor::Newest => self.page.newer.n == 0 && self.index() == Some(0),
            Anchor::Oldest => !self.page.has_older && self.index().is_some_and(is_last),
            Anchor::Around(seq) => self.selected == Some(seq) && self.index().is_some(),
        }
    }

    /// Returns the number of rows to the next record of the page that satisfies `is_one`, downwards or upwards.
    pub fn rows_to_next(&self, is_down: bool, is_one: impl Fn(&Record) -> bool) -> Option<isize> {
        let index = self.index()?;
        let records = &self.page.records;
        let rows = if is_down == self.is_ascending() {
            records.iter().take(index).rev().position(is_one)
        } else {
            records.iter().skip(index + 1).position(is_one)
        };
        let rows = rows?.saturating_add(1).cast_signed();
        Some(if is_down { rows } else { -rows })
    }

    /// Returns the replies to a message of the page, oldest first.
    pub fn replies_to(&self, seq: Seq) -> &[Outgoing] {
        self.page.replies.iter().find(|(of, _)| *of == seq).map_or(&[][..], |(_, replies)| replies)
    }

    /// Returns the tabs, from left to right.
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// Returns the index of the tab that is shown.
    pub const fn shown(&self) -> usize {
        self.shown
    }

    /// Returns the search within the tab.
    pub const fn filter(&self) -> &Query {
        &self.filter
    }

    /// Returns the last page that was read.
    pub const fn page(&self) -> &Page {
        &self.page
    }

    /// Returns the query that finds the messages of the list.
    pub fn query(&self) -> Query {
        self.tabs.get(self.shown).map_or_else(|| self.filter.clone(), |tab| tab.query.and(&self.filter))
    }

    /// Returns the number of messages of a tab, as far as it is known without a search. The page may still be that of
    /// an earlier query.
    pub fn count(&self, index: usize) -> Option<Total> {
        let query = &self.tabs.get(index)?.query;
        match (query.kinds(), query.account()) {
            (Some(kinds), _) => Some(Total { n: self.page.counts.sum(kinds), is_more: false }),
            (None, Some(account)) => {
                self.page.by_account.iter().find(|(name, _)| name == account).map(|(_, total)| *total)
            }
            (None, None) => (*query == self.page.request.query).then(|| self.total()),
        }
    }

    /// Returns whether the list follows the newest message.
    pub const fn is_following(&self) -> bool {
        self.is_following
    }

    /// Returns whether a message stays in the list although it no longer matches.
    pub fn is_kept(&self, seq: Seq) -> bool {
        self.page.kept.contains(&seq)
    }

    /// Returns the number of hits among all messages, if it differs from the number in the tab.
    pub fn n_in_all(&self) -> Option<Total> {
        self.page.wider.filter(|wider| *wider != self.page.total)
    }

    /// Returns whether the current search has finished without a hit anywhere.
    pub fn has_found_nothing(&self) -> bool {
        let is_there = self.page.total.n > 0 || self.page.wider.is_some_and(|wider| wider.n > 0);
        !is_there && self.page.request.query == self.query()
    }

    /// Returns the number of messages of the list. While the page of a new query is loading, this is the number of
    /// the last one.
    pub const fn total(&self) -> Total {
        self.page.total
    }

    /// Returns the selected message.
    pub fn selected(&self) -> Option<&Record> {
        self.page.records.get(self.index()?)
    }

    /// Returns the position of the selected message in the list, the top row being 1.
    pub fn place(&self) -> Option<Total> {
        let Total { n, is_more } = self.page.newer;
        let from_newest = n + self.index()? as u64 + 1;
        if !self.is_ascending() {
            return Some(Total { n: from_newest, is_more });
        }
        let n_loaded = Total { n: self.page.records.len() as u64, is_more: false };
        let total = if self.is_by_time() { self.page.total } else { n_loaded };
        Some(Total { n: (total.n + 1).saturating_sub(from_newest), is_more: is_more || total.is_more })
    }

    /// Returns the records on the screen, from top to bottom, and the index of the selected one among them.
    pub fn visible(&self) -> (Vec<&Record>, Option<usize>) {
        let top = self.top_index();
        let end = (top + self.room.rows).min(self.page.records.len());
        let mut rows: Vec<&Record> = self.page.records.get(top..end).unwrap_or_default().iter().collect();
        let selected = self.index().and_then(|index| index.checked_sub(top));
        if !self.is_ascending() {
            return (rows, selected);
        }
        rows.reverse();
        (rows, selected.and_then(|selected| (end - top).checked_sub(selected + 1)))
    }
}
