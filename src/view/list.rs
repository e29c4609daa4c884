//! The list: one row a message, columns from the table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::dashboard::columns::{self, Column, REST};
use crate::dashboard::layout::{Layout, Shape};
use crate::dashboard::{State, cell::Tone};
use crate::language::words;
use crate::record::Record;
use crate::text;

/// Before every row: the bar of the selected one, so that colour is never needed.
const GUTTER: u16 = 1;

/// Draws the titles and the rows, or what to do while there are none.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = super::rect(layout.list);
    if area.is_empty() {
        return;
    }
    let language = state.looks().language;
    let inbox = state.inbox();
    if layout.shape == Shape::Wide {
        let titles = layout.titles;
        let whole = crate::dashboard::layout::Area { height: titles.height + layout.list.height, ..titles };
        let place = inbox.place().map(|place| format!(" {place}/{} ", inbox.total())).unwrap_or_default();
        super::draw_frame(frame, whole, &format!(" {} ", inbox.tab().title().of(language)), &place);
    }
    let widths = widths(area.width, layout.shape);
    if layout.titles.height > 0 {
        let titles =
            columns::TABLE.iter().zip(&widths).map(|(column, width)| cell_text(column.title.of(language), *width));
        let line = Line::styled(format!(" {}", titles.collect::<String>()), super::style(Tone::Dim));
        frame.render_widget(line, super::rect(layout.titles));
    }
    let (records, selected) = inbox.visible();
    if records.is_empty() {
        draw_empty(state, frame, area);
    }
    let context = super::context(state, layout.shape);
    for (index, (record, y)) in records.iter().zip(area.y..area.bottom()).enumerate() {
        let line = row(&state.shown(record), context, &widths, selected == Some(index));
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}

fn row(record: &Record, context: columns::Context<'_>, widths: &[u16], is_selected: bool) -> Line<'static> {
    let mut spans = vec![Span::raw(if is_selected {
        "▌"
    } else if record.verified {
        " "
    } else {
        "!"
    })];
    for (Column { cell, .. }, width) in columns::TABLE.iter().zip(widths) {
        let cell = cell(record, context);
        spans.push(Span::styled(cell_text(&text::line(&cell.text), *width), super::style(cell.tone)));
    }
    let style = if is_selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    Line::from(spans).style(style)
}

/// A cell of exactly its width, with the space behind it; nothing for a column that is left out.
fn cell_text(text: &str, width: u16) -> String {
    if width == 0 { String::new() } else { format!("{} ", text::pad(text, usize::from(width))) }
}

/// The widths of the columns in so many cells.
fn widths(width: u16, shape: Shape) -> Vec<u16> {
    let wanted: Vec<u16> = columns::TABLE.iter().map(|column| (column.width)(shape)).collect();
    let spaces = u16::try_from(wanted.len()).unwrap_or_default();
    let fixed: u16 = wanted.iter().filter(|width| **width != REST).sum();
    let rest = width.saturating_sub(GUTTER + fixed + spaces - 1);
    wanted.into_iter().map(|width| if width == REST { rest } else { width }).collect()
}

/// What stands in an empty list.
fn draw_empty(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let setup = state.setup();
    let language = state.looks().language;
    let is_bare = state.inbox().counts().sum(crate::dashboard::tab::Tab::All.kinds()) == 0;
    let lines = if is_bare {
        let secret = if setup.is_signed { words::CALLS_ARE_CHECKED } else { words::CALLS_ARE_NOT_CHECKED };
        vec![
            String::new(),
            words::WAITING.of(language).to_owned(),
            String::new(),
            format!("{}  http://{}", words::CALLBACK_URL.of(language), setup.address),
            secret.of(language).to_owned(),
            String::new(),
            format!("{}  weibox simulate --url http://{}", words::TRY_IT.of(language), setup.address),
        ]
    } else {
        vec![String::new(), words::NONE_OF_THIS_KIND.of(language).to_owned()]
    };
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        let room = usize::from(area.width).saturating_sub(2);
        let line = Line::styled(format!("  {}", text::cut(line, room)), super::style(Tone::Dim));
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}
