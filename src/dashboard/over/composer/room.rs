//! The composer's room on the screen: its area, and the earlier messages above the text.

use crate::controls::layout::{Area, Shape};
use crate::dashboard::detail::answers::{state, text_of};
use crate::dashboard::{Cell, Tone, World};
use crate::record::title::title;
use crate::text;

use super::Composer;

/// The maximum number of lines for earlier messages.
const LINES_BEFORE: u16 = 4;
/// The minimum number of lines for the text, if the screen has them.
const LINES: u16 = 3;
/// The minimum number of cells for the text of an earlier reply.
const TEXT: usize = 12;
/// The height in rows below which earlier messages get a single line.
const SMALL: u16 = 12;

impl Composer {
    /// Returns the composer's area with its frame: under the message if the message is beside the list, otherwise at
    /// the bottom.
    pub fn area(&self, world: &World) -> Area {
        let layout = world.layout();
        let screen = Area { x: 0, y: 0, width: world.size.width, height: world.size.height };
        let room = match layout.shape {
            Shape::Wide if layout.detail.width > 0 => layout.detail.unpadded().framed(),
            Shape::Wide | Shape::Standard => screen.split_top(1).1.without_bottom(2),
            Shape::Narrow | Shape::Line => screen.split_top(1).1,
        };
        let most = if room.height < SMALL { room.height } else { room.height * 2 / 3 };
        let n_rows = u16::try_from(self.editor.rows(row_width(room)).len()).unwrap_or(u16::MAX);
        let n_before = u16::try_from(self.earlier.all().len() + 1).unwrap_or(u16::MAX).min(lines_before(room.height));
        let wanted = n_rows.max(LINES).saturating_add(n_before).saturating_add(2);
        room.split_top(room.height - wanted.min(most)).1
    }

    /// Returns the message and the replies to its sender in order of time, as many of the last as fit.
    pub fn before(&self, world: &World) -> Vec<Cell> {
        let language = world.language();
        let shown = world.shown(&self.record);
        let theirs = if shown.message.text.is_empty() { title(&shown, language) } else { shown.message.text.clone() };
        let mut said = vec![(self.record.sent_at().to_utc(), Cell::new(Tone::Dim, format!("← {theirs}")))];
        let room = row_width(self.area(world)) + 1;
        said.extend(self.earlier.all().iter().map(|outgoing| {
            let (tone, how) = state(outgoing, language);
            let text = text_of(outgoing, world);
            // A long text is cut before what became of it.
            let text = text::cut(&text::line(&text), room.saturating_sub(text::width(&how) + 5).max(TEXT)).into_owned();
            (outgoing.made_at, Cell::new(tone, format!("→ {text} ({how})")))
        }));
        said.sort_by_key(|(at, _)| *at);
        let n = usize::from(lines_before(world.size.height.saturating_sub(1)));
        let first = said.len().saturating_sub(n);
        said.into_iter().skip(first).map(|(_, cell)| cell).collect()
    }

    /// Returns the number of cells in a row of the text.
    pub const fn row_width(area: Area) -> usize {
        row_width(area)
    }
}

/// Returns the number of cells in a row of an area with its frame; the last cell is for the cursor.
pub(super) const fn row_width(area: Area) -> usize {
    let width = area.width.saturating_sub(5) as usize;
    if width == 0 { 1 } else { width }
}

const fn lines_before(height: u16) -> u16 {
    match height {
        SMALL.. => LINES_BEFORE,
        6.. => 1,
        _ => 0,
    }
}
