//! The dashboard without a screen: [`State`], what happens to it ([`Event`]), and what it wants done ([`Effect`]).
//!
//! Pure: no clock, no file, no thread, no terminal. Events and effects are closed enums of plain data, so that a session
//! can be compared and replayed. The loop that feeds it is `run`'s, the drawing is the view's.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::record::media::{Board, Stage};
use crate::record::page::{Anchor, Page, Request};
use crate::record::traffic::Traffic;
use crate::record::{Record, Seq};
use crate::text;
use crate::weibo::{Content, Kind};

pub mod action;
pub mod cell;
pub mod columns;
pub mod detail;
pub mod inbox;
pub mod key;
pub mod layout;
mod notice;
mod rate;
mod reading;
pub mod tab;
pub mod voice;

pub use action::Action;
use cell::{Cell, Tone};
use detail::Mode;
use inbox::Inbox;
use key::Key;
use layout::{Layout, Size};
use rate::Rate;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// The screen has this size now.
    Resized(Size),
    /// It is this late. The loop sends it before other events, and when [`State::next_tick`] says so.
    Tick(DateTime<Utc>),
    /// The archive changed.
    Committed,
    /// A page that was asked for.
    Page(Page),
    /// The downloads changed.
    Downloads(Board),
    /// Calls came.
    Traffic(Traffic),
    /// So many attachments were queued.
    Queued(u64),
    /// So many bytes were handed to the terminal's clipboard.
    Copied(usize),
    /// A file was handed to the desktop.
    Opened(PathBuf),
    /// What came of an order about a voice.
    Voice(voice::News),
    /// A page could not be read.
    PageFailed(String),
    /// Another effect failed.
    Failed(String),
}

/// An order to the shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read a page, then [`Event::Page`] or [`Event::PageFailed`].
    Load(Request),
    /// Queue the attachment of a message, then [`Event::Queued`].
    Download(Seq),
    /// Queue the attachments of all messages of these kinds, then [`Event::Queued`].
    DownloadAll(&'static [Kind]),
    /// Open a file with the desktop's program for it, then [`Event::Opened`].
    Open(PathBuf),
    /// Put text into the clipboard, then [`Event::Copied`].
    Copy(String),
    /// Do something with a voice, then [`Event::Voice`].
    Voice(voice::Order),
    /// Leave.
    Quit,
}

/// What does not change while the program runs.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The callback's address: `127.0.0.1:8080/weibo`.
    pub address: String,
    /// Whether calls are checked with an app secret.
    pub is_signed: bool,
    /// Whether this is the demo.
    pub is_demo: bool,
    /// Where saved files are.
    pub media_dir: PathBuf,
    /// Whether sound that is made here is heard by nobody.
    pub is_mute: bool,
    /// What bars are drawn with.
    pub symbols: detail::voice::Symbols,
}

/// Everything the screen shows is derived from this.
#[derive(Debug, Clone)]
pub struct State {
    setup: Setup,
    now: DateTime<Utc>,
    size: Size,
    inbox: Inbox,
    board: Board,
    traffic: Traffic,
    rate: Rate,
    mode: Mode,
    /// The first line of the detail that is shown.
    scroll: usize,
    is_reading: bool,
    /// The first line of the help that is shown; `None` while it is closed.
    help: Option<usize>,
    notice: Option<Cell>,
    voices: voice::Voices,
}

impl State {
    /// The state before anything happened, and what to do first.
    #[must_use]
    pub fn new(setup: Setup, size: Size, now: DateTime<Utc>) -> (Self, Vec<Effect>) {
        let mut state = Self {
            setup,
            now,
            size,
            inbox: Inbox::default(),
            board: Board::default(),
            traffic: Traffic::default(),
            rate: Rate::default(),
            mode: Mode::default(),
            scroll: 0,
            is_reading: false,
            help: None,
            notice: None,
            voices: voice::Voices::default(),
        };
        let first = state.inbox.load();
        let mut effects = load(first);
        effects.extend(state.fit());
        (state, effects)
    }

    /// Takes an event and says what is to be done about it.
    #[must_use]
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = self.take(event);
        effects.extend(self.decode_next());
        effects
    }

    fn take(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => return self.key(key),
            Event::Resized(size) => {
                self.size = size;
                return self.fit();
            }
            Event::Tick(now) => {
                self.now = now;
                self.rate.forget(now);
            }
            Event::Committed => return load(self.inbox.load()),
            Event::Page(page) => return self.page(page),
            Event::Downloads(board) => self.board = board,
            Event::Traffic(traffic) => {
                self.rate.note(self.now, traffic.stored.saturating_sub(self.traffic.stored));
                self.traffic = traffic;
            }
            Event::Queued(n_queued) => self.notice = Some(self.queued(n_queued)),
            Event::Copied(bytes) => self.say(Tone::Good, format!("copied {bytes} bytes to the clipboard (OSC 52)")),
            Event::Opened(path) => self.say(Tone::Good, format!("opened {}", path.display())),
            Event::Voice(news) => self.hear(news),
            Event::PageFailed(reason) => {
                self.inbox.fail();
                self.say(Tone::Bad, reason);
            }
            Event::Failed(reason) => self.say(Tone::Bad, reason),
        }
        Vec::new()
    }

    /// When what is shown changes by time alone; `None` when it does not, so that an idle screen costs nothing.
    #[must_use]
    pub fn next_tick(&self) -> Option<DateTime<Utc>> {
        self.rate.next_change().into_iter().chain(self.voices.next_tick(self.now)).min()
    }

    /// Why an action cannot be done now; `None` when it can.
    #[must_use]
    pub fn obstacle(&self, action: Action) -> Option<&'static str> {
        let Some(record) = self.inbox.selected() else {
            let needs_a_message = matches!(
                action,
                Action::Down
                    | Action::Up
                    | Action::Read
                    | Action::Raw
                    | Action::Download
                    | Action::OpenFile
                    | Action::Copy
                    | Action::Play
                    | Action::SaveWav
                    | Action::DownloadAll
            );
            return needs_a_message.then_some("no message is selected");
        };
        match (action, record.message.attachment(), &record.medium) {
            (Action::Play | Action::SaveWav, ..) => self.voice_obstacle(record, action == Action::Play),
            (Action::Download | Action::OpenFile, None, _) => Some("this message has no file"),
            (Action::Download, _, Some(Stage::Done { .. })) => Some("the file is saved already"),
            (Action::OpenFile, _, None) => Some("the file is not downloaded yet: d downloads it"),
            (Action::OpenFile, _, Some(Stage::Queued { .. })) => Some("the file is still being downloaded"),
            (Action::OpenFile, _, Some(Stage::Failed { .. })) => Some("the download failed: d tries again"),
            _ => None,
        }
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        self.notice = None;
        let Some(action) = action::of_key(key) else {
            self.help = None;
            self.say(Tone::Dim, format!("{key} does nothing here, ? shows all keys"));
            return Vec::new();
        };
        if let Some(line) = self.help
            && action != Action::Quit
        {
            self.help = self.turn_help(line, action);
            return Vec::new();
        }
        if let Some(effects) = self.seek(key) {
            return effects;
        }
        if let Some(reason) = self.obstacle(action) {
            self.say(Tone::Warning, reason.to_owned());
            return Vec::new();
        }
        self.act(action)
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Down => self.step(1),
            Action::Up => self.step(-1),
            Action::PageDown => self.turn(1),
            Action::PageUp => self.turn(-1),
            Action::Top => self.jump(Anchor::Newest),
            Action::Bottom => self.jump(Anchor::Oldest),
            Action::Show(tab) => load(self.inbox.show(tab)),
            Action::PreviousTab => load(self.inbox.show(self.inbox.tab().step(tab::Tab::ALL.len() - 1))),
            Action::NextTab => load(self.inbox.show(self.inbox.tab().step(1))),
            Action::Read => self.read(!self.is_reading),
            Action::Follow => {
                self.scroll = 0;
                load(self.inbox.toggle_follow())
            }
            Action::Raw => {
                self.mode = if self.mode == Mode::Raw { Mode::Rendered } else { Mode::Raw };
                self.scroll = 0;
                Vec::new()
            }
            Action::Download => self.inbox.selected().map(|record| Effect::Download(record.seq)).into_iter().collect(),
            Action::DownloadAll => vec![Effect::DownloadAll(self.inbox.tab().kinds())],
            Action::OpenFile => self.open().into_iter().collect(),
            Action::Copy => self.inbox.selected().map(|record| Effect::Copy(copied(record))).into_iter().collect(),
            Action::Play => self.play_or_pause(),
            Action::SaveWav => self.save_wav(),
            Action::Help => {
                self.help = Some(0);
                Vec::new()
            }
            Action::Back | Action::Close if self.is_reading => self.read(false),
            Action::Back => Vec::new(),
            Action::Close | Action::Quit => vec![Effect::Quit],
        }
    }

    /// The line of the help after a key: moving keys scroll as far as there is more, all others close it.
    fn turn_help(&self, line: usize, action: Action) -> Option<usize> {
        let rows = usize::from(self.size.height).saturating_sub(2).max(1);
        let last = action::TABLE.len().saturating_sub(rows);
        match action {
            Action::Down => Some((line + 1).min(last)),
            Action::PageDown | Action::Bottom => Some((line + rows).min(last)),
            Action::Up => Some(line.saturating_sub(1)),
            Action::PageUp | Action::Top => Some(line.saturating_sub(rows)),
            Action::Show(_)
            | Action::PreviousTab
            | Action::NextTab
            | Action::Read
            | Action::Back
            | Action::Follow
            | Action::Raw
            | Action::Download
            | Action::DownloadAll
            | Action::OpenFile
            | Action::Copy
            | Action::Play
            | Action::SaveWav
            | Action::Help
            | Action::Close
            | Action::Quit => None,
        }
    }

    fn step(&mut self, rows: isize) -> Vec<Effect> {
        self.scroll = 0;
        load(self.inbox.step(rows))
    }

    fn jump(&mut self, anchor: Anchor) -> Vec<Effect> {
        self.scroll = 0;
        load(self.inbox.jump(anchor))
    }

    /// Turns a page: of the text while reading, of the list otherwise.
    fn turn(&mut self, direction: isize) -> Vec<Effect> {
        if !self.is_reading {
            let rows = isize::try_from(self.inbox.rows().saturating_sub(1).max(1)).unwrap_or(1);
            return self.step(direction * rows);
        }
        let Layout { detail: pane, .. } = self.layout();
        let n_lines =
            self.inbox.selected().map_or(0, |record| detail::lines(self, record, usize::from(pane.width)).len());
        let rows = usize::from(pane.height);
        let n_rows = isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1);
        self.scroll = self.scroll.saturating_add_signed(direction * n_rows).min(n_lines.saturating_sub(rows));
        Vec::new()
    }

    fn read(&mut self, is_reading: bool) -> Vec<Effect> {
        self.is_reading = is_reading;
        self.scroll = 0;
        self.fit()
    }

    fn open(&self) -> Option<Effect> {
        match &self.inbox.selected()?.medium {
            Some(Stage::Done { file, .. }) => Some(Effect::Open(self.media_path(file))),
            Some(Stage::Queued { .. } | Stage::Failed { .. }) | None => None,
        }
    }

    fn page(&mut self, page: Page) -> Vec<Effect> {
        let before = self.inbox.selected().map(|record| record.seq);
        let next = load(self.inbox.take(page));
        if self.inbox.selected().map(|record| record.seq) != before {
            self.scroll = 0;
        }
        next
    }

    /// Tells the list how many rows it has.
    fn fit(&mut self) -> Vec<Effect> {
        // While reading there is no list on the screen; the cursor moves in the one that comes back.
        let rows = Layout::new(self.size, false).list.height;
        load(self.inbox.resize(usize::from(rows)))
    }

    fn say(&mut self, tone: Tone, words: String) {
        self.notice = Some(Cell::new(tone, words));
    }
}

fn load(request: Option<Request>) -> Vec<Effect> {
    request.map(Effect::Load).into_iter().collect()
}

/// What `copy` copies: the coordinates of a position, the text of others, the bytes of what has none. Control characters
/// are replaced, because what is copied is pasted into shells.
fn copied(record: &Record) -> String {
    match &record.message.content {
        Content::Position { longitude, latitude } => text::portable(&format!("{latitude},{longitude}")).into_owned(),
        Content::Unreadable { .. } => text::portable(&detail::raw_json(&record.raw)).into_owned(),
        Content::Text
        | Content::Voice(_)
        | Content::Image(_)
        | Content::Event { .. }
        | Content::Mention { .. }
        | Content::Unknown(_) => text::portable(&record.message.text).into_owned(),
    }
}
