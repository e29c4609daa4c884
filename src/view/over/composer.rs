//! The composer: the earlier messages, the text, and the time left to answer.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget as _};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::dashboard::Tone;
use crate::dashboard::over::composer::{Composer, form_words, key_line};
use crate::language::{Language, answers as words};
use crate::text;
use crate::view::parts::{self, Scene};
use crate::weibo::active::{self, ReplyForm};
use crate::weibo::assumptions::TEXT_LIMIT;
use crate::weibo::reply::ARTICLES_LIMIT;

pub(super) mod picker;

/// Draws the composer over what is below. The cursor is at the insertion point, so that an input method opens there.
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
    let to = match composer.form {
        ReplyForm::Text => words::REPLY_TO,
        ReplyForm::Position => words::POSITION_TO,
        ReplyForm::Articles => words::ARTICLES_TO,
    };
    let room = width.saturating_sub(time.width() + 5);
    let [long, short] = composer.receiver(world).map(|receiver| to.with(language, &[&receiver]));
    let title = text::cut(if text::width(&long) > room { &short } else { &long }, room).into_owned();
    let (tone, count) = count(composer, language);
    let below = below(composer, scene, area, width.saturating_sub(text::width(&count) + 5));
    let mut block = Block::bordered().title_top(format!(" {title} "));
    block = block.title_top(Line::from(vec![Span::raw(" "), time, Span::raw(" ")]).right_aligned());
    block = block.title_bottom(Line::styled(format!(" {count} "), parts::style(tone)));
    if !below.is_empty() {
        let below = [vec![Span::raw(" ")], below, vec![Span::raw(" ")]].concat();
        block = block.title_bottom(Line::from(below).right_aligned());
    }
    let inside = parts::padded(block.inner(area));
    parts::clear(frame, area);
    block.render(area, frame.buffer_mut());
    let before = composer.before(world);
    let [said, written] = shares(inside, before.len());
    parts::draw_lines(frame, said, before.iter().map(|cell| parts::cut(cell, said.width)));
    if composer.form != ReplyForm::Text && composer.editor.text().is_empty() {
        let hint = parts::wrapped(form_words(composer.form).of(language), Tone::Dim, written.width);
        parts::draw_lines(frame, written, hint);
    }
    draw_text(composer, Composer::row_width(place), written, is_top, frame);
}

/// Returns how much of Weibo's limit the text uses.
fn count(composer: &Composer, language: Language) -> (Tone, String) {
    let text = composer.editor.text().trim_end();
    let (n, most) = match composer.form {
        ReplyForm::Text => (active::length(text), TEXT_LIMIT - 1),
        ReplyForm::Position => {
            let tone = if composer.is_fit() { Tone::Good } else { Tone::Dim };
            return (tone, words::COORDINATES.of(language).to_owned());
        }
        ReplyForm::Articles => {
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            (lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).count(), ARTICLES_LIMIT)
        }
    };
    (if n > most { Tone::Bad } else { Tone::Dim }, format!("{n}/{most}"))
}

/// Returns the content of the lower edge: the last notice, or who else answers the sender, and the keys if the line of
/// keys is covered.
fn below(composer: &Composer, scene: Scene<'_>, area: Rect, room: usize) -> Vec<Span<'static>> {
    let language = scene.world.language();
    let piece = |tone, words: &str| Span::styled(text::cut(&text::line(words), room).into_owned(), parts::style(tone));
    if let Some(notice) = scene.notice_in(area) {
        return vec![piece(notice.tone, &notice.text)];
    }
    let others = composer.others(scene.world).map(|users| words::CLAIMED_BY.with(language, &[&users]));
    let mut pieces: Vec<Span<'static>> = others.iter().map(|others| piece(Tone::Warning, others)).collect();
    let between = if pieces.is_empty() { "" } else { "  " };
    let taken: usize = pieces.iter().map(Span::width).sum::<usize>() + text::width(between);
    let keys = scene.world.layout().footer;
    let is_covered = keys.height == 0 || area.bottom() > keys.y;
    let help = is_covered.then(|| key_line(language, room.saturating_sub(taken))).flatten();
    pieces.extend(help.map(|help| piece(Tone::Dim, &format!("{between}{help}"))));
    pieces
}

/// Returns the areas of the earlier messages and of the text, which has at least one row.
fn shares(inside: Rect, n_before: usize) -> [Rect; 2] {
    let n_before = u16::try_from(n_before).unwrap_or(u16::MAX).min(inside.height.saturating_sub(1));
    let said = Rect { height: n_before, ..inside };
    [said, Rect { y: inside.y + n_before, height: inside.height - n_before, ..inside }]
}

fn draw_text(composer: &Composer, width: usize, area: Rect, is_top: bool, frame: &mut Frame<'_>) {
    let rows = composer.editor.rows(width);
    let (row, column) = composer.editor.place(&rows);
    let height = usize::from(area.height);
    // Show the text on both sides of the cursor.
    let first = row.saturating_sub(height / 2).min(rows.len().saturating_sub(height));
    let lines = rows.into_iter().skip(first).map(|range| {
        let text = composer.editor.text().get(range).unwrap_or_default();
        Line::raw(text.graphemes(true).map(|grapheme| text::line(grapheme).into_owned()).collect::<String>())
    });
    parts::draw_lines(frame, area, lines);
    if is_top {
        let y = area.y.saturating_add(u16::try_from(row - first).unwrap_or(u16::MAX));
        parts::place_cursor(frame, Rect { y, ..area }, column);
    }
}
