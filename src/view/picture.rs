//! A picture in its cells. Anything drawn later covers it.

use std::num::NonZeroU16;

use ratatui::Frame;
use ratatui::buffer::CellDiffOption;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::text::Line;

use crate::dashboard::{Over, State, Tone};
use crate::language::{Language, words};
use crate::media::picture::drawing::{Drawing, DrawingForm};
use crate::media::picture::kitty;

use super::parts;

/// A cell with its upper half in the foreground colour and its lower half in the background colour.
const HALF: &str = "▀";
/// The content of a cell that is not sent to the terminal because a picture covers it. No text contains it, so that
/// text which replaces it is always sent.
const COVERED: &str = "\u{fffc}";
/// The width of a sequence, which counts as one character.
const ONE: NonZeroU16 = NonZeroU16::MIN;

/// Draws the part of a picture that lies in `area`, whose top row is row `hidden` of the picture.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, drawing: &Drawing, hidden: u16) {
    draw_in(
        frame,
        area,
        drawing,
        hidden,
        state.world().language(),
        state.stack().iter().all(|over| matches!(over, Over::SearchPrompt(_))),
    );
}

pub(super) fn draw_in(
    frame: &mut Frame<'_>,
    area: Rect,
    drawing: &Drawing,
    hidden: u16,
    language: Language,
    is_on_top: bool,
) {
    let (columns, rows) = drawing.cells;
    let seen = Rect { width: columns.min(area.width), height: rows.saturating_sub(hidden).min(area.height), ..area };
    match &drawing.form {
        DrawingForm::Blocks(cells) => blocks(frame, seen, cells, columns, hidden),
        DrawingForm::Placed(_) | DrawingForm::Moving(_) => placed(frame, seen, drawing.id, hidden),
        // This form is drawn whole or not at all, and covers everything in its place.
        DrawingForm::Whole(sequence) if seen.height == rows && seen.width == columns && is_on_top => {
            whole(frame, seen, sequence);
        }
        DrawingForm::Whole(_) => {
            let words = words::PICTURE_CUT.of(language);
            frame.render_widget(Line::styled(words, parts::style(Tone::Dim)), Rect { height: 1, ..area });
        }
    }
}

fn blocks(frame: &mut Frame<'_>, seen: Rect, cells: &[[[u8; 3]; 2]], columns: u16, hidden: u16) {
    let colour = |[red, green, blue]: [u8; 3]| Color::Rgb(red, green, blue);
    let rows = cells.chunks(usize::from(columns.max(1))).skip(usize::from(hidden));
    for (row, y) in rows.zip(seen.rows().map(|row| row.y)) {
        for (&[upper, lower], x) in row.iter().zip(seen.left()..seen.right()) {
            if let Some(cell) = frame.buffer_mut().cell_mut((x, y)) {
                cell.set_symbol(HALF).set_fg(colour(upper)).set_bg(colour(lower));
            }
        }
    }
}

fn placed(frame: &mut Frame<'_>, seen: Rect, id: u32, hidden: u16) {
    let [_, red, green, blue] = id.to_be_bytes();
    for at in seen.positions() {
        let symbol = kitty::placeholder(at.x - seen.x, at.y - seen.y + hidden);
        if let Some(cell) = frame.buffer_mut().cell_mut(at) {
            cell.set_symbol(&symbol).set_fg(Color::Rgb(red, green, blue));
            cell.set_diff_option(CellDiffOption::ForcedWidth(ONE));
        }
    }
}

fn whole(frame: &mut Frame<'_>, seen: Rect, sequence: &str) {
    for at in seen.positions() {
        if let Some(cell) = frame.buffer_mut().cell_mut(at) {
            cell.set_symbol(COVERED).set_diff_option(CellDiffOption::Skip);
        }
    }
    if let Some(cell) = frame.buffer_mut().cell_mut(seen.as_position()) {
        cell.set_symbol(sequence).set_diff_option(CellDiffOption::ForcedWidth(ONE));
    }
}
