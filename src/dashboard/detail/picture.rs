//! A picture in the detail: the room that is kept for it, and the line that says what it is.

use crate::controls::layout::Size;
use crate::dashboard::State;
use crate::dashboard::cell::Tone;
use crate::dashboard::picture::Ask;
use crate::language::words;
use crate::media::picture::drawing::Drawing;
use crate::record::Record;
use crate::text;

use super::Sheet;

/// Fewer rows show nothing; where the pane has no more, it is scrolled.
const LEAST_ROWS: u16 = 4;

/// Where a picture stands in the detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The line of its upper edge.
    pub line: usize,
    /// The picture, and the room that is kept for it.
    pub ask: Ask,
}

/// Adds the picture of a saved file. Its room is the same before and after it is there, so that nothing jumps; one that
/// cannot be shown is a line.
pub(super) fn add(page: &mut Sheet, state: &State, record: &Record, bytes: u64) {
    let language = page.language;
    let most = room(page, state.layout().detail.height);
    let Some((ask, canvas)) = state.picture_of(record, most).zip(state.setup().canvas) else { return };
    let (tone, words) = match state.drawing(&ask) {
        Some(Err(reason)) => {
            page.field(words::PICTURE, Tone::Bad, &reason.of(language));
            return;
        }
        None => (Tone::Dim, words::DECODING.of(language).to_owned()),
        Some(Ok(drawing)) => (Tone::Plain, format!("{} · {}", about(drawing, bytes), canvas.protocol.name())),
    };
    page.picture = Some(Spot { line: page.lines.len(), ask });
    page.lines.extend((0..most.height).map(|_| Vec::new()));
    page.field(words::PICTURE, tone, &words);
}

/// What a picture is: `JPEG 1280×960 · 214.0 KB`.
#[must_use]
pub fn about(drawing: &Drawing, bytes: u64) -> String {
    let (width, height) = drawing.pixels;
    format!("{} {width}×{height} · {}", drawing.format, text::size(bytes))
}

/// What is left of the pane without a scroll, but not so much that nothing else could be seen.
fn room(page: &Sheet, height: u16) -> Size {
    let above = u16::try_from(page.lines.len()).unwrap_or(u16::MAX);
    // A line is left for what it is.
    let left = height.saturating_sub(above).saturating_sub(1);
    Size { width: u16::try_from(page.width).unwrap_or(u16::MAX), height: left.min(height / 3 * 2).max(LEAST_ROWS) }
}
