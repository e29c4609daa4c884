//! What there is to read of the list. It changes nothing.

use crate::controls::tab::Tab;
use crate::query::Query;
use crate::record::outgoing::Outgoing;
use crate::record::page::{Page, Total};
use crate::record::{Record, Seq};

use super::Inbox;

impl Inbox {
    /// Whether this message is loaded.
    pub fn has(&self, seq: Seq) -> bool {
        self.index_of(seq).is_some()
    }

    /// The number of rows to the next record of the page that is one of those, down the screen or up it.
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

    /// The replies to a message of the page, oldest first.
    pub fn replies_to(&self, seq: Seq) -> &[Outgoing] {
        self.page.replies.iter().find(|(of, _)| *of == seq).map_or(&[][..], |(_, replies)| replies)
    }

    /// The tabs, from left to right.
    pub fn tabs(&self) -> &[Tab] {
        &self.tabs
    }

    /// The index of the tab that is shown.
    pub const fn shown(&self) -> usize {
        self.shown
    }

    /// What is looked for in the tab.
    pub const fn filter(&self) -> &Query {
        &self.filter
    }

    /// What was read last.
    pub const fn page(&self) -> &Page {
        &self.page
    }

    /// What finds the messages of the list.
    pub fn query(&self) -> Query {
        self.tabs.get(self.shown).map_or_else(|| self.filter.clone(), |tab| tab.query.and(&self.filter))
    }

    /// The number of messages of a tab, as far as that is known without looking. The page may be that of another query still.
    pub fn count(&self, index: usize) -> Option<Total> {
        let query = &self.tabs.get(index)?.query;
        match (query.kinds(), query.account()) {
            (Some(kinds), _) => Some(Total { n: self.page.counts.sum(kinds), is_more: false }),
            (None, Some(account)) => self.count_of(account),
            (None, None) => (*query == self.page.request.query).then(|| self.total()),
        }
    }

    /// The number of messages of an account that has a tab.
    pub fn count_of(&self, account: &str) -> Option<Total> {
        self.page.by_account.iter().find(|(name, _)| name == account).map(|(_, total)| *total)
    }

    /// Whether it follows the newest message.
    pub const fn is_following(&self) -> bool {
        self.is_following
    }

    /// The number of messages that came to this tab since it stopped following.
    pub fn n_new(&self) -> u64 {
        let before = self.n_when_paused.filter(|_| !self.is_following);
        before.map_or(0, |before| self.total().n.saturating_sub(before))
    }

    /// Whether a message stays in the list though it is not found any more.
    pub fn is_kept(&self, seq: Seq) -> bool {
        self.page.kept.contains(&seq)
    }

    /// The number of messages that are found among all, if it is another one than in the tab.
    pub fn n_in_all(&self) -> Option<Total> {
        self.page.wider.filter(|wider| *wider != self.page.total)
    }

    /// Whether what is looked for was looked for, and is nowhere.
    pub fn has_found_nothing(&self) -> bool {
        let is_there = self.page.total.n > 0 || self.page.wider.is_some_and(|wider| wider.n > 0);
        !is_there && self.page.request.query == self.query()
    }

    /// The number of messages of the list. While it waits for another query's page, that of the last one.
    pub const fn total(&self) -> Total {
        self.page.total
    }

    /// The selected message.
    pub fn selected(&self) -> Option<&Record> {
        self.page.records.get(self.index()?)
    }

    /// The place of the selected message in the list, the newest being 1.
    pub fn place(&self) -> Option<Total> {
        let Total { n, is_more } = self.page.newer;
        Some(Total { n: n + self.index()? as u64 + 1, is_more })
    }

    /// The records on the screen, from top to bottom, and the index of the selected one among them.
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
