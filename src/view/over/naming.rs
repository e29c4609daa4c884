//! The line in which the name of a tab is typed, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Block;

use crate::dashboard::over::naming::NamePrompt;
use crate::dashboard::{Tone, World};
use crate::language::list;
use crate::text;
use crate::view::parts;
use crate::view::typed::typed;

/// The most cells that a name and a query need.
const WIDTH: usize = 70;

/// Draws the line, and below it what the tab shows.
pub(super) fn draw(prompt: &NamePrompt, world: &World, frame: &mut Frame<'_>) {
    let language = world.language();
    let block = Block::bordered()
        .title(format!(" {} ", list::NAME_TAB.of(language)))
        .title_bottom(Line::from(format!(" {} ", list::NAME_TAB_HELP.of(language))).right_aligned());
    let inside = parts::padded(parts::draw_box(frame, WIDTH, 4, block));
    if inside.is_empty() {
        return;
    }
    let width = usize::from(inside.width);
    let (spans, cursor) = typed(&prompt.prompt, width.saturating_sub(1), |_at| parts::style(Tone::Plain));
    frame.render_widget(Line::from(spans), Rect { height: 1, ..inside });
    let x = inside.x.saturating_add(cursor).min(inside.right().saturating_sub(1));
    frame.set_cursor_position(Position { x, y: inside.y });
    if inside.height > 1 {
        let query = world.shown_query(&prompt.query);
        let query = if query.is_empty() { list::EVERYTHING.of(language).to_owned() } else { query };
        let words = list::TAB_FINDS.with(language, &[&query]);
        let words = text::cut(&text::line(&words), width).into_owned();
        frame
            .render_widget(Line::styled(words, parts::style(Tone::Dim)), Rect { y: inside.y + 1, height: 1, ..inside });
    }
}
