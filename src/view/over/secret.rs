//! The prompt for a secret, which shows only its length.

use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::Block;

use crate::dashboard::Tone;
use crate::dashboard::orders::Secret;
use crate::dashboard::over::secret::SecretPrompt;
use crate::language::{Language, words};
use crate::text;
use crate::view::parts;

/// Draws the prompt in the middle of the screen.
pub(super) fn draw(prompt: &SecretPrompt, language: Language, frame: &mut Frame<'_>) {
    let title = match prompt.typed.secret {
        Secret::AppSecret => words::SECRET_TITLE,
        Secret::AccessToken => words::TOKEN_TITLE,
    };
    let help = words::SECRET_HELP.of(language);
    let block = Block::bordered().title(format!(" {} ", title.of(language))).title_bottom(parts::keys(
        help,
        text::width(help) + 6,
        frame,
    ));
    let inside = parts::draw_box(frame, text::width(help) + 6, 3, block);
    let typed = words::SECRET_TYPED.with(language, &[&prompt.typed.len()]);
    let line =
        Line::styled(format!(" {typed}"), parts::style(if prompt.typed.is_empty() { Tone::Dim } else { Tone::Plain }));
    frame.render_widget(line, inside);
}
