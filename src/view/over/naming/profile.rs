//! The form for a sender's name and a note, in the middle of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::Block;

use crate::dashboard::over::naming::ProfileForm;
use crate::dashboard::{Cell, Tone};
use crate::language::people as words;
use crate::record::people::full_name;
use crate::text;
use crate::view::parts::{self, Scene};
use crate::view::typed;

/// The maximum number of cells in a line.
const WIDTH: usize = 70;

/// Draws the form: a title with the sender, the two lines, and the notice or the help.
pub(in crate::view::over) fn draw(form: &ProfileForm, scene: Scene<'_>, frame: &mut Frame<'_>) {
    let language = scene.world.language();
    let width = usize::from(frame.area().width).min(WIDTH).saturating_sub(4);
    let nickname = Some(form.nickname.as_str()).filter(|name| !name.is_empty());
    let title = format!("{} · {}", words::PROFILE.of(language), full_name(Some(form.fan), nickname));
    let title = text::cut(&title, width).into_owned();
    let help = parts::help([words::PROFILE_HELP, words::PROFILE_HELP_SHORT], language, width);
    let block = Block::bordered().title(format!(" {title} ")).title_bottom(help);
    let inside = parts::padded(parts::draw_box(frame, WIDTH, 5, block));
    if inside.is_empty() {
        return;
    }
    let labels = [words::NAME, words::NOTE].map(|words| words.of(language));
    let label_width = labels.iter().map(|label| text::width(label)).max().unwrap_or_default() + 2;
    // If there is only one line, show the one that is being edited.
    let skipped = usize::from(form.is_in_note && inside.height == 1);
    let fields = [(labels[0], &form.name, !form.is_in_note), (labels[1], &form.note, form.is_in_note)];
    for ((label, prompt, is_typed), row) in fields.into_iter().skip(skipped).zip(inside.rows()) {
        let label =
            Span::styled(text::pad(label, label_width), parts::style(if is_typed { Tone::Accent } else { Tone::Dim }));
        typed::draw_after(label, prompt, Tone::Plain, is_typed, frame, row);
    }
    if inside.height > 2 {
        let (prompt, longest) = form.field();
        let n = prompt.text().trim().chars().count();
        let below = match scene.notice_in(parts::box_area(frame, WIDTH, 5)) {
            Some(notice) => notice.clone(),
            None if n > longest * 3 / 4 => {
                Cell::new(if n > longest { Tone::Bad } else { Tone::Dim }, format!("{n}/{longest}"))
            }
            None => {
                Cell::new(Tone::Dim, if form.is_new { words::PROFILE_NEW } else { words::PROFILE_EMPTY }.of(language))
            }
        };
        frame.render_widget(parts::cut(&below, inside.width), Rect { y: inside.y + 2, height: 1, ..inside });
    }
}
