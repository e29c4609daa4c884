//! The dashboard without a screen: its [`State`], its input ([`Event`]) and its output ([`Effect`]).
//!
//! It is pure: no clock, no file, no thread, no terminal. Events and effects are closed enums of plain data, so that
//! a session can be compared and replayed. `run` owns the loop that feeds it, and `view` draws it.
//!
//! The state consists of a few screens. Each owns its fields and has one entry point, [`over::Responder::act`]; no
//! screen sees another's fields. All may read the [`World`]. A screen's reply holds its wishes, which `acting`
//! carries out in other screens.

use chrono::{DateTime, Utc};

use crate::controls::action::Action;
use crate::controls::layout::Size;
use crate::language::words;
use crate::reason::files;
use crate::record::Record;
use crate::record::page::Request;
use crate::record::place::point;

#[expect(clippy::wildcard_enum_match_arm, reason = "a screen passes on what it does not know")]
mod acting;
mod cell;
#[expect(clippy::wildcard_enum_match_arm, reason = "a screen passes on what it does not know")]
pub mod detail;
mod event;
#[expect(clippy::wildcard_enum_match_arm, reason = "a screen passes on what it does not know")]
pub mod list;
pub mod memory;
mod needs;
pub mod orders;
#[expect(clippy::wildcard_enum_match_arm, reason = "a screen passes on what it does not know")]
pub mod over;
mod palette;
mod refresh;
pub mod ringing;
pub mod sorting;
mod standing;
pub mod world;

pub use cell::{Cell, CellLine, Tone};
pub use event::{Effect, Event};
pub use over::Over;
pub use standing::Standing;
pub use world::World;
pub use world::rate::Life;
pub use world::setup::{FilePlaces, Setup};

use detail::Detail;
use detail::source::DetailPage;
use list::checklist::{self, Checklist};
use list::grid::TileGrid;
use list::{List, columns};
use orders::{VoiceAnswer, VoiceOrder};
use over::search::SearchPrompt;
use over::{Hint, Next, ScreenInput};

/// The state from which everything on the screen is derived.
#[derive(Debug, Clone)]
pub struct State {
    /// The data that every screen may read.
    world: World,
    list: List,
    detail: Detail,
    /// The checklist of the first run, which replaces the list.
    checklist: Checklist,
    /// The screens over the panes, the top one last.
    stack: Vec<Over>,
    /// The last notice to the user.
    notice: Option<Cell>,
    /// The time of the last notice.
    noticed_at: DateTime<Utc>,
    /// The state of the notifications, and whether the user is looking.
    ringing: ringing::Ringing,
    /// Whether the user was warned before suspending; the next request to suspend is carried out.
    is_suspend_meant: bool,
    /// Whether samples are being sent one after the other.
    is_simulating: bool,
    /// The replies whose outcome is still unknown.
    replies: acting::replies::OpenReplies,
    /// Input that arrived while the top screen was not ready for it.
    held: refresh::HeldInput,
}

impl State {
    /// Creates the initial state, and returns the first effects.
    pub fn new(setup: Setup, size: Size, now: DateTime<Utc>) -> (Self, Vec<Effect>) {
        let list = List::new(&setup.start.tabs, setup.start.history.clone());
        let world = World::new(setup, size, now);
        let mut state = Self {
            notice: world.setup.first_notice(world.language()),
            list,
            world,
            detail: Detail::default(),
            checklist: Checklist::default(),
            stack: Vec::new(),
            noticed_at: now,
            ringing: ringing::Ringing::default(),
            is_suspend_meant: false,
            is_simulating: false,
            replies: acting::replies::OpenReplies::default(),
            held: refresh::HeldInput::default(),
        };
        state.resume();
        let mut effects = state.sync();
        effects.extend(load(state.list.inbox.load()));
        effects.extend(state.world.looks.has_mouse.then_some(Effect::Mouse(true)));
        (state, effects)
    }

    /// Returns the data that every screen may read.
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// Returns the list.
    pub const fn list(&self) -> &List {
        &self.list
    }

    /// Returns the detail of the selected message.
    pub const fn detail(&self) -> &Detail {
        &self.detail
    }

    /// Returns the checklist of the first run.
    pub const fn checklist(&self) -> &Checklist {
        &self.checklist
    }

    /// Returns the screens over the panes, the top one last.
    pub fn stack(&self) -> &[Over] {
        &self.stack
    }

    /// Returns the prompt for a query, if it is open.
    pub fn search(&self) -> Option<&SearchPrompt> {
        self.stack.iter().find_map(|over| if let Over::SearchPrompt(prompt) = over { Some(prompt) } else { None })
    }

    /// Returns the last notice to the user.
    pub const fn notice(&self) -> Option<&Cell> {
        self.notice.as_ref()
    }

    /// Returns whether the top screen takes text, a choice or a confirmation, so that characters belong to
    /// it.
    pub fn is_asking(&self) -> bool {
        self.stack.last().is_some_and(Over::is_asking)
    }

    /// Returns whether there is a layer to go back from, other than leaving the program.
    pub fn has_layer(&self) -> bool {
        self.list.has_layer(&self.world) || (self.world.has_checklist && self.checklist.can_put_away())
    }

    /// Returns whether `q` closes something instead of leaving the program.
    pub fn is_closed_first(&self) -> bool {
        self.list.has_layer(&self.world) || (self.world.has_checklist && self.checklist.is_closed_first())
    }

    /// Returns the hints of the open screen; none for the list, whose actions have their own words.
    pub fn hints(&self) -> &'static [Hint] {
        match self.stack.iter().rev().find(|over| !over.is_asking()) {
            Some(over) => over.hints(),
            None if self.stack.is_empty() && self.world.has_checklist => checklist::hints(self.world.setup.standing),
            None => &[],
        }
    }

    /// Returns a message as lines of this width, as the detail shows it.
    pub fn page_of(&self, record: &Record, width: u16) -> DetailPage {
        let size = Size { width, height: self.world.layout().detail.height };
        self.detail.page_of(record, &self.others(), size, &self.world)
    }

    /// Handles an event and returns the effects to carry out.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut next = self.admit(event);
        while let Some(event) = next {
            let mut taken = self.take(event);
            self.refuse_changes(&mut taken, true);
            let mut settled = self.settle();
            self.refuse_changes(&mut settled, false);
            effects.extend(taken.into_iter().chain(settled));
            next = self.next_held();
        }
        effects
    }

    /// Returns the time at which the screen changes without any input, or `None` if it does not, so that an idle
    /// screen costs nothing.
    pub fn next_tick(&self) -> Option<DateTime<Utc>> {
        let World { now, rate, .. } = &self.world;
        let room = columns::RowRoom::of(&self.world.layout());
        let (rows, _) = self.list.inbox.visible();
        let rows = rows.iter().filter_map(|record| columns::next_change(record, *now, room)).min();
        let composer = self.stack.iter().find_map(|over| over.next_tick(*now));
        let (rate, detail) = (rate.next_change(*now), self.detail.next_tick(&self.world));
        let counts = self.list.next_counting(*now).filter(|_| !self.world.is_frozen);
        [rate, rows, detail, composer, counts, self.next_reading(), self.notice_goes_at()].into_iter().flatten().min()
    }

    /// Returns whether a page is being loaded, which ends with [`Event::Page`] or [`Event::PageFailed`].
    pub const fn is_loading(&self) -> bool {
        self.list.inbox.is_loading()
    }

    /// Makes the terminal forget all pictures. Those on the screen are drawn and sent again.
    pub fn forget_pictures(&mut self) -> Vec<Effect> {
        self.detail.outdate();
        self.world.pictures.forget_all(self.world.setup.canvas)
    }

    #[expect(clippy::too_many_lines, reason = "one arm an event")]
    fn take(&mut self, event: Event) -> Vec<Effect> {
        if event == Event::Committed && self.world.is_frozen {
            return self.read_replies();
        }
        let mut effects = self.tell_stack(&event);
        effects.extend(self.notice_user(&event));
        let now = self.world.now;
        match event {
            Event::Key(key) => effects.extend(self.key(key)),
            Event::Pasted(text) => effects.extend(self.paste(&text)),
            Event::Clicked(column, row) => effects.extend(self.point(ScreenInput::Click(column, row))),
            Event::Scrolled(rows, column, row) => effects.extend(self.scroll(rows, (column, row))),
            Event::Resized(size) => self.world.size = size,
            Event::Tick(now) => effects.extend(self.tick(now)),
            Event::Committed => effects.extend(self.read_again()),
            Event::Page(page) => effects.extend(self.take_page(page)),
            // Only the screens over the panes use these.
            Event::Calls(_)
            | Event::Statistics(_)
            | Event::Places(_)
            | Event::Focused(_)
            | Event::Holder(_)
            | Event::Signed(_)
            | Event::Answers(_)
            | Event::QuickReplies(_)
            | Event::Rang(_)
            | Event::Leap(..)
            | Event::Sent(..)
            | Event::Labels(_)
            | Event::Edited(_) => {}
            event @ (Event::Composed(..)
            | Event::NotComposed(..)
            | Event::Outgoing(_)
            | Event::Withdrawn(..)
            | Event::DraftKept(..)) => effects.extend(self.answered(event)),
            Event::Head(seq, head) => self.detail.learn_head(seq, head),
            Event::Forwarded(seq, outcomes) => self.detail.learn_outcomes(seq, outcomes),
            Event::Downloads(board) => effects.extend(self.world.downloads.changed(board, now)),
            Event::Jobs(jobs) => effects.extend(self.world.downloads.take(jobs)),
            Event::Targets(targets) => self.world.colleagues.targets = targets,
            Event::Channels(channels) => self.world.colleagues.channels = channels,
            Event::Claims(claims) => self.learn_claims(claims),
            Event::Cluster(cluster) => self.world.colleagues.cluster = cluster,
            Event::Changed(change, n) => effects.extend(self.changed(change, n)),
            Event::Traffic(traffic) => self.world.learn_traffic(&traffic),
            Event::Suggested(of, meant) => self.list.learn_suggestion(of, meant),
            Event::Counted(counts) => self.list.learn_counts(counts, now),
            Event::Found(from, found) => effects.extend(self.found(from, found)),
            Event::Weighed(selection, weight) if weight.new > 0 => self.ask_to_download(selection, weight),
            Event::NotCopied(text) => effects.push(Effect::CopyOver(text)),
            Event::Voice(answer) => self.hear(answer),
            Event::Saving(answer) => self.take_saved(answer),
            Event::Picture(answer) => {
                self.detail.outdate();
                effects.extend(self.world.pictures.learn(answer, self.world.size, self.world.setup.canvas));
            }
            Event::Weighed(..) => self.say(Tone::Dim, words::NOTHING_TO_DOWNLOAD, &[]),
            Event::Copied(bytes, way) => self.say(Tone::Good, words::COPIED, &[&bytes, &way]),
            Event::Opened(what) => self.say(Tone::Good, words::OPENED, &[&what]),
            Event::Kept(secret, file) => self.kept(secret, &file),
            Event::Tried(trial, result) => self.tried(trial, result),
            Event::PageFailed(reason) => {
                self.tell(&reason);
                effects.extend(load(self.list.inbox.fail()));
            }
            Event::Failed(reason) if reason.code == files::NOT_OPENED => {
                let keys = [Action::Links, Action::CopyMenu].map(|action| self.world.key(action));
                self.say(Tone::Bad, words::NOTHING_OPENS, &[&keys[0], &keys[1]]);
            }
            Event::Failed(reason) => {
                self.list.finding_from = None;
                self.world.downloads.fail();
                self.replies.fail();
                self.tell(&reason);
            }
        }
        effects
    }

    /// Passes an event to the screens over the panes, before it changes the world.
    fn tell_stack(&mut self, event: &Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut notice = None;
        for over in &mut self.stack {
            let reply = over.screen_mut().take(event, &self.world);
            effects.extend(reply.effects);
            notice = reply.notice.or(notice);
        }
        effects.extend(self.replies.closed.take(event, &self.world));
        if let Some(notice) = notice {
            self.show(notice);
        }
        effects
    }

    fn hear(&mut self, answer: VoiceAnswer) {
        if let Some(reason) = self.detail.hear(&answer, self.world.now) {
            self.tell(&reason);
        }
        if let VoiceAnswer::Decoded { file, summary } = answer {
            self.world.downloads.voices.learn(file, summary);
        }
    }

    /// Passes the changes of one screen on to the others.
    fn sync(&mut self) -> Vec<Effect> {
        self.world.has_checklist = self.checklist.is_shown();
        let selected = self.list.selected();
        let replies = selected.map_or(&[][..], |record| self.list.inbox.replies_to(record.seq));
        self.detail.show(selected, replies);
        self.note_writing();
        self.show_picture();
        let is_held = self.stack.iter().any(|over| matches!(over, Over::Composer(_) | Over::PictureViewer(_)));
        let again = if is_held { None } else { self.list.inbox.let_go(self.world.is_frozen) };
        load(self.list.fit(&self.world)).into_iter().chain(load(again)).collect()
    }

    /// Shows the picture of the selected message in the viewer, or closes the viewer if the message is no image.
    fn show_picture(&mut self) {
        let Some(selected) = self.list.selected() else { return };
        self.stack.retain_mut(|over| if let Over::PictureViewer(viewer) = over { viewer.show(selected) } else { true });
    }

    /// Returns the effects that follow from what is on the screen now.
    fn settle(&mut self) -> Vec<Effect> {
        let mut effects = self.sync();
        let is_seen =
            self.world.layout().detail.height > 0 && self.stack.iter().all(|over| !over.traits().covers_panes);
        let orders = self.detail.settle(is_seen, self.list.inbox.is_following(), &self.world);
        effects.extend(self.noted(orders));
        let others = self.others();
        self.detail.make_page(others, &self.world);
        let (visible, _) = self.list.inbox.visible();
        if let Some(file) = self.world.downloads.voices.decode_next(self.list.selected(), visible) {
            let path = self.world.media_path(&file);
            effects.push(Effect::Voice(VoiceOrder::Decode { file, path }));
        }
        effects.extend(self.list.want_names(&self.world));
        effects.extend(self.list.want_suggestion());
        effects.extend(self.list.want_counts(&self.world));
        effects.extend(self.draw_next());
        effects
    }

    /// Returns the positions near the selected one in the list, if a map shows them.
    fn others(&self) -> Vec<crate::place::Point> {
        if !self.detail.has_map() {
            return Vec::new();
        }
        let (records, _) = self.list.inbox.visible();
        records.into_iter().filter_map(|record| point(&self.world.shown(record).message)).collect()
    }

    /// Orders the next picture that the screen lacks.
    fn draw_next(&mut self) -> Option<Effect> {
        let canvas = self.world.setup.canvas?;
        let viewer = self.stack.iter().rev().find_map(|over| {
            if let Over::PictureViewer(viewer) = over { Some(viewer.request(&self.world)) } else { None }
        });
        let wanted = if let Some(grid) = TileGrid::shown(&self.world).filter(|_| viewer.is_none()) {
            grid.pictures(&self.list.inbox.visible().0, &self.world)
        } else {
            let of_detail = || Some(self.detail.page()?.picture.as_ref()?.request.clone());
            let request = viewer.unwrap_or_else(of_detail);
            request.map(|request| self.world.pictures.in_motion(request, canvas)).unwrap_or_default()
        };
        self.world.pictures.draw_next(wanted, canvas)
    }
}

fn load(request: Option<Request>) -> Vec<Effect> {
    request.map(Effect::Load).into_iter().collect()
}
