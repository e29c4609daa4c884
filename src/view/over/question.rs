//! A question that waits for an answer, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::dashboard::over::question::Question;
use crate::language::{Language, words};
use crate::text;
use crate::view::parts;

/// Draws the question.
pub(super) fn draw(question: &Question, language: Language, frame: &mut Frame<'_>) {
    let screen = frame.area();
    let help = words::ASK_HELP.of(language);
    let room = usize::from(screen.width).saturating_sub(4).max(1);
    let lines: Vec<Line<'_>> = question
        .lines(language)
        .iter()
        .flat_map(|cell| text::wrap(&text::line(&cell.text), room).into_iter().map(|line| (line, cell.tone)))
        .map(|(line, tone)| Line::from(vec![Span::raw(" "), Span::styled(line, parts::style(tone))]))
        .collect();
    let widest = lines.iter().map(Line::width).max().unwrap_or_default().max(text::width(help) + 2);
    let [width, height] = [widest + 3, lines.len() + 2].map(|cells| u16::try_from(cells).unwrap_or(u16::MAX));
    let [width, height] = [width.min(screen.width), height.min(screen.height)];
    let area = Rect { x: (screen.width - width) / 2, y: (screen.height - height) / 2, width, height };
    let block = Block::bordered().title_bottom(Line::from(format!(" {help} ")).right_aligned());
    let inside = block.inner(area);
    parts::clear(frame, area);
    frame.render_widget(block, area);
    for (line, y) in lines.into_iter().zip(inside.y..inside.bottom()) {
        frame.render_widget(line, Rect { y, height: 1, ..inside });
    }
}
