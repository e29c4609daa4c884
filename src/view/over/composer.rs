//! The composer: what was said before, what is being written, and how long there is time.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget as _};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::dashboard::Tone;
use crate::dashboard::over::composer::Composer;
use crate::language::{Language, answers as words};
use crate::text;
use crate::view::parts::{self, Scene};
use crate::weibo::active;
use crate::weibo::assumptions::TEXT_LIMIT;

pub(super) mod picker;

/// Draws it over what was there. The cursor stands where the text goes, so that an input method opens there.
pub(super) fn draw(composer: &Composer, is_top: bool, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let (world, language) = (scene.world, scene.world.language());
    let place = composer.area(world);
    let area = parts::rect(place).intersection(frame.area());
    if area.width < 3 || area.height < 3 {
        return;
    }
    let width = usize::from(area.width).saturating_sub(2);
    let left = composer.time_left(world.now, language);
    let time = match &left {
        Some(left) => Span::styled(words::TIME_LEFT.with(language, &[left]), parts::style(Tone::Plain)),
        None => Span::styled(words::WINDOW_OVER.of(language), parts::style(Tone::Bad)),
    };
    let title = words::REPLY_TO.with(language, &[&composer.receiver(world)]);
    let title = text::cut(&title, width.saturating_sub(time.width() + 5)).into_owned();
    let n = active::length(composer.editor.text().trim_end());
    let tone = if n >= TEXT_LIMIT { Tone::Bad } else { Tone::Dim };
    let count = format!("{n}/{}", TEXT_LIMIT - 1);
    let others = composer.others(world).map(|users| words::CLAIMED_BY.with(language, &[&users]));
    let (tone_below, below) = match (scene.notice, others) {
        (Some(notice), _) => (notice.tone, text::line(&notice.text).into_owned()),
        (None, Some(others)) => (Tone::Warning, others),
        (None, None) => (Tone::Dim, help(language, width.saturating_sub(text::width(&count) + 5))),
    };
    let below = text::cut(&below, width.saturating_sub(text::width(&count) + 5)).into_owned();
    let mut block = Block::bordered().title_top(format!(" {title} "));
    block = block.title_top(Line::from(vec![Span::raw(" "), time, Span::raw(" ")]).right_aligned());
    block = block.title_bottom(Line::styled(format!(" {count} "), parts::style(tone)));
    if !below.is_empty() {
        block = block.title_bottom(Line::styled(format!(" {below} "), parts::style(tone_below)).right_aligned());
    }
    let inside = parts::padded(block.inner(area));
    parts::clear(frame, area);
    block.render(area, frame.buffer_mut());
    let before = composer.before(world);
    let [said, written] = shares(inside, before.len());
    for (cell, row) in before.iter().zip(said.rows()) {
        let line = text::cut(&text::line(&cell.text), usize::from(row.width)).into_owned();
        frame.render_widget(Line::styled(line, parts::style(cell.tone)), row);
    }
    draw_text(composer, Composer::row_width(place), written, is_top, frame);
}

/// What the keys do, as much of it as there is room for, the most important to the last.
fn help(language: Language, room: usize) -> String {
    let all = [words::KEY_SEND, words::KEY_CLOSE, words::KEY_QUICK, words::KEY_LINE, words::KEY_UNDO]
        .map(|words| words.of(language));
    let fits = |n: &usize| text::width(&all.iter().take(*n).copied().collect::<Vec<_>>().join(" · ")) <= room;
    let n = (1..=all.len()).rev().find(fits).unwrap_or(1);
    all.into_iter().take(n).collect::<Vec<_>>().join(" · ")
}

/// The rows of what was said before, and those of the text, which has at least one.
fn shares(inside: Rect, n_before: usize) -> [Rect; 2] {
    let n_before = u16::try_from(n_before).unwrap_or(u16::MAX).min(inside.height.saturating_sub(1));
    let said = Rect { height: n_before, ..inside };
    [said, Rect { y: inside.y + n_before, height: inside.height - n_before, ..inside }]
}

fn draw_text(composer: &Composer, width: usize, area: Rect, is_top: bool, frame: &mut Frame<'_>) {
    let rows = composer.editor.rows(width);
    let (row, column) = composer.editor.place(&rows);
    let first = (row + 1).saturating_sub(usize::from(area.height));
    for (range, place) in rows.into_iter().skip(first).zip(area.rows()) {
        let text = composer.editor.text().get(range).unwrap_or_default();
        let drawn: String = text.graphemes(true).map(|grapheme| text::line(grapheme).into_owned()).collect();
        frame.render_widget(Line::raw(drawn), place);
    }
    if is_top {
        let x = area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX)).min(area.right().saturating_sub(1));
        let y = area.y.saturating_add(u16::try_from(row - first).unwrap_or(u16::MAX));
        frame.set_cursor_position(Position { x, y });
    }
}
