//! A picture in the detail: the space reserved for it, and the line that describes it.

use crate::controls::layout::Size;
use crate::dashboard::orders::PictureRequest;
use crate::dashboard::world::pictures::about;
use crate::dashboard::{Cell, Tone};
use crate::language::words;
use crate::record::media::Stage;
use crate::text;

use super::lines::PageBuilder;
use super::source::{PageSource, PictureSpot};

/// The minimum number of rows of a picture; a lower pane scrolls.
const LEAST_ROWS: u16 = 4;
/// The pane height below which the picture and one line come first and the other fields follow below.
const LOW: u16 = 22;
/// The height from which there is a line for the text of the message as well.
const WITH_TEXT: u16 = 12;
/// Separates the pieces of the description.
const BETWEEN: &str = " · ";

/// Adds the picture of a saved file. The reserved space does not change when the picture arrives, so that nothing
/// jumps. A picture that cannot be shown takes one line.
pub(super) fn add(page: &mut PageBuilder, source: &PageSource<'_>) {
    let most = room(page, source.size.height);
    let Some((request, said)) = picture(source, most) else { return };
    let Some(request) = request else { return page.field(words::PICTURE, said.tone, &said.text) };
    reserve(page, request);
    // The line below the picture is reserved for this.
    page.field(words::PICTURE, said.tone, whole_pieces(&said.text, page.room_for_values()));
}

/// In a low pane, adds the picture before everything else, below a line about its sender and itself.
pub(super) fn add_first(page: &mut PageBuilder, source: &PageSource<'_>) {
    if source.size.height >= LOW {
        return;
    }
    let message = &source.record.message;
    let text = text::line(&message.text);
    let n_above = 1 + u16::from(source.size.height >= WITH_TEXT && !text.is_empty());
    let height = source.size.height.saturating_sub(n_above).max(LEAST_ROWS);
    let most = Size { width: columns(page), height };
    let Some((Some(request), said)) = picture(source, most) else { return };
    let time = source.record.sent_at().format("  %m-%d %H:%M").to_string();
    let sender = super::sender::of(source);
    let first = [&text::cut(&sender, page.width.saturating_sub(text::width(&time))), time.as_str()].concat();
    let left = page.width.saturating_sub(text::width(&first) + 2);
    let said = Cell::new(said.tone, format!("  {}", whole_pieces(&said.text, left)));
    page.lines.push(vec![Cell::new(Tone::Strong, first), said]);
    if n_above > 1 {
        page.lines.push(vec![Cell::new(Tone::Plain, text::cut(&text, page.width))]);
    }
    reserve(page, request);
}

/// Returns the description of the message's picture, with its request if it can be shown, or `None` if there is no
/// picture.
fn picture(source: &PageSource<'_>, most: Size) -> Option<(Option<PictureRequest>, Cell)> {
    let world = source.world;
    let language = world.language();
    let (request, canvas) = world.picture_of(source.record, most).zip(world.setup.canvas)?;
    let Some(Stage::Done { bytes, .. }) = source.record.medium else { return None };
    Some(match world.pictures.drawing(&request) {
        Some(Err(reason)) => (None, Cell::new(Tone::Bad, reason.of(language))),
        None => (Some(request), Cell::new(Tone::Dim, words::DECODING.of(language))),
        Some(Ok(drawing)) => {
            let about = [about(drawing, bytes, language).as_str(), canvas.protocol.name()].join(BETWEEN);
            (Some(request), Cell::new(Tone::Plain, about))
        }
    })
}

/// Returns as many whole pieces of the description as fit.
fn whole_pieces(said: &str, room: usize) -> &str {
    let ends = said.match_indices(BETWEEN).map(|(at, _)| at).chain([said.len()]);
    ends.filter_map(|end| said.get(..end)).filter(|start| text::width(start) <= room).last().unwrap_or_default()
}

fn reserve(page: &mut PageBuilder, request: PictureRequest) {
    let n_lines = request.most.height;
    page.picture = Some(PictureSpot { line: page.lines.len(), request });
    page.lines.extend((0..n_lines).map(|_| Vec::new()));
}

/// Returns the space left in the pane without scrolling, limited so that something else stays visible.
fn room(page: &PageBuilder, height: u16) -> Size {
    let above = u16::try_from(page.lines.len()).unwrap_or(u16::MAX);
    // One line is kept for the description.
    let left = height.saturating_sub(above).saturating_sub(1);
    Size { width: columns(page), height: left.min(height / 3 * 2).max(LEAST_ROWS) }
}

fn columns(page: &PageBuilder) -> u16 {
    u16::try_from(page.width).unwrap_or(u16::MAX)
}
