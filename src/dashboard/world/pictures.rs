//! Pictures: the finished drawings, and the one that is being drawn. Decodes nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::controls::layout::Size;
use crate::dashboard::Effect;
use crate::language::{Language, words};
use crate::media::picture::animation;
use crate::media::picture::drawing::{Canvas, Drawing, DrawingForm};
use crate::media::picture::kitty;
use crate::reason::Reason;
use crate::record::Record;
use crate::text;
use crate::weibo::Kind;

use crate::dashboard::orders::{PictureAnswer, PictureOrder, PictureRequest};

/// The number of screens that the kept drawings would cover: the visible ones and some earlier ones. A drawing of a
/// whole screen takes a few MB.
const KEPT_SCREENS: u32 = 4;

/// The finished drawings.
#[derive(Debug, Clone, Default)]
pub struct KnownPictures {
    /// The drawings, the latest last.
    known: VecDeque<PictureAnswer>,
    drawing: Option<PictureRequest>,
}

impl KnownPictures {
    fn of(&self, request: &PictureRequest) -> Option<&Result<Arc<Drawing>, Reason>> {
        self.known.iter().find(|answer| answer.request == *request).map(|answer| &answer.drawn)
    }

    /// Returns the request for the animation of a picture whose first frame is drawn, if its format allows
    /// one.
    fn motion(&self, request: &PictureRequest) -> Option<PictureRequest> {
        let first = self.of(request)?.as_ref().ok().filter(|first| first.format == animation::FORMAT)?;
        Some(PictureRequest { motion_of: Some(first.id), ..request.clone() })
    }

    /// Returns a picture, animated if the animation is drawn, or the reason why there is none. `None` while it is
    /// being drawn.
    pub fn drawing(&self, request: &PictureRequest) -> Option<&Result<Arc<Drawing>, Reason>> {
        let moving = self.motion(request).and_then(|motion| self.of(&motion));
        moving.filter(|moving| moving.is_ok()).or_else(|| self.of(request))
    }

    /// Returns another part of a picture drawn for the same size, to show until the requested one is drawn.
    pub fn drawing_like(&self, request: &PictureRequest) -> Option<&Arc<Drawing>> {
        let is_like = |other: &PictureRequest| other.origin == request.origin && other.most == request.most;
        let mut alike = self.known.iter().rev().filter(|answer| is_like(&answer.request));
        alike.find_map(|answer| answer.drawn.as_ref().ok())
    }

    /// Returns the requests for a picture and, where the terminal can show it, its animation.
    pub(in crate::dashboard) fn in_motion(&self, request: PictureRequest, canvas: Canvas) -> Vec<PictureRequest> {
        let motion = self.motion(&request).filter(|_| canvas.protocol.moves());
        std::iter::once(request).chain(motion).collect()
    }

    /// Orders the first of the wanted pictures that is not drawn. This replaces the last order and aborts its
    /// drawing, unless that picture is still wanted.
    pub(in crate::dashboard) fn draw_next(&mut self, wanted: Vec<PictureRequest>, canvas: Canvas) -> Option<Effect> {
        if self.drawing.as_ref().is_some_and(|drawing| wanted.contains(drawing)) {
            return None;
        }
        let next = wanted.into_iter().find(|request| self.of(request).is_none());
        let before = std::mem::replace(&mut self.drawing, next.clone());
        match next {
            Some(request) => Some(Effect::Picture(PictureOrder { request, canvas })),
            None => before.map(|_| Effect::NoPicture),
        }
    }

    /// Records the answer to an order. Sends a new drawing to the terminal, and makes the terminal forget the oldest
    /// ones.
    pub(in crate::dashboard) fn learn(
        &mut self,
        answer: PictureAnswer,
        screen: Size,
        canvas: Option<Canvas>,
    ) -> Vec<Effect> {
        if self.drawing.as_ref() == Some(&answer.request) {
            self.drawing = None;
        }
        let mut effects = Vec::new();
        match answer.drawn.as_ref().map(|drawing| &drawing.form) {
            Ok(DrawingForm::Placed(transmit)) => effects.push(Effect::Send(transmit.clone())),
            Ok(DrawingForm::Moving(frames)) => effects.push(Effect::SendFrames(frames.clone())),
            Ok(DrawingForm::Blocks(_) | DrawingForm::Whole(_)) | Err(_) => {}
        }
        self.known.push_back(answer);
        let cells = |size: Size| u32::from(size.width) * u32::from(size.height);
        let mut kept: u32 = self.known.iter().map(|answer| cells(answer.request.most)).sum();
        while kept > KEPT_SCREENS * cells(screen)
            && let Some(oldest) = self.known.pop_front()
        {
            kept -= cells(oldest.request.most);
            effects.extend(forget(&oldest, canvas));
        }
        effects
    }

    /// Makes the terminal forget all pictures. Those on the screen are drawn and sent again.
    pub(in crate::dashboard) fn forget_all(&mut self, canvas: Option<Canvas>) -> Vec<Effect> {
        self.drawing = None;
        let all = std::mem::take(&mut self.known);
        all.iter().filter_map(|answer| forget(answer, canvas)).collect()
    }
}

fn forget(answer: &PictureAnswer, canvas: Option<Canvas>) -> Option<Effect> {
    let is_in_tmux = canvas?.is_in_tmux;
    let drawing = answer.drawn.as_ref().ok()?;
    match drawing.form {
        DrawingForm::Placed(_) => Some(Effect::Send(vec![kitty::forget(drawing.id, is_in_tmux)])),
        // The terminal drops the frames with the picture that they belong to.
        DrawingForm::Moving(_) | DrawingForm::Blocks(_) | DrawingForm::Whole(_) => None,
    }
}

/// Returns the file of an image that is saved.
pub fn saved_image(record: &Record) -> Option<&str> {
    record.saved_file().filter(|_| record.message.kind() == Kind::Image)
}

/// Describes a picture: `JPEG 1280×960 · 214.0 KB`, after a note if a part of it is missing.
pub fn about(drawing: &Drawing, bytes: u64, language: Language) -> String {
    let (width, height) = drawing.pixels;
    let about = format!("{} {width}×{height} · {}", drawing.format, text::size(bytes));
    if drawing.is_whole { about } else { words::PICTURE_REST_MISSING.with(language, &[&about]) }
}
