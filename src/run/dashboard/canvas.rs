//! What the terminal is drawn on with: its colours, and what pictures are shown with.

use crate::config::{Config, Surroundings};
use crate::controls::looks::{Glyphs, Theme};
use crate::media::picture::drawing::Images;
use crate::terminal::{self, Looked};

/// What pictures are drawn for, and what was typed while the terminal was asked.
pub(in crate::run) fn graphics(config: &Config) -> Looked {
    let images = config.images.value;
    let images = if images == Images::Auto && config.surroundings.is_dumb() { Images::Off } else { images };
    let has_colours = config.theme.value != Theme::None && colours(&config.surroundings) > 2;
    let has_blocks = has_colours && config.glyphs.value == Glyphs::Unicode;
    terminal::graphics(images, has_blocks, config.surroundings.multiplexer)
}

/// How many colours the terminal has.
pub(in crate::run) fn colours(surroundings: &Surroundings) -> u32 {
    terminal::colours(&surroundings.term, &surroundings.colorterm, surroundings.multiplexer)
}
