//! The line in which the path for a file is typed, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::Block;

use crate::dashboard::orders::SaveSource;
use crate::dashboard::over::saving::SavePrompt;
use crate::dashboard::{Tone, World};
use crate::language::{list, words};
use crate::text;
use crate::view::parts;
use crate::view::typed::typed;

/// The most cells that a path needs.
const WIDTH: usize = 100;

/// Draws the line, and below it what it can become.
pub(super) fn draw(prompt: &SavePrompt, world: &World, frame: &mut Frame<'_>) {
    let language = world.language();
    let title = match prompt.from {
        SaveSource::Medium { .. } => words::SAVE_AS.of(language).to_owned(),
        SaveSource::Messages(_) => list::EXPORT.with(language, &[&prompt.n_messages]),
    };
    let block = Block::bordered().title(format!(" {title} ")).title_bottom(parts::keys(
        words::SAVE_AS_HELP.of(language),
        WIDTH,
        frame,
    ));
    let inside = parts::padded(parts::draw_box(frame, WIDTH, 4, block));
    if inside.is_empty() {
        return;
    }
    let (spans, cursor) =
        typed(&prompt.prompt, usize::from(inside.width).saturating_sub(1), |_at| parts::style(Tone::Plain));
    frame.render_widget(Line::from(spans), Rect { height: 1, ..inside });
    let x = inside.x.saturating_add(cursor).min(inside.right().saturating_sub(1));
    frame.set_cursor_position(Position { x, y: inside.y });
    let names: Vec<_> = prompt.names().map(text::line).collect();
    let below = match &prompt.from {
        _ if !names.is_empty() => names.join("  "),
        SaveSource::Medium { is_voice: true, .. } => words::SAVE_VOICE_HOW.of(language).to_owned(),
        SaveSource::Medium { is_voice: false, .. } => String::new(),
        SaveSource::Messages(_) => list::EXPORT_HOW.of(language).to_owned(),
    };
    let below = text::cut(&below, usize::from(inside.width)).into_owned();
    if inside.height > 1 {
        frame
            .render_widget(Line::styled(below, parts::style(Tone::Dim)), Rect { y: inside.y + 1, height: 1, ..inside });
    }
}
