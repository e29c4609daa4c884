//! One picture on the whole screen: which part of it, and what the keys do there.

use crate::media::picture::{MOST_ZOOM, Part};
use crate::record::Record;
use crate::record::media::Stage;

use super::picture::{Ask, Origin};
use super::{Effect, Overlay, State};
use crate::controls::action::Action;
use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::Size;

/// The lines below the picture: what it is.
pub const CAPTION: u16 = 1;

/// A picture on the whole screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    origin: Origin,
    /// The length of the file.
    pub bytes: u64,
    /// What is shown of it.
    pub part: Part,
}

impl Viewer {
    /// The picture for a screen of this size.
    #[must_use]
    pub fn ask(&self, screen: Size) -> Ask {
        let most = Size { height: screen.height.saturating_sub(CAPTION).max(1), width: screen.width.max(1) };
        Ask { origin: self.origin.clone(), most, part: self.part, motion_of: None }
    }

    /// Zooms or moves; false when the key does neither.
    fn key(&mut self, key: Key, action: Option<Action>) -> bool {
        let Part { zoom, centre: (x, y) } = self.part;
        match action {
            Some(Action::ZoomIn) => {
                self.zoom((zoom + 1).min(MOST_ZOOM));
                return true;
            }
            Some(Action::ZoomOut) => {
                self.zoom(zoom.saturating_sub(1));
                return true;
            }
            _ => {}
        }
        if key.ctrl || key.alt {
            return false;
        }
        match key.code {
            KeyCode::Char('0') => self.zoom(0),
            KeyCode::Left | KeyCode::Char('h') => self.go(x.saturating_sub(self.step()), y),
            KeyCode::Right | KeyCode::Char('l') => self.go(x + self.step(), y),
            KeyCode::Up | KeyCode::Char('k') => self.go(x, y.saturating_sub(self.step())),
            KeyCode::Down | KeyCode::Char('j') => self.go(x, y + self.step()),
            KeyCode::Char(_)
            | KeyCode::Enter
            | KeyCode::Esc
            | KeyCode::Tab
            | KeyCode::BackTab
            | KeyCode::Backspace
            | KeyCode::Delete
            | KeyCode::Home
            | KeyCode::End
            | KeyCode::PageUp
            | KeyCode::PageDown
            | KeyCode::F(_) => return false,
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

impl State {
    /// Shows the picture of the selected message on the whole screen; false when it has none to show.
    pub(super) fn open_viewer(&mut self) -> bool {
        let shown = self.inbox.selected().and_then(|record| self.viewer(record));
        let is_shown = shown.is_some();
        if let Some(viewer) = shown {
            self.overlay = Some(Overlay::Picture(viewer));
        }
        is_shown
    }

    fn viewer(&self, record: &Record) -> Option<Viewer> {
        let Ask { origin, part, .. } = self.picture_of(record, Size::default())?;
        let Some(Stage::Done { bytes, .. }) = record.medium else { return None };
        Some(Viewer { origin, bytes, part })
    }

    /// Takes a key while a picture has the screen. What means nothing here closes it.
    pub(super) fn viewer_key(&mut self, key: Key, action: Option<Action>) -> Vec<Effect> {
        let Some(Overlay::Picture(viewer)) = &mut self.overlay else { return Vec::new() };
        if viewer.key(key, action) {
            return Vec::new();
        }
        if action == Some(Action::OpenFile) {
            return self.wish(Action::OpenFile);
        }
        self.overlay = None;
        Vec::new()
    }
}
