//! The list of labels to choose from, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::dashboard::Tone;
use crate::dashboard::over::naming::{Bearers, LabelPicker, LabelRow};
use crate::language::{Language, people as words};
use crate::record::people::full_name;
use crate::text;
use crate::view::parts::{self, Scene};
use crate::view::typed;

/// The maximum width of the box; `ROWS` is its maximum height.
const WIDTH: usize = 52;
const ROWS: usize = 16;

/// Draws the list. Its size does not change while the user types.
pub(in crate::view::over) fn draw(picker: &LabelPicker, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let language = scene.world.language();
    let width = usize::from(frame.area().width).min(WIDTH).saturating_sub(4);
    let title = text::cut(&title(picker, language), width).into_owned();
    let own = if picker.is_of_sender { words::LABELS_HELP_SENDER } else { words::LABELS_HELP };
    let help = parts::help([own, words::LABELS_HELP_SHORT], language, width);
    let block = Block::bordered().title(format!(" {title} "));
    let inside = scene.draw_box(frame, [WIDTH, ROWS], block, help);
    if inside.is_empty() {
        return;
    }
    typed::draw(&picker.prompt, words::LABELS_PROMPT.of(language), true, frame, Rect { height: 1, ..inside });
    let area = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    let (rows, selected) = picker.rows();
    if rows.is_empty() {
        let told = if picker.is_ready() { words::NO_LABELS } else { words::STILL_READING };
        frame.render_widget(Line::styled(told.of(language), parts::style(Tone::Dim)), area);
        return;
    }
    let lines = rows.iter().map(|row| line(row, usize::from(area.width), language));
    parts::draw_rows(frame, area, selected, lines);
}

fn title(picker: &LabelPicker, language: Language) -> String {
    match (picker.is_of_sender, picker.fan, picker.seqs.len()) {
        (true, Some(fan), _) => {
            words::LABELS_OF_SENDER.with(language, &[&full_name(Some(fan), picker.called.as_deref())])
        }
        (_, _, 1) => words::LABELS_OF_ONE.of(language).to_owned(),
        (.., n) => words::LABELS_OF_MESSAGES.with(language, &[&n]),
    }
}

fn line(row: &LabelRow, width: usize, language: Language) -> Line<'static> {
    let (tone, mark) = match row.bearers {
        _ if row.is_new => (Tone::Accent, "[+]"),
        Bearers::All => (Tone::Good, "[x]"),
        Bearers::Some => (Tone::Warning, "[-]"),
        Bearers::None => (Tone::Plain, "[ ]"),
    };
    let right = match row.n {
        _ if row.is_new => words::NEW_LABEL.of(language).to_owned(),
        0 => String::new(),
        n => n.to_string(),
    };
    let room = width.saturating_sub(5 + text::width(&right));
    Line::from(vec![
        Span::styled(format!("{mark} "), parts::style(tone)),
        Span::raw(text::pad(&text::line(&row.label), room)),
        Span::styled(format!(" {right}"), parts::style(Tone::Dim)),
    ])
}
