//! A picture in the detail: the room that is kept for it, and the line that says what it is.

use crate::controls::layout::Size;
use crate::dashboard::Tone;
use crate::dashboard::world::pictures::about;
use crate::language::words;

use super::lines::PageBuilder;
use super::source::{PageSource, PictureSpot};

/// Fewer rows show nothing; where the pane has no more, it is scrolled.
const LEAST_ROWS: u16 = 4;

/// Adds the picture of a saved file. Its room is the same before and after it is there, so that nothing jumps; one that
/// cannot be shown is a line.
pub(super) fn add(page: &mut PageBuilder, source: &PageSource<'_>, bytes: u64) {
    let language = page.language;
    let most = room(page, source.size.height);
    let world = source.world;
    let Some((request, canvas)) = world.picture_of(source.record, most).zip(world.setup.canvas) else { return };
    let (tone, words) = match world.pictures.drawing(&request) {
        Some(Err(reason)) => {
            page.field(words::PICTURE, Tone::Bad, &reason.of(language));
            return;
        }
        None => (Tone::Dim, words::DECODING.of(language).to_owned()),
        Some(Ok(drawing)) => (Tone::Plain, format!("{} · {}", about(drawing, bytes, language), canvas.protocol.name())),
    };
    page.picture = Some(PictureSpot { line: page.lines.len(), request });
    page.lines.extend((0..most.height).map(|_| Vec::new()));
    page.field(words::PICTURE, tone, &words);
}

/// What is left of the pane without a scroll, but not so much that nothing else could be seen.
fn room(page: &PageBuilder, height: u16) -> Size {
    let above = u16::try_from(page.lines.len()).unwrap_or(u16::MAX);
    // A line is left for what it is.
    let left = height.saturating_sub(above).saturating_sub(1);
    Size { width: u16::try_from(page.width).unwrap_or(u16::MAX), height: left.min(height / 3 * 2).max(LEAST_ROWS) }
}
