//! A line of text input, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Block;

use crate::dashboard::over::prompt::{LinePrompt, LinePurpose, Prompt};
use crate::dashboard::{Cell, Tone};
use crate::language::{forward, list, steps};
use crate::text;
use crate::view::parts::{self, Scene};
use crate::view::typed;

/// The maximum number of cells for the text.
const WIDTH: usize = 70;
/// The number of rows with the frame.
const ROWS: usize = 4;

/// Draws the prompt, and below it what happens to the text.
pub(super) fn draw(line: &LinePrompt, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let (world, language) = (scene.world, scene.world.language());
    let (title, help, below) = match &line.purpose {
        LinePurpose::NewTab(query) | LinePurpose::RenameTab(query) => {
            let query = world.shown_query(query);
            let query = if query.is_empty() { list::EVERYTHING.of(language).to_owned() } else { query };
            let finds = Cell::new(Tone::Dim, list::TAB_FINDS.with(language, &[&query]));
            (list::NAME_TAB.of(language).to_owned(), list::NAME_TAB_HELP, finds)
        }
        LinePurpose::MoveBookmark(target) => {
            let title = format!("{target}: {}", forward::DATE_TITLE.of(language));
            let how = || Cell::new(Tone::Dim, forward::DATE_HOW.of(language));
            let notice = scene.notice_in(parts::box_area(frame, WIDTH, ROWS)).cloned();
            (title, forward::DATE_HELP, notice.unwrap_or_else(how))
        }
        LinePurpose::TryUrl => {
            let how = Cell::new(Tone::Dim, steps::URL_HOW.of(language));
            (steps::URL_TITLE.of(language).to_owned(), steps::URL_HELP, how)
        }
    };
    draw_line(&line.prompt, (&title, help.of(language)), &below, WIDTH, frame);
}

/// Draws a text input between a title and the help for its keys, with a line of details below it.
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
