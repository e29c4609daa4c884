//! The quick replies over the composer: the typed text, the matching replies, and a preview of the selected one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Block;

use crate::dashboard::Tone;
use crate::dashboard::over::composer::QuickPicker;
use crate::language::{answers as words, words as common};
use crate::text;
use crate::view::over::menu;
use crate::view::parts::{self, Scene};
use crate::view::typed;

/// The maximum number of cells in a line.
const WIDTH: usize = 76;
/// The maximum number of rows of the preview, on a large and on a small screen.
const PREVIEW: [usize; 2] = [6, 2];
/// The height in rows below which the screen is small.
const SMALL: u16 = 16;
/// The maximum number of unusable files to list, on a large and on a small screen. The others are only counted.
const FAULTS: [usize; 2] = [2, 1];

/// Draws the picker in the middle of the screen.
pub(in crate::view::over) fn draw(picker: &QuickPicker, is_top: bool, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let language = scene.world.language();
    let screen = frame.area();
    let (shown, selected) = picker.menu.found();
    let count = format!(" {}/{} ", if shown.is_empty() { 0 } else { selected + 1 }, shown.len());
    let block = Block::bordered().title(format!(" {} ", words::QUICK_TITLE.of(language)));
    let block = block.title(Line::from(count).right_aligned());
    let room = WIDTH.min(usize::from(screen.width)).saturating_sub(4);
    let size = usize::from(screen.height < SMALL);
    let faults = faults(picker, scene, FAULTS[size], room);
    let n_preview = PREVIEW[size];
    let n_entries = picker.menu.entries().len() + 1;
    let (columns, rows) = (room + 4, n_entries + n_preview + faults.len() + 4);
    let help = parts::help([words::QUICK_HELP, words::QUICK_HELP_SHORT], language, room);
    let inside = scene.draw_box(frame, [columns, rows], block, help);
    if inside.is_empty() {
        return;
    }
    let below = n_preview + faults.len() + 1;
    // Keep at least the typed text and the selected reply visible.
    let n_below = u16::try_from(below).unwrap_or(u16::MAX).min(inside.height.saturating_sub(2));
    let list = Rect { y: inside.y + 1, height: inside.height - 1 - n_below, ..inside };
    let hint = common::TYPE_TO_FILTER.of(language);
    typed::draw(&picker.menu.prompt, hint, is_top, frame, Rect { height: 1, ..inside });
    menu::draw_entries(&picker.menu, frame, list);
    if shown.is_empty() {
        let lines = parts::wrapped(&nothing(picker, scene), Tone::Dim, list.width);
        parts::draw_lines(frame, Rect { height: inside.bottom() - list.y, ..list }, lines);
    }
    let under = Rect { y: list.bottom(), height: n_below, ..inside };
    let preview = picker.preview(scene.world).unwrap_or_default();
    let lines = preview.lines().flat_map(|line| parts::wrapped(&text::line(line), Tone::Plain, under.width));
    draw_below(lines.collect(), faults, under, shown.is_empty(), frame);
}

/// Draws the rule, the preview, and the faults at the bottom.
fn draw_below(preview: Vec<Line<'_>>, faults: Vec<Line<'_>>, under: Rect, is_empty: bool, frame: &mut Frame<'_>) {
    let n_faults = u16::try_from(faults.len()).unwrap_or(u16::MAX).min(under.height);
    let top = Rect { height: under.height - n_faults, ..under };
    if !is_empty && top.height > 0 {
        let rule = "─".repeat(usize::from(top.width));
        frame.render_widget(Line::styled(rule, parts::style(Tone::Dim)), Rect { height: 1, ..top });
        let n_rows = usize::from(top.height - 1);
        let is_cut = preview.len() > n_rows;
        parts::draw_lines(frame, Rect { y: top.y + 1, height: top.height - 1, ..top }, preview);
        if is_cut && n_rows > 0 {
            let end = Rect { x: top.right().saturating_sub(1), y: top.bottom() - 1, width: 1, height: 1 };
            frame.render_widget(Line::styled("…", parts::style(Tone::Dim)), end);
        }
    }
    parts::draw_lines(frame, Rect { y: top.bottom(), height: n_faults, ..under }, faults);
}

/// Returns why files cannot be used: the first few faults, and the number of others.
fn faults(picker: &QuickPicker, scene: Scene<'_>, most: usize, room: usize) -> Vec<Line<'static>> {
    let language = scene.world.language();
    let faults = picker.found().map(|found| found.faults.as_slice()).unwrap_or_default();
    let n_more = faults.len().saturating_sub(most);
    let count = if n_more > 0 { format!(" (+{n_more})") } else { String::new() };
    let last = most.min(faults.len()).saturating_sub(1);
    let told = faults.iter().take(most).enumerate().map(|(index, fault)| {
        let words = fault.of(language).replace(&format!("{}/", picker.directory().display()), "");
        let count = if index == last { count.as_str() } else { "" };
        format!("{}{count}", text::cut(&text::line(&words), room.saturating_sub(count.len())))
    });
    told.map(|line| Line::styled(line, parts::style(Tone::Bad))).collect()
}

/// Returns the words for an empty list.
fn nothing(picker: &QuickPicker, scene: Scene<'_>) -> String {
    let language = scene.world.language();
    match picker.found() {
        None => words::QUICK_READING.of(language).to_owned(),
        Some(found) if found.replies.is_empty() => {
            text::line(&words::QUICK_NONE.with(language, &[&found.directory.display()])).into_owned()
        }
        Some(_) => common::NOTHING_FOUND.of(language).to_owned(),
    }
}
