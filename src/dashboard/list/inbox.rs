//! The list: the loaded part of the archive, the selected message, and whether the list follows the newest.
//!
//! It holds a page of the archive, never all of it. At most one page is requested at a time. Changes meanwhile make
//! that page stale, and the next one is requested when it arrives.

use crate::query::Query;
use crate::record::page::{Anchor, ArchiveState, Page, Request};
use crate::record::{Record, Seq};

use crate::controls::tab::Tab;
use crate::dashboard::refresh::Refresh;
use crate::dashboard::sorting::{SORTED, SortKey, SortOrder};

mod marking;
mod pausing;
mod reading;
mod scrolling;

use pausing::Paused;
use scrolling::ListTop;

/// The minimum number of records of a page in order of time: a few screens around the selection, read in
/// about a millisecond.
const PAGE: usize = 200;

/// The limit of a page that is not of this list or not in this order: the one of this list is still to be read.
const NOT_READ: usize = 0;

/// The maximum number of messages that stay in the list although they no longer match; the oldest are dropped first.
const KEPT: usize = 1_000;

/// The list.
#[derive(Debug, Clone)]
pub struct Inbox {
    tabs: Vec<Tab>,
    /// Index of the tab that is shown.
    shown: usize,
    /// The search within the tab.
    filter: Query,
    page: Page,
    /// The anchor of the next page.
    anchor: Anchor,
    /// The selected message, or the one that was selected before the list became empty.
    selected: Option<Seq>,
    top: ListTop,
    room: ListRoom,
    order: SortOrder,
    is_following: bool,
    paused: Paused,
    refresh: Refresh,
}

/// The size of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ListRoom {
    /// The number of records on the screen.
    rows: usize,
    /// The number of records in a row.
    beside: usize,
}

impl Inbox {
    /// Creates a list without messages, whose first page is not requested yet.
    pub fn new(tabs: Vec<Tab>) -> Self {
        Self {
            tabs,
            shown: 0,
            filter: Query::default(),
            // Assumed until the archive is known.
            page: Page { archive: ArchiveState { is_first_run: true, indexed_again: None }, ..Page::default() },
            anchor: Anchor::Newest,
            selected: None,
            top: ListTop::default(),
            room: ListRoom { rows: 1, beside: 1 },
            order: SortOrder::default(),
            is_following: true,
            paused: Paused { n: Some(0), newest: None, held: None },
            refresh: Refresh::default(),
        }
    }

    /// Restores the state of an earlier session before the first page is requested. The list follows unless a message
    /// was selected. `newest` is the highest number of a message.
    pub(in crate::dashboard) fn resume(
        &mut self,
        tab: usize,
        filter: Query,
        order: SortOrder,
        selected: Option<Seq>,
        newest: Seq,
    ) {
        (self.shown, self.filter, self.order) = (tab, filter, order);
        self.is_following = selected.is_none() && order.by == SortKey::Time;
        if !self.is_following {
            self.paused.n = None;
        }
        self.anchor = selected.map_or(self.first(), Anchor::Around);
        self.selected = selected;
        self.paused.newest = selected.map(|_selected| newest);
    }

    /// Returns the position of the message that the list follows, and at which its tab opens: the most urgent one, or
    /// the newest.
    fn first(&self) -> Anchor {
        let is_urgent = self.tabs.get(self.shown).is_some_and(|tab| tab.is_ascending);
        if is_urgent { Anchor::Oldest } else { Anchor::Newest }
    }

    /// Returns whether the list is reversed, that is, with the oldest message on top if it is sorted by time.
    pub fn is_ascending(&self) -> bool {
        let is_turned = self.is_by_time() && self.tabs.get(self.shown).is_some_and(|tab| tab.is_ascending);
        self.order.is_reversed != is_turned
    }

    /// Returns the order of the list.
    pub const fn order(&self) -> SortOrder {
        self.order
    }

    /// Sorts the list. A reversed tab reverses the order by time. Sorting by another key ends following.
    pub fn sort(&mut self, order: SortOrder) -> Option<Request> {
        let before = std::mem::replace(&mut self.order, order);
        if before.by == order.by {
            return None;
        }
        self.page.request.limit = NOT_READ;
        self.pause();
        self.load()
    }

    fn is_by_time(&self) -> bool {
        self.order.by == SortKey::Time
    }

    /// Returns to the default order by time, if the list is sorted by another key.
    fn stand_by_time(&mut self) {
        if !self.is_by_time() {
            self.order = SortOrder::default();
            self.page.request.limit = NOT_READ;
        }
    }

    /// Returns the number of rows that a page key moves.
    pub const fn rows(&self) -> usize {
        self.room.rows
    }

    /// Sets the number of records on the screen and in a row. Does nothing if they have not changed.
    pub fn resize(&mut self, rows: usize, beside: usize) -> Option<Request> {
        let room = ListRoom { rows: rows.max(1), beside: beside.max(1) };
        if room == self.room {
            return None;
        }
        self.room = room;
        self.scroll();
        self.load_if_near_an_end()
    }

    /// Moves the selection down by this number of rows, and ends following.
    pub fn step(&mut self, rows: isize) -> Option<Request> {
        let index = self.index()?;
        let last = self.page.records.len().saturating_sub(1);
        let older = if self.is_ascending() { -rows } else { rows };
        let target = index.saturating_add_signed(older).min(last);
        if target == index {
            return None;
        }
        self.pause();
        self.select(target);
        self.load_if_near_an_end()
    }

    /// Selects the newest or the oldest message.
    pub fn jump(&mut self, anchor: Anchor) -> Option<Request> {
        if !self.is_by_time() {
            self.select(if anchor == Anchor::Newest { 0 } else { self.page.records.len().saturating_sub(1) });
            return None;
        }
        if self.is_at(anchor) {
            return None;
        }
        self.pause();
        self.anchor = anchor;
        self.load()
    }

    /// Shows a tab: one of urgent messages at the most urgent one, others around the selected message unless the list
    /// follows. Drops messages that no longer match.
    pub fn show(&mut self, index: usize) -> Option<Request> {
        if index == self.shown || index >= self.tabs.len() {
            return self.run_again();
        }
        self.shown = index;
        self.open()
    }

    /// Replaces the tabs and shows this one.
    pub fn put_tabs(&mut self, tabs: Vec<Tab>, shown: usize) -> Option<Request> {
        (self.tabs, self.shown) = (tabs, shown);
        self.open()
    }

    fn open(&mut self) -> Option<Request> {
        self.stand();
        if self.first() == Anchor::Oldest {
            self.anchor = Anchor::Oldest;
        }
        self.restart()
    }

    /// Shows a tab again after something else was shown: around the selected message also if it is one of urgent
    /// messages, unless the list follows.
    pub fn show_again(&mut self, index: usize) -> Option<Request> {
        if index == self.shown || index >= self.tabs.len() {
            return self.run_again();
        }
        self.shown = index;
        self.stand();
        self.restart()
    }

    /// Requests the next page where the list follows, or else around the selected message. A tab that was left before
    /// its page came, or that is empty, has not moved the selection.
    fn stand(&mut self) {
        if self.is_following {
            self.anchor = self.first();
        } else if !matches!(self.anchor, Anchor::Around(_)) {
            self.anchor = self.selected.map_or(self.first(), Anchor::Around);
        }
    }

    /// Shows the tab that is this number of tabs to the right, wrapping around.
    pub fn turn(&mut self, steps: usize) -> Option<Request> {
        self.show((self.shown + steps) % self.tabs.len().max(1))
    }

    /// Searches the tab, around the selected message unless it follows.
    pub fn look_for(&mut self, filter: Query) -> Option<Request> {
        if filter == self.filter {
            return None;
        }
        self.top.search(&self.filter, &filter);
        self.filter = filter;
        self.restart()
    }

    /// Makes the list that is requested next stand around this message.
    pub(in crate::dashboard) fn stand_on(&mut self, seq: Seq) {
        self.selected = Some(seq);
        self.pause();
    }

    /// Runs the same query again, which drops messages that no longer match.
    pub fn run_again(&mut self) -> Option<Request> {
        if self.page.kept.is_empty() { None } else { self.restart() }
    }

    /// Requests a different list.
    fn restart(&mut self) -> Option<Request> {
        self.page.request = Request::default();
        self.paused.n = None;
        self.load()
    }

    /// Returns the messages that the list has shown and that stay in it until a different list is requested. Empty
    /// for a query whose matches cannot end.
    fn keep(&self) -> Vec<Seq> {
        let query = &self.page.request.query;
        if !query.is_passing() || *query != self.query() {
            return Vec::new();
        }
        let found = self.page.records.iter().map(|record| record.seq).filter(|seq| !self.page.kept.contains(seq));
        self.page.kept.iter().take(KEPT).copied().chain(found).collect()
    }

    /// Selects a message wherever it is. One that is loaded needs no new page, which a frozen list must not get.
    pub fn go_to(&mut self, seq: Seq) -> Option<Request> {
        self.pause();
        if let Some(index) = self.index_of(seq) {
            self.select(index);
            return self.load_if_near_an_end();
        }
        self.stand_by_time();
        self.selected = Some(seq);
        self.anchor = Anchor::Around(seq);
        self.load()
    }

    /// Requests a page, or another one after the page that is being loaded.
    pub fn load(&mut self) -> Option<Request> {
        self.refresh.ask().then(|| self.wanted())
    }

    /// Returns whether a page is being loaded.
    pub const fn is_loading(&self) -> bool {
        !matches!(self.refresh, Refresh::Idle)
    }

    fn wanted(&self) -> Request {
        let (anchor, limit) = match (self.is_by_time(), self.is_following) {
            (true, true) => (self.anchor, self.room.rows * 2),
            (true, false) => (self.anchor, PAGE.max(self.room.rows * 4)),
            (false, _) => (Anchor::Newest, SORTED),
        };
        let wider = Some(&self.filter).filter(|filter| !filter.terms.is_empty() && **filter != self.query());
        let accounts = self.tabs.iter().filter_map(|tab| tab.query.account()).map(str::to_owned).collect();
        Request { query: self.query(), anchor, limit, keep: self.keep(), wider: wider.cloned(), accounts }
    }

    /// Takes a requested page. If the request is outdated, drops the page and requests the next one.
    pub fn take(&mut self, page: Page) -> Option<Request> {
        let wanted = self.wanted();
        let is_wanted = (&page.request.query, page.request.limit) == (&wanted.query, wanted.limit)
            && (page.request.keep.is_empty() || !wanted.keep.is_empty())
            && match (page.request.anchor, wanted.anchor) {
                // A page that was requested around another message and does not show this one may be older than it.
                (Anchor::Around(asked), Anchor::Around(selected)) => {
                    asked == selected || position_of(selected, &page.records).is_some()
                }
                (asked, wanted) => asked == wanted,
            };
        if is_wanted {
            self.place_page(page);
        }
        let is_asked_again = self.refresh.came() || (!is_wanted && self.refresh.ask());
        is_asked_again.then(|| self.wanted())
    }

    /// Handles a page that could not be read. Requests another one if something has changed meanwhile; otherwise the
    /// next change does.
    pub fn fail(&mut self) -> Option<Request> {
        self.refresh.came().then(|| self.wanted())
    }

    fn place_page(&mut self, page: Page) {
        let is_first = self.paused.n.is_none();
        self.paused.n.get_or_insert(page.total.n);
        self.page = page;
        if is_first {
            self.note_newest();
        }
        self.order.by.sort(&mut self.page.records);
        let records = &self.page.records;
        let index = match self.page.request.anchor {
            Anchor::Newest if !self.is_by_time() => self.index().unwrap_or_default(),
            Anchor::Newest => 0,
            Anchor::Oldest => records.len().saturating_sub(1),
            // The selected message, or in a tab without it the nearest older one.
            Anchor::Around(seq) => {
                let wanted = self.selected.unwrap_or(seq);
                records.iter().position(|record| record.seq <= wanted).unwrap_or(records.len().saturating_sub(1))
            }
        };
        // An empty page leaves the selection where it was, for the list that is shown next.
        if !records.is_empty() {
            self.select(index);
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

    fn load_if_near_an_end(&mut self) -> Option<Request> {
        if self.is_loading() || !self.is_by_time() {
            return None;
        }
        let index = self.index()?;
        let n_below = self.page.records.len() - index;
        let is_near_an_end =
            (index < self.room.rows && self.page.newer.n > 0) || (n_below <= self.room.rows && self.page.has_older);
        if is_near_an_end { self.load() } else { None }
    }

    fn index(&self) -> Option<usize> {
        self.index_of(self.selected?)
    }

    fn index_of(&self, seq: Seq) -> Option<usize> {
        let records = &self.page.records;
        if self.is_by_time() { position_of(seq, records) } else { records.iter().position(|record| record.seq == seq) }
    }
}

/// Finds a message among records that are ordered newest first.
fn position_of(seq: Seq, records: &[Record]) -> Option<usize> {
    records.binary_search_by(|record| seq.cmp(&record.seq)).ok()
}
