//! Draws on the terminal with the colours and the picture protocol that it supports.

use std::io;

use ratatui::Frame;

use crate::config::{Config, Surroundings};
use crate::controls::looks::{Glyphs, Theme};
use crate::media::picture::drawing::Images;
use crate::terminal::{self, Looked, Tty};
use crate::view::view;

use super::Loop;

/// Returns how pictures are drawn, and what the user typed while the terminal was queried.
pub(in crate::run) fn graphics(config: &Config) -> Looked {
    let images = config.images.value;
    let images = if images == Images::Auto && config.surroundings.is_dumb() { Images::Off } else { images };
    let has_colours = config.theme.value != Theme::None && colours(&config.surroundings) > 2;
    let has_blocks = has_colours && config.glyphs.value == Glyphs::Unicode;
    terminal::graphics(images, has_blocks, config.surroundings.multiplexer)
}

/// Returns the number of colours of the terminal.
pub(in crate::run) fn colours(surroundings: &Surroundings) -> u32 {
    terminal::colours(&surroundings.term, &surroundings.colorterm, surroundings.multiplexer)
}

impl Loop {
    pub(super) fn draw(&mut self, terminal: &mut Tty) -> io::Result<()> {
        if std::mem::take(&mut self.due.is_spoilt) {
            // Not `clear`, which asks the terminal for the cursor's position and waits for the keyboard reader to
            // answer.
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
