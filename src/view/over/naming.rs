//! The line in which the name of a tab is typed, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Block;

use crate::dashboard::over::naming::NamePrompt;
use crate::dashboard::over::prompt::Prompt;
use crate::dashboard::{Cell, Tone, World};
use crate::language::list;
use crate::text;
use crate::view::parts;
use crate::view::typed;

pub(super) mod labels;
pub(super) mod profile;

/// The most cells that a name and a query need.
pub(super) const WIDTH: usize = 70;
/// Its rows, with its frame.
const ROWS: usize = 4;

/// Draws the line, and below it what the tab shows.
pub(super) fn draw(prompt: &NamePrompt, world: &World, frame: &mut Frame<'_>) {
    let language = world.language();
    let query = world.shown_query(&prompt.query);
    let query = if query.is_empty() { list::EVERYTHING.of(language).to_owned() } else { query };
    let below = Cell::new(Tone::Dim, list::TAB_FINDS.with(language, &[&query]));
    draw_line(&prompt.prompt, (list::NAME_TAB.of(language), list::NAME_TAB_HELP.of(language)), &below, WIDTH, frame);
}

/// Where such a line is drawn.
pub(super) fn line_area(frame: &Frame<'_>) -> Rect {
    parts::box_area(frame, WIDTH, ROWS)
}

/// Draws a line in which something is typed, between a title and what its keys do, and what there is to say about it below.
pub(super) fn draw_line(
    prompt: &Prompt,
    (title, help): (&str, &str),
    below: &Cell,
    columns: usize,
    frame: &mut Frame<'_>,
) {
    let title = format!(" {} ", text::line(title));
    let block = Block::bordered().title(title).title_bottom(parts::keys(help, columns, frame));
    let inside = parts::padded(parts::draw_box(frame, columns, ROWS, block));
    if inside.is_empty() {
        return;
    }
    typed::draw_after(Span::default(), prompt, Tone::Plain, true, frame, Rect { height: 1, ..inside });
    if inside.height > 1 {
        frame.render_widget(parts::cut(below, inside.width), Rect { y: inside.y + 1, height: 1, ..inside });
    }
}
