//! A menu over the panes.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Block;

use crate::dashboard::Tone;
use crate::dashboard::over::menu::{Menu, MenuEntry};
use crate::language::words;
use crate::text;
use crate::view::parts::{self, Scene};
use crate::view::typed;

/// The maximum number of cells for a note, which may be a whole message.
const NOTE: usize = 40;

/// Draws the menu in the middle of the screen. Its size depends on all entries rather than the matching ones, so that
/// it does not change while the user types.
pub(super) fn draw(menu: &Menu, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let language = scene.world.language();
    let note_width = note_width(menu);
    let label_width = menu.entries().iter().map(|entry| text::width(&entry.label)).max().unwrap_or_default();
    let help = words::MENU_HELP.of(language);
    let widest = (note_width + label_width + 2)
        .max(text::width(help) + 2)
        .max(text::width(words::TYPE_TO_FILTER.of(language)) + 4);
    let (found, selected) = menu.found();
    let count = format!(" {}/{} ", if found.is_empty() { 0 } else { selected + 1 }, found.len());
    let block =
        Block::bordered().title(format!(" {} ", menu.title.of(language))).title(Line::from(count).right_aligned());
    let entries = menu.entries();
    let n_groups = entries.chunk_by(|one, next| one.group == next.group).filter(|group| !is_bare(group)).count();
    let (columns, rows) = (widest + 4, entries.len() + n_groups + 3);
    let help = parts::keys(help, columns, frame);
    let inside = scene.draw_box(frame, [columns, rows], block, help);
    if inside.is_empty() {
        return;
    }
    typed::draw(&menu.prompt, words::TYPE_TO_FILTER.of(language), true, frame, Rect { height: 1, ..inside });
    let rows = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    draw_entries(menu, frame, rows);
    if found.is_empty() {
        frame.render_widget(Line::styled(words::NOTHING_FOUND.of(language), parts::style(Tone::Dim)), rows);
    }
}

/// Draws the matching entries and keeps the selected one visible.
pub(super) fn draw_entries(menu: &Menu, frame: &mut Frame<'_>, rows: Rect) {
    let (_, selected) = menu.found();
    let note_width = note_width(menu);
    let listed = menu.rows();
    let entries = listed.iter().enumerate().filter(|(_, row)| row.is_ok());
    let selected = entries.map(|(index, _)| index).nth(selected).unwrap_or_default();
    let lines = listed.into_iter().map(|listed| match listed {
        Ok(entry) => row(entry, note_width, usize::from(rows.width)),
        Err(group) => Line::styled(format!("─ {}", text::line(group)), parts::style(Tone::Strong)),
    });
    parts::draw_rows(frame, rows, selected, lines);
}

fn note_width(menu: &Menu) -> usize {
    menu.entries().iter().map(|entry| text::width(&text::line(&entry.note))).max().unwrap_or_default().min(NOTE)
}

/// Returns whether the group has no heading.
fn is_bare(group: &[MenuEntry]) -> bool {
    group.first().is_none_or(|entry| entry.group.is_empty())
}

fn row(entry: &MenuEntry, note_width: usize, width: usize) -> Line<'static> {
    let note = text::pad(&text::line(&entry.note), note_width);
    let label = text::pad(&text::line(&entry.label), width.saturating_sub(note_width + 2));
    let [note_tone, label_tone] =
        if entry.obstacle.is_empty() { [Tone::Accent, Tone::Plain] } else { [Tone::Dim, Tone::Dim] };
    Line::from(vec![
        Span::styled(note, parts::style(note_tone)),
        Span::raw("  "),
        Span::styled(label, parts::style(label_tone)),
    ])
}
