//! Where messages go that are sent at once, and what came of them, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::dashboard::Tone;
use crate::dashboard::over::targets::SendScreen;
use crate::language::forward as words;
use crate::text;
use crate::view::parts::{self, Scene};
use crate::view::typed::typed;

/// The most cells that an answer is given.
const WIDTH: usize = 96;

/// Draws the targets and the line for an address, then what came of it.
pub(super) fn draw(screen: &SendScreen, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let title = match screen.seqs.as_slice() {
        [seq] => words::SEND_ONE.with(language, &[seq]),
        seqs => words::SEND_TITLE.with(language, &[&seqs.len()]),
    };
    let block = Block::bordered().title(format!(" {title} "));
    let width = WIDTH.min(usize::from(frame.area().width)).saturating_sub(4);
    let wrapped = screen.lines(world).into_iter().flat_map(|cell| {
        let lines = text::wrap(&text::line(&cell.text), width.max(1));
        lines.into_iter().map(move |line| Line::styled(line, parts::style(cell.tone)))
    });
    let lines: Vec<Line<'_>> = wrapped.collect();
    let n_choices = screen.choices.len() + 1;
    let (columns, rows) = (width + 4, n_choices + lines.len() + 2);
    let help = parts::keys(screen.help().of(language), WIDTH, frame);
    let block = scene.with_edge(block, parts::box_area(frame, columns, rows), help);
    let inside = parts::padded(parts::draw_box(frame, columns, rows, block));
    let mut rows = inside.rows();
    for (index, name) in screen.choices.iter().enumerate() {
        let Some(row) = rows.next() else { return };
        let place = world.colleagues.targets.get(index).map(|target| target.place.clone()).unwrap_or_default();
        let line = format!("{}  {}", text::line(name), text::line(&place));
        parts::draw_row(frame, Line::raw(text::pad(&line, usize::from(row.width))), row, index == screen.selected);
    }
    let Some(row) = rows.next() else { return };
    draw_address(screen, words::SEND_ADDRESS.of(language), frame, row);
    // Of many the last are seen.
    let room = usize::from(inside.height).saturating_sub(n_choices);
    let skipped = lines.len().saturating_sub(room);
    for (line, row) in lines.into_iter().skip(skipped).zip(rows) {
        frame.render_widget(line, row);
    }
}

fn draw_address(screen: &SendScreen, label: &str, frame: &mut Frame<'_>, row: Rect) {
    let tone = if screen.is_typing() { Tone::Plain } else { Tone::Dim };
    let room = usize::from(row.width).saturating_sub(text::width(label) + 1);
    let (spans, cursor) = typed(&screen.prompt, room, |_at| parts::style(tone));
    let label = Span::styled(label.to_owned(), parts::style(if screen.is_typing() { Tone::Strong } else { Tone::Dim }));
    let x = row.x.saturating_add(u16::try_from(label.width()).unwrap_or(u16::MAX)).saturating_add(cursor);
    frame.render_widget(Line::from([vec![label], spans].concat()), row);
    if screen.is_typing() {
        frame.set_cursor_position(Position { x: x.min(row.right().saturating_sub(1)), y: row.y });
    }
}
