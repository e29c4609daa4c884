//! A line that is being typed, as much of it as there is room for.

use ratatui::style::Style;
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::dashboard::over::prompt::Prompt;
use crate::text;

/// The part of the line around its cursor that fits into `room` cells, each piece in the style of its first byte's place,
/// and the column of the cursor in it.
pub(super) fn typed(prompt: &Prompt, room: usize, style: impl Fn(usize) -> Style) -> (Vec<Span<'static>>, u16) {
    let cursor = prompt.cursor();
    let skipped = cursor.saturating_sub(room);
    let (mut spans, mut column) = (Vec::new(), 0);
    for (at, grapheme) in prompt.text().grapheme_indices(true) {
        let drawn = text::line(grapheme);
        column += text::width(&drawn);
        if column > skipped && column - skipped <= room {
            spans.push(Span::styled(drawn.into_owned(), style(at)));
        }
    }
    (spans, u16::try_from(cursor - skipped).unwrap_or(u16::MAX))
}
