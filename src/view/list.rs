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
use crate::weibo::Kind;

/// Before every row, so that colour is never needed: the bar of the selected message or the plus of a picked one, the dot
/// of an unread one, and the star, or the mark of one that was not signed.
const GUTTER: u16 = 3;

/// Draws the titles and the rows, or what to do while there are none.
pub(super) fn draw(state: &State, frame: &mut Frame<'_>, layout: &Layout) {
    let area = super::rect(layout.list);
    if area.is_empty() {
        return;
    }
    let language = state.looks().language;
    let inbox = state.inbox();
    if layout.shape == Shape::Wide {
        let title =
            inbox.tabs().get(inbox.shown()).map(|tab| format!(" {} ", tab.title.of(language))).unwrap_or_default();
        let titles = layout.titles;
        let whole = crate::dashboard::layout::Area { height: titles.height + layout.list.height, ..titles };
        let place = inbox.place().map(|place| format!(" {place}/{} ", inbox.total())).unwrap_or_default();
        super::draw_frame(frame, whole, &title, &place);
    }
    let widths = widths(area.width, layout.shape);
    if layout.titles.height > 0 {
        let titles =
            columns::TABLE.iter().zip(&widths).map(|(column, width)| cell_text(column.title.of(language), *width));
        let gutter = " ".repeat(usize::from(GUTTER));
        let line = Line::styled(format!("{gutter}{}", titles.collect::<String>()), super::style(Tone::Dim));
        frame.render_widget(line, super::rect(layout.titles));
    }
    let (records, selected) = inbox.visible();
    if records.is_empty() {
        draw_empty(state, frame, area);
    }
    let context = super::context(state, layout.shape);
    for (index, (record, y)) in records.iter().zip(area.y..area.bottom()).enumerate() {
        let line = row(state, &state.shown(record), context, &widths, selected == Some(index));
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}

fn row(
    state: &State,
    record: &Record,
    context: columns::Context<'_>,
    widths: &[u16],
    is_selected: bool,
) -> Line<'static> {
    let mut spans = gutter(record, is_selected, state.is_picked(record.seq));
    for (Column { cell, width: wanted, .. }, width) in columns::TABLE.iter().zip(widths) {
        let cell = cell(record, context);
        let words = cell_text(&text::line(&cell.text), *width);
        if wanted(context.shape) == REST {
            spans.extend(super::marked(&words, super::style(cell.tone), state.inbox().filter()));
        } else {
            spans.push(Span::styled(words, super::style(cell.tone)));
        }
    }
    let style = if is_selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    Line::from(spans).style(style)
}

fn gutter(record: &Record, is_selected: bool, is_picked: bool) -> Vec<Span<'static>> {
    let first = match (is_picked, is_selected) {
        (true, _) => Span::styled("+", super::style(Tone::Accent)),
        (false, true) => Span::raw("▌"),
        (false, false) => Span::raw(" "),
    };
    let unread = if record.is_read { Span::raw(" ") } else { Span::styled("●", super::style(Tone::Accent)) };
    let last = match (record.is_starred, record.verified) {
        (true, _) => Span::styled("*", super::style(Tone::Warning)),
        (false, true) => Span::raw(" "),
        (false, false) => Span::styled("!", super::style(Tone::Warning)),
    };
    vec![first, unread, last]
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
    let is_bare = state.inbox().counts().sum(&Kind::ALL) == 0;
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
        let is_narrowed = !state.inbox().filter().terms.is_empty();
        let words = if is_narrowed { words::NOTHING_MATCHES } else { words::NONE_OF_THIS_KIND };
        vec![String::new(), words.of(language).to_owned()]
    };
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        let room = usize::from(area.width).saturating_sub(2);
        let line = Line::styled(format!("  {}", text::cut(line, room)), super::style(Tone::Dim));
        frame.render_widget(line, Rect { y, height: 1, ..area });
    }
}
