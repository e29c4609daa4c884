//! Draws on the terminal with what it has: its colours, and what shows pictures.

use std::io;

use ratatui::Frame;

use crate::config::{Config, Surroundings};
use crate::controls::looks::{Glyphs, Theme};
use crate::media::picture::drawing::Images;
use crate::terminal::{self, Looked, Tty};
use crate::view::view;

use super::Loop;

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

impl Loop {
    pub(super) fn draw(&mut self, terminal: &mut Tty) -> io::Result<()> {
        if std::mem::take(&mut self.due.is_spoilt) {
            // Not `clear`, which asks the terminal where the cursor is, and waits for the keys to answer.
            let size = terminal.size()?;
            terminal.resize(size.into())?;
        }
        let draw = |frame: &mut Frame<'_>| {
            view(&self.state, frame);
            terminal::recolour(frame.buffer_mut(), self.sources.colours);
        };
        terminal.draw(draw)?;
        Ok(())
    }
}
