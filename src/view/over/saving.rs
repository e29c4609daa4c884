//! The prompt for the path of a file, in the middle of the screen.

use ratatui::Frame;

use crate::dashboard::orders::SaveSource;
use crate::dashboard::over::saving::SavePrompt;
use crate::dashboard::{Cell, Tone, World};
use crate::language::{list, words};

use super::line;

/// The maximum number of cells for a path.
const WIDTH: usize = 100;

/// Draws the prompt, and below it the completions.
pub(super) fn draw(prompt: &SavePrompt, world: &World, frame: &mut Frame<'_>) {
    let language = world.language();
    let title = match prompt.from {
        SaveSource::Medium { .. } => words::SAVE_AS.of(language).to_owned(),
        SaveSource::Messages(_) => list::EXPORT.with(language, &[&prompt.n_messages]),
    };
    let names: Vec<_> = prompt.names().collect();
    let below = match &prompt.from {
        _ if !names.is_empty() => names.join("  "),
        SaveSource::Medium { is_voice: true, .. } => words::SAVE_VOICE_HOW.of(language).to_owned(),
        SaveSource::Medium { is_voice: false, .. } => String::new(),
        SaveSource::Messages(_) => list::EXPORT_HOW.of(language).to_owned(),
    };
    let around = (title.as_str(), words::SAVE_AS_HELP.of(language));
    line::draw_line(&prompt.prompt, around, &Cell::new(Tone::Dim, below), WIDTH, frame);
}
