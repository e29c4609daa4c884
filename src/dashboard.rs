//! The dashboard without a screen: [`State`], what happens to it ([`Event`]), and what it wants done ([`Effect`]).
//!
//! Pure: no clock, no file, no thread, no terminal. Events and effects are closed enums of plain data, so that a session
//! can be compared and replayed. The loop that feeds it is `run`'s, the drawing is the view's.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::controls::layout::{Layout, Pane, Size};
use crate::controls::looks::Looks;
use crate::controls::tab;
use crate::language::{Language, Words, words};
use crate::query::Query;
use crate::reason::Reason;
use crate::record::Seq;
use crate::record::media::Board;
use crate::record::page::{Anchor, Page, Request};
use crate::record::traffic::{Head, Traffic};

mod acting;
pub mod cell;
pub mod checklist;
mod choosing;
pub mod columns;
pub mod confirm;
mod copying;
mod cursor;
pub mod detail;
mod event;
pub mod finding;
pub mod hints;
pub mod inbox;
pub mod jobs;
pub mod map;
mod marking;
mod mask;
pub mod menu;
mod needs;
pub mod order;
pub mod picture;
mod position;
mod prefetch;
pub mod prompt;
mod rate;
mod reading;
mod refresh;
pub mod requests;
pub mod saving;
pub mod secret;
mod setup;
pub mod sheet;
pub mod statistics;
pub mod viewer;
pub mod voice;

pub use event::{Effect, Event};
pub use rate::Life;
pub use setup::Setup;

use cell::{Cell, Tone};
use confirm::Question;
use detail::Mode;
use finding::Search;
use inbox::Inbox;
use jobs::{Jobs, Paces};
use menu::Menu;
use order::Order;
use rate::Rate;
use requests::Requests;
use saving::Saving;
use secret::Hidden;
use sheet::Grid;
use viewer::Viewer;

/// What lies over the panes and takes the keys.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// A list to choose from.
    Menu(Menu),
    /// The downloads.
    Jobs,
    /// The request log.
    Requests(Requests),
    /// A picture.
    Picture(Viewer),
    /// Every position of the list.
    Map(map::Chart),
    /// Statistics.
    Statistics(statistics::Shown),
    /// The line in which the path for a file is typed.
    Saving(Saving),
    /// A secret that is being typed.
    Hidden(Hidden),
}

/// Everything the screen shows is derived from this.
#[derive(Debug, Clone)]
pub struct State {
    setup: Setup,
    looks: Looks,
    now: DateTime<Utc>,
    size: Size,
    inbox: Inbox,
    board: Board,
    paces: Paces,
    jobs: Jobs,
    traffic: Traffic,
    rate: Rate,
    mode: Mode,
    /// The first line of the detail that is shown.
    scroll: usize,
    /// Which panes are to be seen.
    pane: Pane,
    /// Whether news are kept off the screen.
    is_frozen: bool,
    /// The order that the user wants; a conversation has its own.
    order: Order,
    /// Whether the next wish to suspend is meant.
    is_suspend_meant: bool,
    steps: checklist::Steps,
    /// Whether made-up messages are coming.
    is_simulating: bool,
    overlay: Option<Overlay>,
    /// The view that a menu lies over.
    under: Option<Overlay>,
    question: Option<Question>,
    search: Option<Search>,
    /// What was looked for, the newest first.
    history: Vec<String>,
    last_search: Query,
    /// What was looked for before the contact sheet.
    before_sheet: Query,
    /// What the next action on several messages is done to.
    picked: BTreeSet<Seq>,
    /// The message whose detail is on the screen, and since when.
    shown: Option<(Seq, DateTime<Utc>)>,
    /// The message that is being marked as read.
    reading: Option<Seq>,
    /// The message whose attachment was ordered last because it was looked at.
    prefetched: Option<Seq>,
    /// The message that was marked as unread on purpose; it is not read by staying on the screen.
    kept_unread: Option<Seq>,
    notice: Option<Cell>,
    voices: voice::Voices,
    map: map::Small,
    pictures: picture::Pictures,
    /// Where a file was saved last.
    saved_last: Option<String>,
    /// The head of the message that was asked for last; `None` inside while it is not there, or not known any more.
    head: Option<(Seq, Option<Head>)>,
    /// The number of that message, and how many times it had been delivered.
    head_asked: Option<(Seq, u64)>,
}

impl State {
    /// The state before anything happened, and what to do first.
    #[must_use]
    pub fn new(setup: Setup, size: Size, now: DateTime<Utc>) -> (Self, Vec<Effect>) {
        let tabs = tab::built_in().into_iter().chain(setup.tabs.iter().cloned()).collect();
        let history = setup.history.clone();
        let notice = setup.notice.as_ref().map(|reason| Cell::new(Tone::Bad, reason.of(setup.looks.language)));
        let mut state = Self {
            looks: setup.looks,
            setup,
            now,
            size,
            inbox: Inbox::new(tabs),
            board: Board::default(),
            paces: Paces::default(),
            jobs: Jobs::default(),
            traffic: Traffic::default(),
            rate: Rate::new(now),
            mode: Mode::default(),
            scroll: 0,
            pane: Pane::Both,
            is_frozen: false,
            order: Order::default(),
            is_suspend_meant: false,
            steps: checklist::Steps::default(),
            is_simulating: false,
            overlay: None,
            under: None,
            question: None,
            search: None,
            history,
            last_search: Query::default(),
            before_sheet: Query::default(),
            picked: BTreeSet::new(),
            shown: None,
            reading: None,
            prefetched: None,
            kept_unread: None,
            notice,
            voices: voice::Voices::default(),
            map: map::Small::default(),
            pictures: picture::Pictures::default(),
            saved_last: None,
            head: None,
            head_asked: None,
        };
        let first = state.inbox.load();
        let mut effects = load(first);
        effects.extend(state.fit());
        if state.looks.has_mouse {
            effects.push(Effect::Mouse(true));
        }
        (state, effects)
    }

    /// Takes an event and says what is to be done about it.
    #[must_use]
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = self.take(event);
        self.note_shown();
        effects.extend(self.read_shown());
        effects.extend(self.prefetch_shown());
        effects.extend(self.decode_next());
        effects.extend(self.draw_next());
        effects.extend(self.head_next());
        effects
    }

    fn take(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => return self.key(key),
            Event::Pasted(text) => return self.paste(&text),
            Event::Clicked(column, row) => return self.click(column, row),
            Event::Scrolled(rows) => return self.step(rows),
            Event::Resized(size) => {
                self.size = size;
                return self.fit();
            }
            Event::Tick(now) => {
                self.now = now;
                self.rate.advance(now);
            }
            Event::Committed if self.is_frozen => {}
            Event::Committed => {
                let places = self.read_places();
                return load(self.inbox.load()).into_iter().chain(places).collect();
            }
            Event::Page(page) => return self.page(page),
            Event::Calls(calls) => {
                if let Some(Overlay::Requests(requests)) = self.open_view() {
                    requests.take(calls);
                }
            }
            Event::Head(seq, head) => self.head = Some((seq, head)),
            Event::Statistics(statistics) => return self.take_statistics(statistics).into_iter().collect(),
            Event::Downloads(board) => return self.downloads_changed(board),
            Event::Jobs(jobs) => return self.jobs.take(jobs),
            Event::Places(spots) => return self.take_places(spots).into_iter().collect(),
            Event::Traffic(traffic) => return self.traffic_changed(traffic),
            Event::Marked(n_marked) => {
                self.reading = None;
                self.marked(n_marked);
            }
            Event::Cancelled => self.say(Tone::Good, words::JOB_CANCELLED, &[]),
            Event::Removed => self.say(Tone::Good, words::JOB_REMOVED, &[]),
            Event::Found(Some(seq)) => return load(self.inbox.go_to(seq)),
            Event::Found(None) => self.say(Tone::Warning, words::NO_MORE_HITS, &[]),
            Event::Weighed(selection, weight) => self.weighed(selection, weight),
            Event::Queued(n_queued) => self.notice = Some(self.queued(n_queued)),
            Event::Copied(bytes, way) => self.say(Tone::Good, words::COPIED, &[&bytes, &way]),
            Event::NotCopied(text) => return vec![Effect::CopyOver(text)],
            Event::Opened(what) => self.say(Tone::Good, words::OPENED, &[&what]),
            Event::Voice(news) => self.hear(news),
            Event::Saving(news) => self.saving_news(news),
            Event::Picture(news) => return self.see(news),
            Event::Kept(secret, file) => self.kept(secret, &file),
            Event::PageFailed(reason) => {
                self.tell(&reason);
                return load(self.inbox.fail());
            }
            Event::Failed(reason) => {
                self.refresh_failed();
                self.tell(&reason);
            }
        }
        Vec::new()
    }

    /// When what is shown changes by time alone; `None` when it does not, so that an idle screen costs nothing.
    #[must_use]
    pub fn next_tick(&self) -> Option<DateTime<Utc>> {
        let layout = self.layout();
        let room = columns::Room::of(&layout);
        let (rows, _) = self.inbox.visible();
        let rows = rows.iter().filter_map(|record| columns::next_change(record, self.now, room)).min();
        let is_in_full = layout.detail.height > 0 && self.mode == Mode::Rendered;
        let in_full = self.inbox.selected().filter(|_| is_in_full);
        let in_full = in_full.map(|record| columns::next_change_in_full(record, self.now));
        let voice = self.voices.next_tick(self.now);
        let all = [self.rate.next_change(self.now), self.read_at(), self.prefetch_at(), rows, in_full, voice];
        all.into_iter().flatten().min()
    }

    fn traffic_changed(&mut self, traffic: Traffic) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.traffic, traffic);
        self.rate.note(self.now, traffic.stored.saturating_sub(before.stored));
        let is_logged =
            traffic.refused + traffic.handshakes + traffic.busy > before.refused + before.handshakes + before.busy;
        let wanted = match self.open_view() {
            Some(Overlay::Statistics(shown)) => shown.refresh.ask().then_some(Effect::LoadStatistics),
            Some(Overlay::Requests(_)) => is_logged.then_some(Effect::LoadCalls),
            _ => None,
        };
        wanted.into_iter().collect()
    }

    fn page(&mut self, page: Page) -> Vec<Effect> {
        let before = self.inbox.selected().map(|record| record.seq);
        if let (Anchor::Newest, Some(newest)) = (page.request.anchor, page.records.first()) {
            self.rate.note_last(newest.received_at);
        }
        let before_it = self.shown_pane();
        let was_first_run = self.inbox.is_first_run();
        let mut next = load(self.inbox.take(page));
        // The first real message ends the steps, whatever was wished before.
        if was_first_run && !self.inbox.is_first_run() {
            self.steps.wish = None;
        }
        if self.shown_pane() != before_it {
            next.extend(self.fit());
        }
        if self.inbox.selected().map(|record| record.seq) != before {
            self.scroll = 0;
        }
        next
    }

    /// Asks for the head of the message whose arrival is shown.
    fn head_next(&mut self) -> Option<Effect> {
        let selected = self.inbox.selected().filter(|_| self.mode == Mode::Arrival)?;
        // A message that came again has another head.
        let asked = (selected.seq, selected.deliveries);
        if self.head_asked == Some(asked) {
            return None;
        }
        self.head_asked = Some(asked);
        self.head = None;
        Some(Effect::LoadHead(selected.seq))
    }

    /// Tells the list how many rows it has.
    fn fit(&mut self) -> Vec<Effect> {
        // While reading there is no list on the screen; the cursor moves in the one that comes back.
        let pane = if self.pane == Pane::Detail { Pane::Both } else { self.shown_pane() };
        let list = Layout::new(self.size, self.looks.arrangement, pane).list;
        if pane == Pane::Sheet {
            let grid = Grid::of(list);
            return load(self.inbox.resize(grid.len(), grid.columns().into()));
        }
        load(self.inbox.resize(list.height.into(), 1))
    }

    /// Which panes are to be seen: with the steps of the first run the list alone, in whose place they stand.
    fn shown_pane(&self) -> Pane {
        if self.step_selected().is_some() { Pane::List } else { self.pane }
    }

    /// Whether a page is on its way, which is [`Event::Page`] or [`Event::PageFailed`] when it is here.
    #[must_use]
    pub const fn is_loading(&self) -> bool {
        self.inbox.is_loading()
    }

    fn say(&mut self, tone: Tone, words: Words, values: &[&dyn std::fmt::Display]) {
        self.notice = Some(Cell::new(tone, words.with(self.looks.language, values)));
    }

    /// Says why something went wrong.
    fn tell(&mut self, reason: &Reason) {
        self.notice = Some(Cell::new(Tone::Bad, reason.of(self.language())));
    }

    fn language(&self) -> Language {
        self.looks.language
    }
}

fn load(request: Option<Request>) -> Vec<Effect> {
    request.map(Effect::Load).into_iter().collect()
}
