//! The grid of pictures: a tile for each image of the list, with the picture above its caption.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use crate::dashboard::list::columns::{self, CellContext, RowRoom};
use crate::dashboard::list::grid::TileGrid;
use crate::dashboard::orders::PictureOrigin;
use crate::dashboard::{Cell, State, Tone};
use crate::language::words;
use crate::record::Record;
use crate::text;
use crate::view::{parts, picture};

use super::gutter;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, grid: TileGrid) {
    let (records, selected) = state.list().inbox.visible();
    for (index, (record, (picture, caption))) in records.iter().zip(grid.tiles()).enumerate() {
        draw_picture(state, frame, parts::rect(picture), record, grid);
        draw_caption(state, frame, parts::rect(caption), &state.world().shown(record), selected == Some(index));
    }
}

fn draw_picture(state: &State, frame: &mut Frame<'_>, area: Rect, record: &Record, grid: TileGrid) {
    let language = state.world().language();
    let request = grid.picture(record, state.world());
    let drawn = request.as_ref().map(|request| state.world().pictures.drawing(request));
    let is_saved = request.as_ref().is_some_and(|request| matches!(request.origin, PictureOrigin::File(_)));
    let said = match drawn {
        Some(Some(Ok(drawing))) => {
            let (columns, rows) = drawing.cells;
            let middle = area.centered(Constraint::Length(columns), Constraint::Length(rows));
            picture::draw(state, frame, middle, drawing, 0);
            return;
        }
        Some(Some(Err(reason))) if is_saved => Cell::new(Tone::Bad, reason.of(language)),
        Some(None) if is_saved => Cell::new(Tone::Dim, words::DECODING.of(language)),
        Some(_) | None => columns::file(record, context(state, record)),
    };
    let lines = parts::wrapped(&text::clean(&said.text), said.tone, area.width);
    let high = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let middle = area.centered_vertically(Constraint::Length(high));
    parts::draw_lines(frame, middle, lines.into_iter().map(Line::centered));
}

fn draw_caption(state: &State, frame: &mut Frame<'_>, area: Rect, record: &Record, is_selected: bool) {
    let time = columns::time(record, context(state, record));
    let sender = columns::sender(record, context(state, record)).text;
    let mut spans =
        gutter(record, state.list().inbox.replies_to(record.seq), is_selected, state.list().is_picked(record.seq));
    let words = format!("{} {sender}", time.text);
    spans.push(Span::raw(text::pad(&text::line(&words), usize::from(area.width).saturating_sub(spans.len()))));
    parts::draw_row(frame, Line::from(spans).style(parts::style(Tone::Dim)), area, is_selected);
}

/// Returns the context of a caption's cells, which have the room of a full row.
fn context<'a>(state: &'a State, record: &Record) -> CellContext<'a> {
    let world = state.world();
    CellContext {
        world,
        room: RowRoom::Full,
        begins_day: columns::begins_day(record, None, world.now),
        claimed_by: None,
    }
}
