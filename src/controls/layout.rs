//! Where the regions of the screen lie, given its size. Nothing here draws; the view does.

use super::looks::Arrangement;

/// Size of the screen, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A rectangle of cells. One without width or height is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// The leftmost column.
    pub x: u16,
    /// The topmost row.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// How the panes share the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// List and detail side by side, framed.
    Wide,
    /// List above detail.
    Standard,
    /// One pane at a time.
    Narrow,
    /// Too small for panes: one line shows the state.
    #[default]
    Line,
}

/// Which panes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// List and detail, if there is room for both.
    Both,
    /// The list alone.
    List,
    /// The detail alone.
    Detail,
    /// The images of the list as a grid in place of the list, alone.
    Sheet,
}

/// Where every region lies. The area of a framed region is inside its frame; that of text is [`Area::padded`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Layout {
    /// How the panes share the screen.
    pub shape: Shape,
    /// The first line: whether weibox is alive.
    pub header: Area,
    /// The tabs.
    pub tabs: Area,
    /// The titles of the columns.
    pub titles: Area,
    /// The rows of the list.
    pub list: Area,
    /// The selected message.
    pub detail: Area,
    /// The downloads.
    pub downloads: Area,
    /// The line that says what just happened.
    pub status: Area,
    /// The line with the keys.
    pub footer: Area,
}

/// Width in columns from which list and detail stand side by side.
const WIDE: u16 = 100;
/// Width in columns from which the list stands above the detail.
pub const STANDARD: u16 = 70;
/// Height in rows below which there is one pane at a time.
const STACKED_HEIGHT: u16 = 16;
/// Smallest size of a screen with panes.
const SMALLEST: Size = Size { width: 24, height: 6 };
/// Number of lines above the panes: header and tabs.
const LINES_ABOVE: u16 = 2;
/// Height in rows below which there is one line below the panes instead of two; it says what happened, or else
/// shows the keys.
const TWO_LINES_BELOW: u16 = 10;
/// Width of a frame's line on each side.
const FRAME: u16 = 1;
/// Number of free columns on either side of text.
const PAD: u16 = 1;

impl Area {
    /// Returns the area inside a frame along the edges of this one.
    pub const fn inside(self) -> Self {
        Self {
            x: self.x.saturating_add(FRAME),
            y: self.y.saturating_add(FRAME),
            width: self.width.saturating_sub(2 * FRAME),
            height: self.height.saturating_sub(2 * FRAME),
        }
    }

    /// Returns the area with its frame.
    pub const fn framed(self) -> Self {
        Self {
            x: self.x.saturating_sub(FRAME),
            y: self.y.saturating_sub(FRAME),
            width: self.width.saturating_add(2 * FRAME),
            height: self.height.saturating_add(2 * FRAME),
        }
    }

    /// Returns the area without a column on either side, so that text touches neither frame nor edge.
    pub const fn padded(self) -> Self {
        Self { x: self.x.saturating_add(PAD), width: self.width.saturating_sub(2 * PAD), ..self }
    }

    /// Undoes [`Area::padded`].
    pub const fn unpadded(self) -> Self {
        Self { x: self.x.saturating_sub(PAD), width: self.width.saturating_add(2 * PAD), ..self }
    }

    /// Whether a cell lies in the area.
    pub const fn contains(self, column: u16, row: u16) -> bool {
        column >= self.x && column - self.x < self.width && row >= self.y && row - self.y < self.height
    }

    /// Splits `rows` off the top; returns them and the rest.
    pub const fn split_top(self, rows: u16) -> (Self, Self) {
        let rows = if rows < self.height { rows } else { self.height };
        let top = Self { height: rows, ..self };
        (top, Self { y: self.y.saturating_add(rows), height: self.height - rows, ..self })
    }

    /// Returns the area without its last rows.
    pub const fn without_bottom(self, rows: u16) -> Self {
        Self { height: self.height.saturating_sub(rows), ..self }
    }

    /// Splits `columns` off the left; returns them and the rest.
    pub const fn split_left(self, columns: u16) -> (Self, Self) {
        let columns = if columns < self.width { columns } else { self.width };
        let left = Self { width: columns, ..self };
        (left, Self { x: self.x.saturating_add(columns), width: self.width - columns, ..self })
    }
}

impl Layout {
    /// Computes the layout of a screen.
    pub fn new(size: Size, arrangement: Arrangement, pane: Pane) -> Self {
        let Size { width, height } = size;
        let screen = Area { x: 0, y: 0, width, height };
        if width < SMALLEST.width || height < SMALLEST.height {
            return Self { header: screen, ..Self::default() };
        }
        let (header, rest) = screen.split_top(1);
        let (tabs, rest) = rest.split_top(1);
        let lines_below = if height < TWO_LINES_BELOW { 1 } else { 2 };
        let (body, rest) = rest.split_top(height - LINES_ABOVE - lines_below);
        let (status, footer) = rest.split_top(1);
        let around = Self { header, tabs, status, footer, ..Self::default() };
        let shape = Self::shape(size, arrangement);
        match (pane, shape) {
            (Pane::Detail, Shape::Wide) => Self { shape, detail: body.inside().padded(), ..around },
            (Pane::Detail, _) => Self { shape: Shape::Narrow, detail: body.padded(), ..around },
            (Pane::Sheet, _) => {
                let list = if shape == Shape::Wide { body.inside() } else { body };
                Self { shape, list, titles: list.split_top(0).0, ..around }
            }
            (Pane::List, Shape::Wide | Shape::Standard) => {
                let inside = if shape == Shape::Wide { body.inside() } else { body };
                let (titles, list) = inside.split_top(1);
                Self { shape, titles, list, ..around }
            }
            (Pane::Both, Shape::Wide) => around.wide(body),
            (Pane::Both, Shape::Standard) => around.standard(body),
            (Pane::Both | Pane::List, Shape::Narrow | Shape::Line) => {
                Self { shape: Shape::Narrow, list: body, ..around }
            }
        }
    }

    /// Returns the shape that the user chose, or one that fits the size if there is no room for it.
    const fn shape(size: Size, arrangement: Arrangement) -> Shape {
        let Size { width, height } = size;
        match arrangement {
            Arrangement::SideBySide if width >= STANDARD => Shape::Wide,
            Arrangement::Stacked if height >= STACKED_HEIGHT => Shape::Standard,
            Arrangement::Single => Shape::Narrow,
            Arrangement::Auto | Arrangement::SideBySide | Arrangement::Stacked => {
                if width < STANDARD || height < STACKED_HEIGHT {
                    Shape::Narrow
                } else if width < WIDE {
                    Shape::Standard
                } else {
                    Shape::Wide
                }
            }
        }
    }

    /// Stacks titles, list, a rule, detail, and the downloads in one line.
    fn standard(self, body: Area) -> Self {
        let (titles, rest) = body.split_top(1);
        let (list, rest) = rest.split_top(body.height / 2);
        let (_rule, rest) = rest.split_top(1);
        let (detail, downloads) = rest.split_top(rest.height - 1);
        Self { shape: Shape::Standard, titles, list, detail: detail.padded(), downloads, ..self }
    }

    /// Returns the framed regions, including their frames. Adjacent frames share a line.
    pub fn frames(&self) -> impl Iterator<Item = Area> {
        let list = Area { height: self.titles.height + self.list.height, ..self.titles };
        let list = if self.titles.height > 0 { list } else { self.list };
        let framed = [list, self.detail.unpadded(), self.downloads.unpadded()].into_iter();
        framed.filter(|area| self.shape == Shape::Wide && area.height > 0).map(Area::framed)
    }

    /// Puts titles and list on the left; detail and, if there is room, the downloads on the right.
    fn wide(self, body: Area) -> Self {
        /// Percentage of the width for the list: rows are read across, the detail wraps.
        const LIST_SHARE: u16 = 60;
        /// Percentage on a screen that is just wide enough, and its limit in columns; messages need room for their
        /// words.
        const TIGHT: (u16, u16) = (62, 64);
        /// Number of rows for the downloads, with the lower line of their frame.
        const DOWNLOADS: u16 = 5;
        let share =
            |percent: u16| u16::try_from(u32::from(body.width) * u32::from(percent) / 100).unwrap_or(body.width);
        let columns = share(LIST_SHARE).max(share(TIGHT.0).min(TIGHT.1));
        let (left, _) = body.split_left(columns);
        let (_, right) = body.split_left(columns.saturating_sub(FRAME));
        let (titles, list) = left.inside().split_top(1);
        let (detail, _) = right.split_top(right.height.saturating_sub(DOWNLOADS));
        let (_, downloads) = right.split_top(detail.height.saturating_sub(FRAME));
        let [detail, downloads] = [detail, downloads].map(|framed| framed.inside().padded());
        Self { shape: Shape::Wide, titles, list, detail, downloads, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_follows_the_size() {
        for (width, height, shape) in [
            (120, 36, Shape::Wide),
            (100, 16, Shape::Wide),
            (99, 24, Shape::Standard),
            (80, 24, Shape::Standard),
            (80, 15, Shape::Narrow),
            (60, 20, Shape::Narrow),
            (60, 9, Shape::Narrow),
            (38, 8, Shape::Narrow),
            (24, 6, Shape::Narrow),
            (23, 20, Shape::Line),
            (80, 5, Shape::Line),
            (0, 0, Shape::Line),
        ] {
            assert_eq!(
                Layout::new(Size { width, height }, Arrangement::Auto, Pane::Both).shape,
                shape,
                "{width}x{height}"
            );
        }
    }

    #[test]
    fn every_region_lies_on_the_screen() {
        for width in 0..140 {
            for height in 0..50 {
                for pane in [Pane::Both, Pane::List, Pane::Detail, Pane::Sheet] {
                    for arrangement in
                        [Arrangement::Auto, Arrangement::SideBySide, Arrangement::Stacked, Arrangement::Single]
                    {
                        let layout = Layout::new(Size { width, height }, arrangement, pane);
                        let Layout { shape: _, header, tabs, titles, list, detail, downloads, status, footer } = layout;
                        for area in [header, tabs, titles, list, detail, downloads, status, footer] {
                            assert!(area.x + area.width <= width && area.y + area.height <= height, "{width}x{height}");
                        }
                    }
                }
            }
        }
    }
}
