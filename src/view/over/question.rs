//! A question that waits for an answer, in the middle of the screen.

use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::dashboard::World;
use crate::dashboard::over::question::Question;
use crate::text;
use crate::view::parts;

pub(super) fn draw(question: &Question, world: &World, frame: &mut Frame<'_>) {
    let help = question.help().of(world.language());
    let room = usize::from(frame.area().width).saturating_sub(4).max(1);
    let lines: Vec<Line<'_>> = question
        .lines(world)
        .iter()
        .flat_map(|cell| text::wrap(&text::line(&cell.text), room).into_iter().map(|line| (line, cell.tone)))
        .map(|(line, tone)| Line::from(vec![Span::raw(" "), Span::styled(line, parts::style(tone))]))
        .collect();
    let widest = lines.iter().map(Line::width).max().unwrap_or_default().max(text::width(help) + 2);
    let block = Block::bordered().title_bottom(parts::keys(help, widest + 3, frame));
    let inside = parts::draw_box(frame, widest + 3, lines.len() + 2, block);
    parts::draw_lines(frame, inside, lines);
}
