//! The list of messages: its query, its order, the picked messages, and its actions.

use std::collections::BTreeSet;

use crate::controls::action::Action;
use crate::controls::layout::{Layout, Pane};
use crate::controls::tab::{self, Tab};
use crate::language::words;
use crate::query::{Flag, Query, Term, Test};
use crate::record::page::{Anchor, Request};
use crate::record::{Record, Seq};
use crate::weibo::Kind;

use super::orders::ArchiveChange;
use super::over::map::PositionMap;
use super::over::menu::{Menu, MenuEntry};
use super::over::prompt::{LinePrompt, LinePurpose};
use super::over::search::SearchPrompt;
use super::over::{Responder, ScreenInput, ScreenReply, Wish};
use super::sorting::{SORT_KEYS, SORTED, SortKey, SortOrder};
use super::{Effect, Tone, World};

pub mod checklist;
pub mod columns;
mod counting;
pub mod grid;
pub mod inbox;
mod marking;
mod names;
mod saved;
mod suggestion;
mod tabs;
pub mod thread;

use counting::PassingCounts;
use grid::TileGrid;
use inbox::Inbox;
use names::WantedNames;
use suggestion::Suggestions;
use thread::Conversation;

/// The maximum number of remembered queries.
const REMEMBERED: usize = 100;

/// The list and its state.
#[derive(Debug, Clone)]
pub struct List {
    /// The loaded messages, and which one is selected.
    pub inbox: Inbox,
    /// The conversation that was requested last.
    conversation: Option<Conversation>,
    /// The messages that the next action applies to.
    picked: BTreeSet<Seq>,
    /// The earlier queries, newest first.
    history: Vec<String>,
    last_search: Query,
    /// The query from before the grid of pictures was opened.
    before_grid: Query,
    /// The newest of the messages deleted last.
    discarded: Option<Seq>,
    /// The message from which the next match is being looked for, which will be selected.
    pub(super) finding_from: Option<Seq>,
    names: WantedNames,
    suggestions: Suggestions,
    passing: PassingCounts,
}

impl List {
    /// Returns the list before anything is loaded. The user's own tabs come after the built-in ones.
    pub(super) fn new(own_tabs: &[Tab], history: Vec<String>) -> Self {
        Self {
            inbox: Inbox::new(tab::built_in().into_iter().chain(own_tabs.iter().cloned()).collect()),
            conversation: None,
            picked: BTreeSet::new(),
            history,
            last_search: Query::default(),
            before_grid: Query::default(),
            discarded: None,
            finding_from: None,
            names: WantedNames::default(),
            suggestions: Suggestions::default(),
            passing: PassingCounts::default(),
        }
    }

    /// Returns the selected message.
    pub fn selected(&self) -> Option<&Record> {
        self.inbox.selected()
    }

    /// Returns whether it is not known yet which message will be selected, because a read is to tell.
    pub(super) fn is_selecting(&self) -> bool {
        self.finding_from.is_some() || self.inbox.is_selecting()
    }

    /// Returns whether a message is picked.
    pub fn is_picked(&self, seq: Seq) -> bool {
        self.picked.contains(&seq)
    }

    /// Returns whether the tab is narrowed by a query.
    pub fn is_narrowed(&self) -> bool {
        !self.inbox.filter().terms.is_empty()
    }

    /// Returns whether there was a search, so that there are hits to go to.
    pub fn has_hits(&self) -> bool {
        self.is_narrowed() || !self.last_search.terms.is_empty()
    }

    /// Returns whether the list has a layer to leave.
    pub fn has_layer(&self, world: &World) -> bool {
        world.pane != Pane::Both || self.is_narrowed() || !self.picked.is_empty()
    }

    /// Tells the list its number of rows. While a message is read no list is visible, and the cursor moves in the
    /// list that comes back afterwards.
    pub(super) fn fit(&mut self, world: &World) -> Option<Request> {
        let pane = if world.is_reading() { Pane::Both } else { world.shown_pane() };
        let area = Layout::new(world.size, world.looks.arrangement, pane).list;
        if pane == Pane::Sheet {
            let grid = TileGrid::of(area);
            return self.inbox.resize(grid.n_tiles(), grid.columns().into());
        }
        self.inbox.resize(area.height.into(), 1)
    }

    pub(super) fn unpick(&mut self) {
        self.picked.clear();
    }

    /// Remembers a query that was typed, and makes it the last search.
    pub(super) fn keep_search(&mut self, typed: String) -> Effect {
        self.last_search = self.inbox.filter().clone();
        self.history.retain(|other| *other != typed);
        self.history.insert(0, typed);
        self.history.truncate(REMEMBERED);
        Effect::Remember(self.history.clone())
    }

    /// Sorts by a key. The same key again reverses the order.
    pub(super) fn sort_by(&mut self, by: SortKey, world: &World) -> ScreenReply {
        let before = self.inbox.order();
        let order = SortOrder { by, is_reversed: before.by == by && !before.is_reversed };
        let reply = ScreenReply::load(self.inbox.sort(order));
        match by {
            SortKey::Time => {
                let words = if self.inbox.is_ascending() { words::OLDEST_FIRST } else { words::NEWEST_FIRST };
                reply.and_say(world, Tone::Dim, words, &[])
            }
            SortKey::Sender | SortKey::Kind | SortKey::Window => {
                let (name, key) = (by.words().of(world.language()), world.key(Action::Follow));
                reply.and_say(world, Tone::Dim, words::SORTED_BY, &[&name, &SORTED, &key])
            }
        }
    }

    fn choose_order(world: &World) -> ScreenReply {
        let entry = |(by, key, words)| MenuEntry::keyed(key, words, Wish::Sort(by), world.language());
        let entries = SORT_KEYS.into_iter().map(entry);
        ScreenReply::open(Menu::new(words::SORT_MENU, entries.collect()))
    }

    fn step(&mut self, rows: isize) -> ScreenReply {
        ScreenReply::load(self.inbox.step(rows))
    }

    /// Goes to the top or the bottom of the list.
    fn jump(&mut self, is_top: bool) -> ScreenReply {
        let anchor = if is_top == self.inbox.is_ascending() { Anchor::Oldest } else { Anchor::Newest };
        ScreenReply::load(self.inbox.jump(anchor))
    }

    /// Scrolls by a page or a part of one.
    fn turn(&mut self, direction: isize, part: usize) -> ScreenReply {
        self.step(direction * (self.inbox.rows().saturating_sub(1) / part).max(1).cast_signed())
    }

    /// Goes to the next hit of the last search. In a list that shows only hits that is the next row.
    fn go_to_hit(&mut self, is_older: bool) -> ScreenReply {
        if self.is_narrowed() {
            return self.step(if is_older == self.inbox.is_ascending() { -1 } else { 1 });
        }
        let wanted = self.last_search.clone();
        self.find(&wanted, is_older)
    }

    /// Finds the next match of the list in order of time.
    fn find(&mut self, wanted: &Query, is_older: bool) -> ScreenReply {
        let Some(from) = self.selected().map(|record| record.seq) else { return ScreenReply::done() };
        self.find_from(from, self.inbox.query().and(wanted), is_older)
    }

    fn find_from(&mut self, from: Seq, query: Query, is_older: bool) -> ScreenReply {
        self.finding_from = Some(from);
        ScreenReply::effect(Effect::Find { query, from, is_older })
    }

    /// Goes to the next unread message of the list, downwards or upwards.
    fn go_to_unread(&mut self, is_down: bool) -> ScreenReply {
        self.find_next(&Query { terms: vec![Term { is_not: false, test: Test::Is(Flag::Unread) }] }, is_down)
    }

    /// Goes to the next image of the list, downwards or upwards, whether or not its file is saved.
    pub(super) fn go_to_picture(&mut self, is_down: bool, world: &World) -> ScreenReply {
        if self.inbox.order().by == SortKey::Time {
            return self.find_next(&Query::of_kinds(&[Kind::Image]), is_down);
        }
        let is_image = |record: &Record| record.message.kind() == Kind::Image;
        match self.inbox.rows_to_next(is_down, is_image) {
            Some(rows) => self.step(rows),
            None => ScreenReply::say(world, Tone::Warning, words::NO_MORE_HITS, &[]),
        }
    }

    /// Finds the next match. Downwards means older or newer, depending on the order of the list.
    fn find_next(&mut self, wanted: &Query, is_down: bool) -> ScreenReply {
        self.find(wanted, is_down != self.inbox.is_ascending())
    }

    /// Goes to the first message that arrived since following stopped, or else to the first one that arrived while no
    /// dashboard was open, in the tab of all messages.
    fn go_to_missed(&mut self, world: &World) -> ScreenReply {
        if let Some(from) = self.inbox.last_before_new() {
            return self.find_from(from, self.inbox.query(), false);
        }
        let Some(seq) = world.setup.start.memory.first_missed() else { return ScreenReply::done() };
        self.go_to_among_all(seq)
    }

    fn go_to_among_all(&mut self, seq: Seq) -> ScreenReply {
        let shown = self.inbox.show(0);
        ScreenReply::load(shown).and_wish(Wish::Find(Query::default())).and_wish(Wish::GoTo(seq))
    }

    /// Remembers messages that are being deleted.
    pub(super) fn note_discarded(&mut self, seqs: &[Seq]) {
        self.discarded = seqs.iter().max().copied();
    }

    /// Goes to the newest restored message, which may otherwise be above the screen. A list that follows has its own
    /// place.
    pub(super) fn go_to_restored(&mut self) -> Option<Request> {
        let is_free = !self.inbox.is_following() && self.inbox.order().by == SortKey::Time;
        self.discarded.take().filter(|_| is_free).and_then(|seq| self.inbox.go_to(seq))
    }

    /// Goes to a message: in the list if it is loaded there, otherwise in the tab of all messages.
    pub(super) fn go_to_anywhere(&mut self, seq: Seq) -> ScreenReply {
        if self.inbox.has(seq) { ScreenReply::wish(Wish::GoTo(seq)) } else { self.go_to_among_all(seq) }
    }

    /// Opens the full-screen map with every position in the list.
    fn open_map(&self) -> ScreenReply {
        let Some(record) = self.selected() else { return ScreenReply::done() };
        let (map, order) = PositionMap::of(self.inbox.query(), record.seq);
        ScreenReply::open(map).and([order])
    }

    /// Leaves one layer: the grid, the pane on the whole screen, the picked messages, or the query.
    fn leave_layer(&mut self, world: &World) -> ScreenReply {
        if world.pane == Pane::Sheet {
            return self.leave_grid();
        }
        if world.pane != Pane::Both {
            return ScreenReply::wish(Wish::Show(Pane::Both));
        }
        if !self.picked.is_empty() {
            self.picked.clear();
            return ScreenReply::done();
        }
        if !self.is_narrowed() {
            return ScreenReply::pass();
        }
        self.look_for_nothing()
    }

    fn action(&mut self, action: Action, world: &World) -> ScreenReply {
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.turn(1, 1),
            Action::PageUp => self.turn(-1, 1),
            Action::HalfDown => self.turn(1, 2),
            Action::HalfUp => self.turn(-1, 2),
            Action::Top => self.jump(true),
            Action::Bottom => self.jump(false),
            Action::Sort => Self::choose_order(world),
            Action::Show(index) => ScreenReply::load(self.inbox.show(usize::from(index))),
            Action::PreviousTab => ScreenReply::load(self.inbox.turn(self.inbox.tabs().len() - 1)),
            Action::NextTab => ScreenReply::load(self.inbox.turn(1)),
            Action::Search => {
                let prompt = SearchPrompt::of(&self.inbox, &self.history);
                ScreenReply::open(prompt.suggesting(self.suggestion().cloned()))
            }
            Action::Suggestion => self.find_suggestion(),
            Action::NextHit => self.go_to_hit(true),
            Action::PreviousHit => self.go_to_hit(false),
            Action::NextUnread => self.go_to_unread(true),
            Action::PreviousUnread => self.go_to_unread(false),
            Action::FirstMissed => self.go_to_missed(world),
            Action::Conversation => self.converse(world),
            Action::Label => self.label(world),
            Action::Mute => self.mute(),
            Action::Star => self.star(world),
            Action::Unread => self.toggle_unread(world),
            Action::AllRead => self.read_all(world),
            Action::Pick => self.pick(world),
            Action::Sheet => self.toggle_grid(world),
            Action::Follow => ScreenReply::load(self.inbox.toggle_follow()),
            Action::DownloadAll => self.weigh(world),
            Action::Export => self.export(world),
            Action::Forward => self.send_to_bot(world),
            Action::Delete => self.delete(),
            Action::Restore => ScreenReply::effect(ArchiveChange::Restore),
            Action::SaveTab => ScreenReply::open(LinePrompt::of(LinePurpose::NewTab(self.inbox.query()))),
            Action::EditTab => Self::edit_tab(world),
            Action::Map => self.open_map(),
            Action::Back | Action::Close => self.leave_layer(world),
            _ => ScreenReply::pass(),
        }
    }

    /// Handles a click, which selects the message or tab under it. A click on the selected message opens it.
    fn click(&mut self, column: u16, row: u16, world: &World) -> ScreenReply {
        if world.layout().tabs.contains(column, row) {
            return ScreenReply::load(self.tab_at(column, world).and_then(|index| self.inbox.show(index)));
        }
        match self.rows_to(column, row, world) {
            None => ScreenReply::done(),
            Some(0) => ScreenReply::wish(Wish::Act(Action::Read)),
            Some(rows) => self.step(rows),
        }
    }
}

impl Responder for List {
    fn act(&mut self, input: ScreenInput<'_>, world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) => self.grid_key(key, world),
            ScreenInput::Action(action) => self.action(action, world),
            ScreenInput::Click(column, row) => self.click(column, row, world),
            ScreenInput::Scroll(rows) => self.step(rows),
            ScreenInput::Text(_) => ScreenReply::pass(),
        }
    }
}
