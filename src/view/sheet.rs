//! The contact sheet: a tile for each image of the list, its picture above the line that says what it is.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use crate::dashboard::State;
use crate::dashboard::cell::{Cell, Tone};
use crate::dashboard::columns::{self, Room};
use crate::dashboard::picture::Origin;
use crate::dashboard::sheet::Grid;
use crate::language::words;
use crate::record::Record;
use crate::text;

use super::list::gutter;

/// Draws the tiles.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, grid: Grid) {
    let (records, selected) = state.inbox().visible();
    for (index, (record, (picture, caption))) in records.iter().zip(grid.tiles()).enumerate() {
        draw_picture(state, frame, super::rect(picture), record, grid);
        draw_caption(state, frame, super::rect(caption), &state.shown(record), selected == Some(index));
    }
}

fn draw_picture(state: &State, frame: &mut Frame<'_>, area: Rect, record: &Record, grid: Grid) {
    let language = state.looks().language;
    let ask = state.thumbnail(record, grid);
    let drawn = ask.as_ref().map(|ask| state.drawing(ask));
    let is_saved = ask.as_ref().is_some_and(|ask| matches!(ask.origin, Origin::File(_)));
    let said = match drawn {
        Some(Some(Ok(drawing))) => {
            let (columns, rows) = drawing.cells;
            let middle = area.centered(Constraint::Length(columns), Constraint::Length(rows));
            super::picture::draw(state, frame, middle, drawing, 0);
            return;
        }
        Some(Some(Err(reason))) if is_saved => Cell::new(Tone::Bad, reason.of(language)),
        Some(None) if is_saved => Cell::new(Tone::Dim, words::DECODING.of(language)),
        Some(_) | None => columns::file(record, super::context(state, Room::Full)),
    };
    let lines = text::wrap(&text::clean(&said.text), usize::from(area.width));
    let high = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let middle = area.centered_vertically(Constraint::Length(high));
    for (line, row) in lines.into_iter().zip(middle.rows()) {
        frame.render_widget(Line::styled(line, super::style(said.tone)).centered(), row);
    }
}

fn draw_caption(state: &State, frame: &mut Frame<'_>, area: Rect, record: &Record, is_selected: bool) {
    let time = columns::time(record, super::context(state, Room::Full));
    let sender = record.message.sender_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
    let mut spans = gutter(record, is_selected, state.is_picked(record.seq));
    let words = format!("{} {sender}", time.text);
    spans.push(Span::raw(text::pad(&text::line(&words), usize::from(area.width).saturating_sub(spans.len()))));
    super::draw_row(frame, Line::from(spans).style(super::style(Tone::Dim)), area, is_selected);
}
