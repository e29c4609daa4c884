//! The choice of a receiver for messages that are sent at once, and their answers, in the middle of the screen.

use ratatui::Frame;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::dashboard::Tone;
use crate::dashboard::over::targets::SendScreen;
use crate::language::forward as words;
use crate::text;
use crate::view::parts::{self, Scene};
use crate::view::typed;

/// The maximum number of cells for an answer.
const WIDTH: u16 = 96;

/// Draws the targets and the line for an address, then the answers.
pub(super) fn draw(screen: &SendScreen, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let world = scene.world;
    let language = world.language();
    let title = match screen.seqs.as_slice() {
        [seq] => words::SEND_ONE.with(language, &[seq]),
        seqs => words::SEND_TITLE.with(language, &[&seqs.len()]),
    };
    let block = Block::bordered().title(format!(" {title} "));
    let width = frame.area().width.min(WIDTH).saturating_sub(4);
    let said = screen.lines(world);
    let lines = said.iter().flat_map(|cell| parts::wrapped(&text::line(&cell.text), cell.tone, width));
    let lines: Vec<Line<'_>> = lines.collect();
    let n_choices = screen.choices.len() + 1;
    let help = parts::keys(screen.help().of(language), WIDTH.into(), frame);
    let inside = scene.draw_box(frame, [usize::from(width) + 4, n_choices + lines.len() + 2], block, help);
    let mut rows = inside.rows();
    for (index, name) in screen.choices.iter().enumerate() {
        let Some(row) = rows.next() else { return };
        let place = world.colleagues.targets.get(index).map(|target| target.place.clone()).unwrap_or_default();
        let line = format!("{}  {}", text::line(name), text::line(&place));
        parts::draw_row(frame, Line::raw(text::pad(&line, usize::from(row.width))), row, index == screen.selected);
    }
    let Some(row) = rows.next() else { return };
    let [label_tone, tone] = if screen.is_typing() { [Tone::Strong, Tone::Plain] } else { [Tone::Dim; 2] };
    let label = Span::styled(words::SEND_ADDRESS.of(language), parts::style(label_tone));
    typed::draw_after(label, &screen.prompt, tone, screen.is_typing(), frame, row);
    // If there are too many answers, show the last ones.
    let room = usize::from(inside.height).saturating_sub(n_choices);
    let skipped = lines.len().saturating_sub(room);
    for (line, row) in lines.into_iter().skip(skipped).zip(rows) {
        frame.render_widget(line, row);
    }
}
