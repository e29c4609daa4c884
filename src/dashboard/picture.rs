//! Pictures: which is to be drawn for how many cells, and those that are drawn. It decodes nothing.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use crate::media::picture::drawing::{Canvas, Drawing, Form};
use crate::media::picture::kitty;
use crate::media::picture::{Part, animation};
use crate::reason::Reason;
use crate::record::Record;
use crate::record::media::Stage;
use crate::weibo::{FileId, Kind};

use super::{Effect, Overlay, State, detail};
use crate::controls::layout::Size;

/// Drawings for so many screens are kept, the latest: what is seen, and some of what was seen before. One of a whole screen
/// takes up to some MB.
const KEPT: u32 = 4;

/// Where a picture comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A saved file.
    File(PathBuf),
    /// A file that is not saved: Weibo's small picture of it, which is seen and forgotten.
    Thumbnail {
        /// Whose message it came with.
        account: String,
        /// Which.
        fid: FileId,
    },
}

/// A picture, or a part of it, in so many cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Which picture.
    pub origin: Origin,
    /// The most cells it may cover.
    pub most: Size,
    /// What is shown of it.
    pub part: Part,
    /// `None` for the picture, of an animation its first frame; for the motion, the drawing of that.
    pub motion_of: Option<u32>,
}

/// What is to be drawn instead of what was asked for before; [`News`] comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What is asked for.
    pub ask: Ask,
    /// What it is drawn for.
    pub canvas: Canvas,
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What was asked for.
    pub ask: Ask,
    /// The drawing, or why there is none.
    pub drawn: Result<Arc<Drawing>, Reason>,
}

/// What is known of pictures.
#[derive(Debug, Clone, Default)]
pub(super) struct Pictures {
    /// The latest last.
    known: VecDeque<News>,
    drawing: Option<Ask>,
}

impl Pictures {
    fn of(&self, ask: &Ask) -> Option<&Result<Arc<Drawing>, Reason>> {
        self.known.iter().find(|news| news.ask == *ask).map(|news| &news.drawn)
    }

    /// The motion of a picture whose first frame is there, if it may have one.
    fn motion(&self, ask: &Ask) -> Option<Ask> {
        let first = self.of(ask)?.as_ref().ok().filter(|first| first.format == animation::FORMAT)?;
        Some(Ask { motion_of: Some(first.id), ..ask.clone() })
    }
}

/// The file of an image that is saved.
fn saved(record: &Record) -> Option<&str> {
    match &record.medium {
        Some(Stage::Done { file, .. }) if record.message.kind() == Kind::Image => Some(file),
        Some(Stage::Done { .. } | Stage::Queued { .. } | Stage::Failed { .. }) | None => None,
    }
}

impl State {
    /// The picture that a message is to be shown with in so many cells; `None` where there is none, where the terminal
    /// shows none, and where private things are hidden.
    #[must_use]
    pub fn picture_of(&self, record: &Record, most: Size) -> Option<Ask> {
        let file = saved(record).filter(|_| self.pictures_are_shown())?;
        Some(Ask { origin: Origin::File(self.media_path(file)), most, part: Part::WHOLE, motion_of: None })
    }

    /// Whether the terminal shows any, and nothing private is hidden.
    pub(super) fn pictures_are_shown(&self) -> bool {
        self.setup.canvas.is_some() && !self.looks.is_masked
    }

    /// A picture, in motion if that is there, or why there is none; `None` while it is being drawn.
    #[must_use]
    pub fn drawing(&self, ask: &Ask) -> Option<&Result<Arc<Drawing>, Reason>> {
        let moving = self.pictures.motion(ask).and_then(|motion| self.pictures.of(&motion));
        moving.filter(|moving| moving.is_ok()).or_else(|| self.pictures.of(ask))
    }

    /// What is drawn of a picture already in the same room: another part of it, for as long as the right one is missing.
    #[must_use]
    pub fn drawing_like(&self, ask: &Ask) -> Option<&Arc<Drawing>> {
        let is_like = |other: &Ask| other.origin == ask.origin && other.most == ask.most;
        self.pictures.known.iter().rev().filter(|news| is_like(&news.ask)).find_map(|news| news.drawn.as_ref().ok())
    }

    /// Orders the picture that the screen lacks, in place of the one that was ordered before; that is not drawn on when
    /// nobody wants it any more.
    pub(super) fn draw_next(&mut self) -> Option<Effect> {
        let canvas = self.setup.canvas?;
        let wanted = match (&self.overlay, self.grid()) {
            (Some(Overlay::Picture(viewer)), _) => self.in_motion(viewer.ask(self.size), canvas),
            (_, Some(grid)) => {
                let (records, _) = self.inbox.visible();
                let mut wanted: Vec<Ask> =
                    records.into_iter().filter_map(|record| self.thumbnail(record, grid)).collect();
                // What is saved is there at once.
                wanted.sort_by_key(|ask| matches!(ask.origin, Origin::Thumbnail { .. }));
                wanted
            }
            (_, None) => self.asked_by_detail().map(|ask| self.in_motion(ask, canvas)).unwrap_or_default(),
        };
        if self.pictures.drawing.as_ref().is_some_and(|drawing| wanted.contains(drawing)) {
            return None;
        }
        let next = wanted.into_iter().find(|ask| self.pictures.of(ask).is_none());
        let before = std::mem::replace(&mut self.pictures.drawing, next.clone());
        match next {
            Some(ask) => Some(Effect::Picture(Order { ask, canvas })),
            None => before.map(|_| Effect::NoPicture),
        }
    }

    /// A picture, and after it its motion, where the terminal can do that.
    fn in_motion(&self, ask: Ask, canvas: Canvas) -> Vec<Ask> {
        let motion = self.pictures.motion(&ask).filter(|_| canvas.protocol.moves());
        std::iter::once(ask).chain(motion).collect()
    }

    fn asked_by_detail(&self) -> Option<Ask> {
        let pane = self.layout().detail;
        let is_seen = pane.width > 0 && pane.height > 0;
        let record = self.inbox.selected().filter(|record| is_seen && saved(record).is_some())?;
        Some(detail::page(self, record, pane.width.into()).picture?.ask)
    }

    /// Takes what came of an order. What the terminal is to hold is sent to it, and what it held too long is forgotten.
    pub(super) fn see(&mut self, news: News) -> Vec<Effect> {
        if self.pictures.drawing.as_ref() == Some(&news.ask) {
            self.pictures.drawing = None;
        }
        let mut effects = Vec::new();
        match news.drawn.as_ref().map(|drawing| &drawing.form) {
            Ok(Form::Placed(transmit)) => effects.push(Effect::Send(transmit.clone())),
            Ok(Form::Moving(frames)) => effects.push(Effect::SendFrames(frames.clone())),
            Ok(Form::Blocks(_) | Form::Whole(_)) | Err(_) => {}
        }
        self.pictures.known.push_back(news);
        let cells = |size: Size| u32::from(size.width) * u32::from(size.height);
        let mut kept: u32 = self.pictures.known.iter().map(|news| cells(news.ask.most)).sum();
        while kept > KEPT * cells(self.size)
            && let Some(oldest) = self.pictures.known.pop_front()
        {
            kept -= cells(oldest.ask.most);
            effects.extend(self.forget(&oldest));
        }
        effects
    }

    /// Has the terminal forget all pictures; those on the screen are drawn and sent again.
    #[must_use]
    pub fn forget_pictures(&mut self) -> Vec<Effect> {
        self.pictures.drawing = None;
        let all = std::mem::take(&mut self.pictures.known);
        all.iter().filter_map(|news| self.forget(news)).collect()
    }

    fn forget(&self, news: &News) -> Option<Effect> {
        let is_in_tmux = self.setup.canvas?.is_in_tmux;
        let drawing = news.drawn.as_ref().ok()?;
        match drawing.form {
            Form::Placed(_) => Some(Effect::Send(vec![kitty::forget(drawing.id, is_in_tmux)])),
            // Its frames go with the picture that they were added to.
            Form::Moving(_) | Form::Blocks(_) | Form::Whole(_) => None,
        }
    }
}
