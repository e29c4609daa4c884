//! The line in which the public URL is typed, in the middle of the screen.

use ratatui::Frame;

use crate::dashboard::over::secret::UrlPrompt;
use crate::dashboard::{Cell, Tone};
use crate::language::{Language, steps};

use super::naming;

/// Draws the line, and below it what is done with the URL.
pub(super) fn draw(prompt: &UrlPrompt, language: Language, frame: &mut Frame<'_>) {
    let below = Cell::new(Tone::Dim, steps::URL_HOW.of(language));
    let around = (steps::URL_TITLE.of(language), steps::URL_HELP.of(language));
    naming::draw_line(&prompt.prompt, around, &below, naming::WIDTH, frame);
}
