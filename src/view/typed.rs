//! A line of text input, of which as much is shown as fits.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::dashboard::Tone;
use crate::dashboard::over::prompt::Prompt;
use crate::text;

use super::parts;

/// The sign before text that filters a list.
const SIGN: &str = "> ";

/// Returns the part of the line around its cursor that fits into `room` cells, and the column of the cursor in it.
/// The style of each piece is that of its first byte's offset.
pub(super) fn typed(prompt: &Prompt, room: usize, style: impl Fn(usize) -> Style) -> (Vec<Span<'static>>, usize) {
    let drawn = |(at, grapheme)| {
        let piece = text::line(grapheme).into_owned();
        (at, text::width(&piece), piece)
    };
    let pieces: Vec<(usize, usize, String)> = prompt.text().grapheme_indices(true).map(drawn).collect();
    // A cursor within a grapheme stands before it.
    let ends = prompt.text().grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
    let n_before = ends.take_while(|end| *end <= prompt.before_cursor().len()).count();
    let mut column: usize = pieces.iter().take(n_before).map(|(_, width, _)| width).sum();
    let mut n_skipped = 0;
    for (_, width, _) in &pieces {
        if column <= room {
            break;
        }
        column -= width;
        n_skipped += 1;
    }
    let mut used = 0;
    let fits = |(_, width, _): &(usize, usize, String)| {
        used += width;
        used <= room
    };
    let shown = pieces.into_iter().skip(n_skipped).take_while(fits);
    (shown.map(|(at, _, piece)| Span::styled(piece, style(at))).collect(), column)
}

/// Draws a text input that filters a list, with a hint while it is empty.
pub(super) fn draw(prompt: &Prompt, hint: &str, has_cursor: bool, frame: &mut Frame<'_>, area: Rect) {
    if prompt.text().is_empty() {
        let hint = Span::styled(hint.to_owned(), parts::style(Tone::Dim));
        frame.render_widget(Line::from(vec![Span::raw(SIGN), hint]), area);
    }
    draw_after(Span::raw(SIGN), prompt, Tone::Plain, has_cursor, frame, area);
}

/// Draws a text input behind its label, and the cursor if it is active.
pub(super) fn draw_after(
    label: Span<'static>,
    prompt: &Prompt,
    tone: Tone,
    has_cursor: bool,
    frame: &mut Frame<'_>,
    row: Rect,
) {
    let label_width = label.width();
    let room = usize::from(row.width).saturating_sub(label_width + 1);
    let (spans, column) = typed(prompt, room, |_at| parts::style(tone));
    frame.render_widget(Line::from([vec![label], spans].concat()), row);
    if has_cursor {
        parts::place_cursor(frame, row, label_width + column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::key::{Key, KeyCode};

    /// Returns the visible text with the cursor this many characters before its end, and the column of the cursor.
    fn seen(text: &str, n_back: usize, room: usize) -> (String, usize) {
        let mut prompt = Prompt::new(text);
        for _ in 0..n_back {
            prompt.key(Key::plain(KeyCode::Left));
        }
        let (spans, column) = typed(&prompt, room, |_at| Style::new());
        (spans.iter().map(|span| span.content.as_ref()).collect(), column)
    }

    #[test]
    fn what_is_drawn_fits_and_the_cursor_stands_behind_what_was_typed() {
        for (text, n_back, room, shown, column) in [
            ("你好吗呀", 0, 5, "吗呀", 4),
            ("你好吗呀", 0, 8, "你好吗呀", 8),
            ("你好吗呀", 3, 5, "你好", 2),
            ("abcdef", 0, 4, "cdef", 4),
            ("abcdef", 6, 4, "abcd", 0),
            ("👩‍💻ab", 0, 9, "👩💻ab", 6),
            ("👩‍💻ab", 3, 9, "👩💻ab", 0),
            ("", 0, 0, "", 0),
            ("你", 0, 1, "", 0),
        ] {
            assert_eq!(seen(text, n_back, room), (shown.to_owned(), column), "{text} {n_back} {room}");
        }
    }
}
