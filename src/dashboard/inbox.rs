//! The list: which part of the archive is loaded, which message is selected, and whether it follows the newest.
//!
//! It holds a page of the archive, never all of it. At most one page is asked for at a time; what happens meanwhile makes
//! the page stale, and the next one is asked for when it arrives.

use crate::record::page::{Anchor, Counts, Page, Request};
use crate::record::{Record, Seq};

use super::tab::Tab;

/// A page holds at least so many records: some screens around the selection, read in about a millisecond.
const PAGE: usize = 200;

/// The list.
#[derive(Debug, Clone)]
pub struct Inbox {
    tab: Tab,
    page: Page,
    /// What the next page is to be.
    anchor: Anchor,
    selected: Option<Seq>,
    /// The first row on the screen.
    top: Option<Seq>,
    rows: usize,
    is_following: bool,
    /// How many messages the tab had when following ended.
    n_when_paused: u64,
    loading: Option<Request>,
    is_stale: bool,
}

impl Default for Inbox {
    fn default() -> Self {
        let request = Request { kinds: Tab::All.kinds(), anchor: Anchor::Newest, limit: PAGE };
        Self {
            tab: Tab::All,
            page: Page { request, records: Vec::new(), newer: 0, counts: Counts::default() },
            anchor: Anchor::Newest,
            selected: None,
            top: None,
            rows: 1,
            is_following: true,
            n_when_paused: 0,
            loading: None,
            is_stale: false,
        }
    }
}

impl Inbox {
    /// The tab that is shown.
    #[must_use]
    pub const fn tab(&self) -> Tab {
        self.tab
    }

    /// How many messages there are, by kind.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.page.counts
    }

    /// Whether it follows the newest message.
    #[must_use]
    pub const fn is_following(&self) -> bool {
        self.is_following
    }

    /// How many messages came to this tab since it stopped following.
    #[must_use]
    pub fn n_new(&self) -> u64 {
        if self.is_following { 0 } else { self.total().saturating_sub(self.n_when_paused) }
    }

    /// How many messages this tab has.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.page.counts.sum(self.tab.kinds())
    }

    /// The selected message.
    #[must_use]
    pub fn selected(&self) -> Option<&Record> {
        self.page.records.get(self.index()?)
    }

    /// The place of the selected message in the tab, the newest being 1.
    #[must_use]
    pub fn place(&self) -> Option<u64> {
        Some(self.page.newer + self.index()? as u64 + 1)
    }

    /// The records on the screen, newest first, and the index of the selected one among them.
    #[must_use]
    pub fn visible(&self) -> (&[Record], Option<usize>) {
        let top = self.top_index();
        let end = (top + self.rows).min(self.page.records.len());
        let rows = self.page.records.get(top..end).unwrap_or_default();
        (rows, self.index().and_then(|index| index.checked_sub(top)))
    }

    /// How many rows a page key moves.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Tells it how many rows the screen has for it.
    #[must_use]
    pub fn resize(&mut self, rows: usize) -> Option<Request> {
        self.rows = rows.max(1);
        self.scroll();
        self.load_if_near_an_end()
    }

    /// Moves the selection by so many rows, down to older messages. Moving ends following.
    #[must_use]
    pub fn step(&mut self, rows: isize) -> Option<Request> {
        let index = self.index()?;
        let last = self.page.records.len().saturating_sub(1);
        let target = index.saturating_add_signed(rows).min(last);
        if target == index {
            return None;
        }
        self.pause();
        self.select(target);
        self.load_if_near_an_end()
    }

    /// Goes to the newest or the oldest message.
    #[must_use]
    pub fn jump(&mut self, anchor: Anchor) -> Option<Request> {
        if self.page.newer == 0 && self.index() == Some(0) && anchor == Anchor::Newest {
            return None;
        }
        self.pause();
        self.anchor = anchor;
        self.load()
    }

    /// Follows the newest message, or stops.
    #[must_use]
    pub fn toggle_follow(&mut self) -> Option<Request> {
        if self.is_following {
            self.pause();
            return None;
        }
        self.is_following = true;
        self.anchor = Anchor::Newest;
        self.load()
    }

    /// Shows another tab, around the selected message unless it follows.
    #[must_use]
    pub fn show(&mut self, tab: Tab) -> Option<Request> {
        if tab == self.tab {
            return None;
        }
        self.tab = tab;
        self.n_when_paused = self.total();
        self.load()
    }

    /// Asks for a page; if one is on its way, for another after it.
    #[must_use]
    pub fn load(&mut self) -> Option<Request> {
        if self.loading.is_some() {
            self.is_stale = true;
            return None;
        }
        let limit = PAGE.max(self.rows * 4);
        let request = Request { kinds: self.tab.kinds(), anchor: self.anchor, limit };
        self.loading = Some(request.clone());
        Some(request)
    }

    /// Takes a page that was asked for. If the wish has changed since, it is dropped and the next one asked for.
    #[must_use]
    pub fn take(&mut self, page: Page) -> Option<Request> {
        self.loading = None;
        let is_wanted = page.request.kinds == self.tab.kinds()
            && match (page.request.anchor, self.anchor) {
                (Anchor::Around(_), Anchor::Around(selected)) => holds(&page, selected),
                (asked, wanted) => asked == wanted,
            };
        if is_wanted {
            self.place_page(page);
        }
        let is_stale = std::mem::take(&mut self.is_stale) || !is_wanted;
        if is_stale { self.load() } else { None }
    }

    /// A page that could not be read: the next change asks again.
    pub const fn fail(&mut self) {
        self.loading = None;
        self.is_stale = false;
    }

    fn place_page(&mut self, page: Page) {
        self.page = page;
        let records = &self.page.records;
        let index = match self.page.request.anchor {
            Anchor::Newest => 0,
            Anchor::Oldest => records.len().saturating_sub(1),
            // The selected message, or in a tab without it the nearest older one.
            Anchor::Around(seq) => {
                let wanted = self.selected.unwrap_or(seq);
                records.iter().position(|record| record.seq <= wanted).unwrap_or(records.len().saturating_sub(1))
            }
        };
        self.selected = None;
        if !records.is_empty() {
            self.select(index);
        }
    }

    fn pause(&mut self) {
        if self.is_following {
            self.is_following = false;
            self.n_when_paused = self.total();
        }
        if let Some(selected) = self.selected {
            self.anchor = Anchor::Around(selected);
        }
    }

    fn select(&mut self, index: usize) {
        self.selected = self.page.records.get(index).map(|record| record.seq);
        if !self.is_following
            && let Some(selected) = self.selected
        {
            self.anchor = Anchor::Around(selected);
        }
        self.scroll();
    }

    /// Moves the rows on the screen as little as it takes to show the selected one.
    fn scroll(&mut self) {
        let Some(index) = self.index() else {
            self.top = None;
            return;
        };
        let lowest = (index + 1).saturating_sub(self.rows);
        let top = self.top_index().clamp(lowest, index);
        // Fill the screen when there is enough below.
        let top = top.min(self.page.records.len().saturating_sub(self.rows)).max(lowest);
        self.top = self.page.records.get(top).map(|record| record.seq);
    }

    fn load_if_near_an_end(&mut self) -> Option<Request> {
        if self.is_following || self.loading.is_some() {
            return None;
        }
        let index = self.index()?;
        let n_below = self.page.records.len() - index;
        let n_older = self.total().saturating_sub(self.page.newer + self.page.records.len() as u64);
        let is_near_an_end = (index < self.rows && self.page.newer > 0) || (n_below <= self.rows && n_older > 0);
        if is_near_an_end { self.load() } else { None }
    }

    fn index(&self) -> Option<usize> {
        self.index_of(self.selected?)
    }

    fn top_index(&self) -> usize {
        let Some(top) = self.top else { return 0 };
        // Gone from the page: the nearest older row takes its place.
        self.page.records.partition_point(|record| record.seq > top)
    }

    /// Records stand newest first, so that a seq is found by halving.
    fn index_of(&self, seq: Seq) -> Option<usize> {
        self.page.records.binary_search_by(|record| seq.cmp(&record.seq)).ok()
    }
}

/// Whether a page around some message shows this one, or would if the tab had it.
fn holds(page: &Page, selected: Seq) -> bool {
    let (Some(newest), Some(oldest)) = (page.records.first(), page.records.last()) else { return true };
    let is_whole = page.records.len() < page.request.limit;
    is_whole || (oldest.seq..=newest.seq).contains(&selected)
}
