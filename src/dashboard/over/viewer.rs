//! The full-screen viewer of a picture: its visible part and its keys. The picture belongs to the selected message;
//! turning to another picture selects its message.

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::Size;
use crate::dashboard::detail::page::file_state;
use crate::dashboard::orders::{ArchiveChange, PictureRequest};
use crate::dashboard::world::pictures::saved_image;
use crate::dashboard::{Cell, Tone, World};
use crate::language::words;
use crate::media::picture::{MOST_ZOOM, Viewport};
use crate::record::Record;
use crate::record::media::Stage;
use crate::record::page::{Mark, Selection};
use crate::weibo::Kind;

use super::{Responder, SHOWS, ScreenInput, ScreenReply, Traits, Wish};

pub(super) const TRAITS: Traits = Traits {
    hints: &[
        (Action::NextHit, words::HINT_NEXT),
        (Action::PreviousHit, words::HINT_PREVIOUS),
        (Action::ZoomIn, words::HINT_CLOSER),
        (Action::ZoomOut, words::HINT_FURTHER),
        (Action::Download, words::HINT_DOWNLOAD),
        (Action::SaveAs, words::HINT_SAVE),
        (Action::CopyMenu, words::HINT_COPY),
        (Action::Star, words::HINT_STAR),
        (Action::OpenFile, words::HINT_OPEN),
        (Action::Back, words::HINT_BACK),
    ],
    is_private: true,
    closed_by: &[Action::Back, Action::Close, Action::Zoom, Action::Read],
    ..SHOWS
};

/// The number of lines for the caption below the picture.
pub const CAPTION: u16 = 1;

/// The viewer while it is open.
#[derive(Debug, Clone)]
pub struct PictureViewer {
    /// The message with the picture.
    pub record: Box<Record>,
    /// The visible part of the picture.
    part: Viewport,
}

impl PictureViewer {
    /// Returns the viewer for a message's picture, if the file is saved and pictures may be shown.
    pub(in crate::dashboard) fn of(record: &Record, world: &World) -> Option<Self> {
        world.has_picture(record).then(|| Self { record: Box::new(record.clone()), part: Viewport::WHOLE })
    }

    /// Shows the picture of this message. A different picture is shown whole. Returns false if the message is not an
    /// image.
    pub(in crate::dashboard) fn show(&mut self, record: &Record) -> bool {
        if self.record.seq != record.seq {
            self.part = Viewport::WHOLE;
        }
        if *self.record != *record {
            *self.record = record.clone();
        }
        record.message.kind() == Kind::Image
    }

    /// Returns the request for the picture at this screen's size. If the file is not saved, it is for a thumbnail, if
    /// that may be loaded.
    pub fn request(&self, world: &World) -> Option<PictureRequest> {
        let Size { width, height } = world.size;
        let most = Size { height: height.saturating_sub(CAPTION).max(1), width: width.max(1) };
        Some(PictureRequest { part: self.part, ..world.preview_of(&self.record, most)? })
    }

    /// Returns why there is no picture: the file is not saved yet, or never will be. `None` once the file is saved.
    pub fn obstacle(&self, world: &World) -> Option<Cell> {
        saved_image(&self.record).is_none().then(|| file_state(&self.record, world))
    }

    /// Returns the length of the file in bytes; 0 until it is saved.
    pub const fn bytes(&self) -> u64 {
        if let Some(Stage::Done { bytes, .. }) = self.record.medium { bytes } else { 0 }
    }

    /// Returns the magnification relative to the whole picture.
    pub const fn times(&self) -> u32 {
        1 << self.part.zoom
    }

    /// Handles a key, which turns to another picture, zooms out or moves. The arrows move a zoomed picture.
    fn key(&mut self, key: Key) -> ScreenReply {
        if key.ctrl || key.alt {
            return ScreenReply::pass();
        }
        let (x, y) = self.part.centre;
        let is_whole = self.part.zoom == 0;
        match key.code {
            KeyCode::Char(' ') => return Self::turn(true),
            KeyCode::Right | KeyCode::Down | KeyCode::Char('l' | 'j') if is_whole => return Self::turn(true),
            KeyCode::Left | KeyCode::Up | KeyCode::Char('h' | 'k') if is_whole => return Self::turn(false),
            KeyCode::Char('0') => self.zoom(0),
            KeyCode::Left | KeyCode::Char('h') => self.go(x.saturating_sub(self.step()), y),
            KeyCode::Right | KeyCode::Char('l') => self.go(x + self.step(), y),
            KeyCode::Up | KeyCode::Char('k') => self.go(x, y.saturating_sub(self.step())),
            KeyCode::Down | KeyCode::Char('j') => self.go(x, y + self.step()),
            _ => return ScreenReply::pass(),
        }
        ScreenReply::done()
    }

    fn turn(is_down: bool) -> ScreenReply {
        ScreenReply::wish(Wish::Picture { is_down })
    }

    fn zoom(&mut self, zoom: u8) {
        self.part.zoom = zoom;
        let (x, y) = self.part.centre;
        self.go(x, y);
    }

    /// Returns a quarter of the visible width, in 1024ths of the picture.
    fn step(&self) -> u16 {
        (1024 / 4) >> self.part.zoom
    }

    /// Moves the centre, keeping the visible part within the picture.
    fn go(&mut self, x: u16, y: u16) {
        let half = 512 >> self.part.zoom;
        self.part.centre = (x.clamp(half, 1024 - half), y.clamp(half, 1024 - half));
    }

    fn action(&mut self, action: Action, world: &World) -> ScreenReply {
        match action {
            Action::NextHit => return Self::turn(true),
            Action::PreviousHit => return Self::turn(false),
            Action::ZoomIn => self.zoom((self.part.zoom + 1).min(MOST_ZOOM)),
            Action::ZoomOut => self.zoom(self.part.zoom.saturating_sub(1)),
            Action::Star => return self.star(world),
            Action::Download | Action::SaveAs | Action::CopyMenu | Action::Copy | Action::OpenFile => {
                return ScreenReply::wish(Wish::ActOnSelected(action));
            }
            _ => return ScreenReply::pass(),
        }
        ScreenReply::done()
    }

    /// Toggles the star of this message alone, whatever is picked in the list.
    fn star(&self, world: &World) -> ScreenReply {
        let (mark, words) = if self.record.marks.is_starred {
            (Mark::Unstarred, words::MARKED_UNSTARRED)
        } else {
            (Mark::Starred, words::MARKED_STARRED)
        };
        let this = Selection::Seqs(vec![self.record.seq]);
        ScreenReply::effect(ArchiveChange::Mark(this, mark)).and_say(world, Tone::Good, words, &[])
    }
}

impl Responder for PictureViewer {
    fn act(&mut self, input: ScreenInput<'_>, world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) => self.key(key),
            ScreenInput::Action(action) => self.action(action, world),
            ScreenInput::Scroll(rows) => Self::turn(rows > 0),
            ScreenInput::Text(_) | ScreenInput::Click(..) => ScreenReply::pass(),
        }
    }
}
