//! One picture on the whole screen: which part of it, and what the keys do there.

use std::path::PathBuf;

use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::Size;
use crate::dashboard::orders::{PictureOrigin, PictureRequest};
use crate::dashboard::world::pictures::saved_image;
use crate::dashboard::{Effect, World};
use crate::language::words;
use crate::media::picture::{MOST_ZOOM, Viewport};
use crate::record::Record;
use crate::record::media::Stage;

use super::{Responder, SHOWS, ScreenInput, ScreenReply, Traits};

const TRAITS: Traits = Traits {
    hints: &[
        (Action::ZoomIn, words::HINT_CLOSER),
        (Action::ZoomOut, words::HINT_FURTHER),
        (Action::OpenFile, words::HINT_OPEN),
        (Action::Back, words::HINT_BACK),
    ],
    is_private: true,
    closed_by: &[],
    ..SHOWS
};

/// The lines below the picture: what it is.
pub const CAPTION: u16 = 1;

/// A picture on the whole screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureViewer {
    path: PathBuf,
    /// The length of the file.
    pub bytes: u64,
    /// What is shown of it.
    pub part: Viewport,
}

impl PictureViewer {
    /// The picture of a message, if it is saved and may be shown.
    pub(in crate::dashboard) fn of(record: &Record, world: &World) -> Option<Self> {
        let file = saved_image(record).filter(|_| world.shows_pictures())?;
        let Some(Stage::Done { bytes, .. }) = record.medium else { return None };
        Some(Self { path: world.media_path(file), bytes, part: Viewport::WHOLE })
    }

    /// The picture for a screen of this size.
    #[must_use]
    pub fn request(&self, screen: Size) -> PictureRequest {
        let most = Size { height: screen.height.saturating_sub(CAPTION).max(1), width: screen.width.max(1) };
        let origin = PictureOrigin::File(self.path.clone());
        PictureRequest { origin, most, part: self.part, motion_of: None }
    }

    /// Moves, or shows the whole picture; false when the key does neither.
    fn key(&mut self, key: Key) -> bool {
        if key.ctrl || key.alt {
            return false;
        }
        let (x, y) = self.part.centre;
        match key.code {
            KeyCode::Char('0') => self.zoom(0),
            KeyCode::Left | KeyCode::Char('h') => self.go(x.saturating_sub(self.step()), y),
            KeyCode::Right | KeyCode::Char('l') => self.go(x + self.step(), y),
            KeyCode::Up | KeyCode::Char('k') => self.go(x, y.saturating_sub(self.step())),
            KeyCode::Down | KeyCode::Char('j') => self.go(x, y + self.step()),
            _ => return false,
        }
        true
    }

    fn zoom(&mut self, zoom: u8) {
        self.part.zoom = zoom;
        let (x, y) = self.part.centre;
        self.go(x, y);
    }

    /// A quarter of what is seen, in 1024ths.
    fn step(&self) -> u16 {
        (1024 / 4) >> self.part.zoom
    }

    /// Moves the middle, but nothing beyond the edges into sight.
    fn go(&mut self, x: u16, y: u16) {
        let half = 512 >> self.part.zoom;
        self.part.centre = (x.clamp(half, 1024 - half), y.clamp(half, 1024 - half));
    }
}

impl Responder for PictureViewer {
    /// A key that means nothing here closes the picture.
    fn act(&mut self, input: ScreenInput<'_>, _world: &World) -> ScreenReply {
        match input {
            ScreenInput::Key(key) if self.key(key) => ScreenReply::done(),
            ScreenInput::Action(Action::ZoomIn) => {
                self.zoom((self.part.zoom + 1).min(MOST_ZOOM));
                ScreenReply::done()
            }
            ScreenInput::Action(Action::ZoomOut) => {
                self.zoom(self.part.zoom.saturating_sub(1));
                ScreenReply::done()
            }
            ScreenInput::Action(Action::OpenFile) => ScreenReply::effect(Effect::Open(self.path.clone())),
            _ => ScreenReply::pass(),
        }
    }

    fn traits(&self) -> &'static Traits {
        &TRAITS
    }
}
