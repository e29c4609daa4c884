//! The selected message in full: its lines and scrolling, its voice, and the actions on it.

use std::ops::Range;

use chrono::{DateTime, Utc};

use crate::controls::action::Action;
use crate::controls::layout::{Pane, Size};
use crate::controls::looks::Looks;
use crate::language::{answers as answer_words, words};
use crate::place::Point;
use crate::place::camera::Camera;
use crate::reason::Reason;
use crate::record::forwarded::Forwarded;
use crate::record::media::Queue;
use crate::record::outgoing::Outgoing;
use crate::record::page::Selection;
use crate::record::place::point;
use crate::record::traffic::Head;
use crate::record::{Record, Seq};

use super::list::columns;
use super::orders::ArchiveChange;
use super::over::composer::Composer;
use super::over::map::services::services;
use super::over::menu::Menu;
use super::over::naming::ProfileForm;
use super::over::saving::SavePrompt;
use super::over::viewer::PictureViewer;
use super::over::{Responder, ScreenInput, ScreenReply, Wish};
use super::{Effect, Tone, World};

pub mod answers;
mod attention;
pub mod chart;
mod copying;
mod forwarded;
mod lines;
pub(super) mod page;
mod picture;
mod playback;
pub mod position;
mod sender;
pub mod source;
mod voice;

pub use lines::raw_json;

use attention::Attention;
use playback::{PlayHead, Playback};
use source::{DetailMode, DetailPage, PageSource, SmallMap};

/// The detail pane, with the selected message.
#[derive(Debug, Clone, Default)]
pub struct Detail {
    /// The message, as it is in the list.
    record: Option<Record>,
    /// The replies to it.
    replies: Vec<Outgoing>,
    mode: DetailMode,
    /// Index of the first line shown.
    scroll: usize,
    map: SmallMap,
    playback: Playback,
    pub(super) attention: Attention,
    /// The path of the last file saved elsewhere.
    pub(super) saved_last: Option<String>,
    call: CallHead,
    made: Option<MadePage>,
    /// The version, which increases with every change to voices, pictures and callbacks.
    version: u64,
}

/// The head of the callback that delivered the message.
#[derive(Debug, Clone, Default)]
struct CallHead {
    /// The last request: the message and its number of deliveries, because a repeated delivery has a different head.
    asked: Option<(Seq, u64)>,
    /// The answer to it; the head may no longer be known.
    known: Option<(Seq, Option<Head>)>,
    /// The outcome of the message at each target.
    outcomes: Option<(Seq, Vec<(String, Forwarded)>)>,
}

/// The rendered lines, which are valid until something that they show changes.
#[derive(Debug, Clone)]
struct MadePage {
    of: Shown,
    /// The time for which the times in the lines keep their wording.
    valid: Range<DateTime<Utc>>,
    page: DetailPage,
}

/// The data that the lines show, apart from the message.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    mode: DetailMode,
    map: SmallMap,
    looks: Looks,
    size: Size,
    others: Vec<Point>,
    progress: Option<u64>,
    queue: Queue,
    play_head: Option<PlayHead>,
    version: u64,
}

impl Detail {
    /// Returns which view of the message is shown.
    pub const fn mode(&self) -> DetailMode {
        self.mode
    }

    /// Returns the index of the first line shown.
    pub const fn scroll(&self) -> usize {
        self.scroll
    }

    /// Returns whether a map is shown beside the message.
    pub fn has_map(&self) -> bool {
        self.map.is_shown && self.mode == DetailMode::Rendered && self.point().is_some()
    }

    /// Returns the message as lines of the width of the pane; `None` while the pane is not on the screen.
    pub fn page(&self) -> Option<&DetailPage> {
        self.made.as_ref().map(|made| &made.page)
    }

    /// Renders a message in another size.
    pub fn page_of(&self, record: &Record, others: &[Point], size: Size, world: &World) -> DetailPage {
        let head = self.call.known.as_ref().filter(|(seq, _)| *seq == record.seq).and_then(|(_, head)| head.as_ref());
        let outcomes = self.call.outcomes.as_ref().filter(|(seq, _)| *seq == record.seq);
        let outcomes = outcomes.map_or(&[][..], |(_, outcomes)| outcomes);
        let play_head = self.playback.head(record, world);
        let is_own = self.record.as_ref().is_some_and(|own| own.seq == record.seq);
        let replies = if is_own { self.replies.as_slice() } else { &[] };
        let claimed_by = world.claimed_by(record);
        let claimed_by = claimed_by.as_deref();
        let (mode, map, record) = (self.mode, self.map, &*world.shown(record));
        let call = (head, outcomes);
        page::page(&PageSource { world, record, mode, map, play_head, call, replies, claimed_by, others, size })
    }

    fn point(&self) -> Option<Point> {
        self.record.as_ref().and_then(|record| point(&record.message))
    }

    /// Shows this message. A different message starts at its first line.
    pub(super) fn show(&mut self, selected: Option<&Record>, replies: &[Outgoing]) {
        if self.record.as_ref() == selected && self.replies == replies {
            return;
        }
        if self.record.as_ref().map(|record| record.seq) != selected.map(|record| record.seq) {
            self.scroll = 0;
        }
        self.record = selected.cloned();
        self.replies = replies.to_vec();
        self.made = None;
    }

    pub(super) fn rewind(&mut self) {
        self.scroll = 0;
    }

    /// Renders the lines if something that they show has changed. `others` are the positions near the message in the
    /// list.
    pub(super) fn make_page(&mut self, others: Vec<Point>, world: &World) {
        let area = world.layout().detail;
        let Some(record) = self.record.as_ref().filter(|_| area.width > 0 && area.height > 0) else {
            self.made = None;
            return;
        };
        let of = Shown {
            mode: self.mode,
            map: self.map,
            looks: world.looks,
            size: Size { width: area.width, height: area.height },
            others,
            progress: record.message.attachment().and_then(|fid| world.downloads.percent(fid)),
            queue: world.downloads.board.queue.clone(),
            play_head: self.playback.head(record, world),
            version: self.version,
        };
        let is_good = |made: &MadePage| made.of == of && made.valid.contains(&world.now);
        if self.made.as_ref().is_some_and(is_good) {
            return;
        }
        let until = self.next_change(world).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let page = self.page_of(record, &of.others, of.size, world);
        self.made = Some(MadePage { of, valid: world.now..until, page });
    }

    /// Returns the time at which the lines change without any input, apart from a playing voice.
    fn next_change(&self, world: &World) -> Option<DateTime<Utc>> {
        let record = self.record.as_ref().filter(|_| self.mode == DetailMode::Rendered)?;
        Some(columns::next_change_in_full(record, world.now))
    }

    /// Returns the time at which the detail changes without any input.
    pub(super) fn next_tick(&self, world: &World) -> Option<DateTime<Utc>> {
        let record = self.record.as_ref();
        let read = record.and_then(|record| self.attention.read_at(record));
        let prefetch = record.and_then(|record| self.attention.prefetch_at(record, &world.setup.policy));
        let lines = self.next_change(world).filter(|_| world.layout().detail.height > 0);
        [read, prefetch, lines, self.playback.next_tick(world.now)].into_iter().flatten().min()
    }

    /// Records whether the user sees the message, and returns the effects of that, including the request for the head
    /// of its callback.
    pub(super) fn settle(&mut self, is_seen: bool, is_following: bool, world: &World) -> Vec<Effect> {
        let shown = self.record.as_ref().map(|record| record.seq).filter(|_| is_seen);
        self.attention.note(shown, is_following && !world.is_reading(), world.now);
        let Some(record) = &self.record else { return Vec::new() };
        let mut effects = self.attention.due(record, &world.setup.policy, world.now);
        let asked = (record.seq, record.deliveries);
        if self.mode == DetailMode::Arrival && self.call.asked != Some(asked) {
            self.call = CallHead { asked: Some(asked), ..CallHead::default() };
            self.version += 1;
            effects.extend([Effect::LoadHead(record.seq), Effect::LoadForwarded(record.seq)]);
        }
        effects
    }

    /// Records a change to voices, pictures or callbacks.
    pub(super) fn outdate(&mut self) {
        self.version += 1;
    }

    /// Records the head of a callback, if it is known.
    pub(super) fn learn_head(&mut self, seq: Seq, head: Option<Head>) {
        self.call.known = Some((seq, head));
        self.outdate();
    }

    /// Records the outcomes of a message at the targets.
    pub(super) fn learn_outcomes(&mut self, seq: Seq, outcomes: Vec<(String, Forwarded)>) {
        self.call.outcomes = Some((seq, outcomes));
        self.outdate();
    }

    /// Handles the answer to an order to play, and returns why a voice could not be played.
    pub(super) fn hear(&mut self, answer: &super::orders::VoiceAnswer, now: DateTime<Utc>) -> Option<Reason> {
        self.outdate();
        self.playback.take(answer, now)
    }

    /// Scrolls by a page, or by a part of one.
    fn turn(&mut self, direction: isize, part: usize, world: &World) -> ScreenReply {
        let rows = usize::from(world.layout().detail.height);
        self.scroll_by(direction * (rows.saturating_sub(1) / part).max(1).cast_signed(), world);
        ScreenReply::done()
    }

    /// Scrolls down by this number of lines.
    pub(super) fn scroll_by(&mut self, lines: isize, world: &World) {
        let n_lines = self.page().map_or(0, |page| page.lines.len());
        let last = n_lines.saturating_sub(usize::from(world.layout().detail.height));
        self.scroll = self.scroll.saturating_add_signed(lines).min(last);
    }

    /// Switches to the next view of the message. If only the list is visible, shows the detail.
    fn next_mode(&mut self, world: &World) -> ScreenReply {
        self.mode = self.mode.next();
        self.scroll = 0;
        if world.layout().detail.height == 0 {
            ScreenReply::wish(Wish::Show(Pane::Detail))
        } else {
            ScreenReply::done()
        }
    }

    /// Hides the map, or passes the action on to the list, which shows all positions.
    fn turn_map(&mut self, world: &World) -> ScreenReply {
        self.map.is_shown = !self.map.is_shown || self.point().is_none();
        if self.map.is_shown {
            return ScreenReply::pass();
        }
        ScreenReply::say(world, Tone::Dim, words::MAP_HIDDEN, &[&world.key(Action::Map)])
    }

    fn zoom_map(&mut self, is_closer: bool) -> ScreenReply {
        let camera = self.point().map(|point| Camera::on(point, self.map.zoom).zoomed(is_closer));
        self.map.zoom = camera.map_or(self.map.zoom, Camera::zoom);
        ScreenReply::done()
    }

    fn action(&mut self, action: Action, world: &World) -> ScreenReply {
        match action {
            Action::PageDown if world.is_reading() => return self.turn(1, 1, world),
            Action::PageUp if world.is_reading() => return self.turn(-1, 1, world),
            Action::HalfDown if world.is_reading() => return self.turn(1, 2, world),
            Action::HalfUp if world.is_reading() => return self.turn(-1, 2, world),
            Action::View => return self.next_mode(world),
            Action::Map => return self.turn_map(world),
            Action::ZoomIn => return self.zoom_map(true),
            Action::ZoomOut => return self.zoom_map(false),
            Action::Zoom if world.pane == Pane::List => return ScreenReply::wish(Wish::Show(Pane::Both)),
            _ => {}
        }
        let Some(record) = &self.record else {
            return if action == Action::Zoom {
                ScreenReply::wish(Wish::Show(Pane::List))
            } else {
                ScreenReply::pass()
            };
        };
        match action {
            Action::Read | Action::Zoom => open(record, action, world),
            Action::Download => ScreenReply::effect(ArchiveChange::Download(Selection::Seqs(vec![record.seq]))),
            Action::OpenFile => match (point(&record.message), record.saved_file()) {
                (Some(point), _) => ScreenReply::open(Menu::new(words::OPEN_PLACE, services(point, world))),
                (None, Some(file)) => ScreenReply::effect(Effect::Open(world.media_path(file))),
                (None, None) => ScreenReply::done(),
            },
            Action::Reply => match world.claimed_by(record) {
                Some(users) if self.attention.warned_of != record.message.sender_id => {
                    self.attention.warned_of = record.message.sender_id;
                    let key = world.key(Action::Reply);
                    ScreenReply::say(world, Tone::Warning, answer_words::CLAIMED_ALREADY, &[&users, &key])
                }
                Some(_) | None => Composer::of(record, world),
            },
            Action::Profile => ProfileForm::of(record).map_or_else(ScreenReply::done, ScreenReply::open),
            Action::Copy => Self::copy(record),
            Action::CopyMenu => self.copies(record, world),
            Action::Links => Self::links(record, world),
            Action::Play => self.playback.play_or_pause(record, world),
            Action::SaveAs => SavePrompt::of(record, world).map_or_else(ScreenReply::done, ScreenReply::open),
            Action::Unread => {
                // The message stays on the screen, which must not mark it as read again at once. The list changes
                // the mark.
                self.attention.keep_unread(record.marks.is_read);
                ScreenReply::pass()
            }
            _ => ScreenReply::pass(),
        }
    }
}

/// Shows more of the message: its picture on the whole screen, or the message itself; with [`Action::Zoom`] the list.
fn open(record: &Record, action: Action, world: &World) -> ScreenReply {
    let is_zoom = action == Action::Zoom;
    if (is_zoom || matches!(world.pane, Pane::Detail | Pane::Sheet))
        && let Some(viewer) = PictureViewer::of(record, world)
    {
        // Keep the list on the message of the picture while messages arrive.
        return ScreenReply::open(viewer).and_wish(Wish::Hold(record.seq));
    }
    match world.pane {
        // This action says why there is no picture.
        Pane::Sheet if record.saved_file().is_none() => ScreenReply::wish(Wish::Act(Action::OpenFile)),
        Pane::Sheet => ScreenReply::done(),
        _ if is_zoom => ScreenReply::wish(Wish::Show(Pane::List)),
        Pane::Detail => ScreenReply::wish(Wish::Show(Pane::Both)),
        Pane::Both | Pane::List => ScreenReply::wish(Wish::Show(Pane::Detail)),
    }
}

impl Responder for Detail {
    fn act(&mut self, input: ScreenInput<'_>, world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) => match &self.record {
                Some(record) => self.playback.seek(key, record, world),
                None => ScreenReply::pass(),
            },
            ScreenInput::Action(action) => self.action(action, world),
            ScreenInput::Text(_) | ScreenInput::Click(..) | ScreenInput::Scroll(_) => ScreenReply::pass(),
        }
    }
}
