//! The contact sheet: the images of the list as a grid. It is the list with other rows, so that whatever works in the list
//! works here.

use crate::media::picture::Part;
use crate::query::Query;
use crate::record::Record;
use crate::record::media::Queue;
use crate::weibo::Kind;

use super::picture::{Ask, Origin};
use super::{Effect, State};
use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::{Area, Layout, Pane, Size};

/// The least of a tile: a picture of four to three, a line for what it is, and a column between two.
const TILE: Size = Size { width: 24, height: 9 };
/// Lines below the picture.
const CAPTION: u16 = 1;

/// How the sheet is parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    area: Area,
    columns: u16,
    rows: u16,
}

impl Grid {
    /// As many tiles as there is room for; at least one.
    #[must_use]
    pub fn of(area: Area) -> Self {
        let [columns, rows] = [area.width / TILE.width, area.height / TILE.height].map(|tiles| tiles.max(1));
        Self { area, columns, rows }
    }

    /// Tiles on the screen.
    #[must_use]
    pub fn len(self) -> usize {
        usize::from(self.columns) * usize::from(self.rows)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.columns == 0 || self.rows == 0
    }

    /// Tiles beside each other.
    #[must_use]
    pub const fn columns(self) -> u16 {
        self.columns
    }

    /// The tiles, row by row, each with the line below its picture.
    pub fn tiles(self) -> impl Iterator<Item = (Area, Area)> {
        let Self { area, columns, rows } = self;
        let (wide, high) = (area.width / columns, area.height / rows);
        (0..rows).flat_map(move |row| {
            (0..columns).map(move |column| {
                let tile = Area {
                    x: area.x + column * wide,
                    y: area.y + row * high,
                    width: wide.saturating_sub(1),
                    height: high,
                };
                tile.split_top(high.saturating_sub(CAPTION))
            })
        })
    }

    /// The room of each picture.
    #[must_use]
    pub fn room(self) -> Size {
        let (picture, _) = self.tiles().next().unwrap_or_default();
        Size { width: picture.width, height: picture.height }
    }

    /// Which tile lies there.
    fn at(self, column: u16, row: u16) -> Option<usize> {
        self.tiles().position(|(picture, caption)| picture.contains(column, row) || caption.contains(column, row))
    }
}

impl State {
    /// The sheet's grid while it is shown.
    #[must_use]
    pub fn grid(&self) -> Option<Grid> {
        (self.pane == Pane::Sheet).then(|| Grid::of(self.layout().list))
    }

    /// The picture of a tile: of a file that is not saved a small one, where the policy would fetch the file for whoever looks
    /// at its message, and the queue moves.
    #[must_use]
    pub fn thumbnail(&self, record: &Record, grid: Grid) -> Option<Ask> {
        let is_allowed = self.setup.policy.wants_shown(&record.message) && self.board.queue == Queue::Open;
        let is_image = record.message.kind() == Kind::Image && record.medium.is_none();
        let fid = record.message.attachment().filter(|_| is_image && is_allowed && self.pictures_are_shown());
        match fid {
            None => self.picture_of(record, grid.room()),
            Some(fid) => {
                let origin = Origin::Thumbnail { account: record.account.clone(), fid };
                Some(Ask { origin, most: grid.room(), part: Part::WHOLE, motion_of: None })
            }
        }
    }

    /// Shows the images of the list as a sheet, or the list again.
    pub(super) fn toggle_sheet(&mut self) -> Vec<Effect> {
        if self.pane == Pane::Sheet {
            return self.leave_sheet();
        }
        let before = self.inbox.filter().clone();
        let has_images_only = self.inbox.query().kinds() == Some(&[Kind::Image]);
        let images = if has_images_only { before.clone() } else { before.and(&Query::of_kinds(&[Kind::Image])) };
        self.before_sheet = before;
        let mut effects = self.show_pane(Pane::Sheet);
        effects.extend(self.look_for(images));
        effects
    }

    /// Shows the list as it was before the sheet; the selection stays.
    pub(super) fn leave_sheet(&mut self) -> Vec<Effect> {
        let before = std::mem::take(&mut self.before_sheet);
        let mut effects = self.show_pane(Pane::Both);
        effects.extend(self.look_for(before));
        effects
    }

    /// Moves through the sheet; `None` when the key does not, or there is no sheet.
    pub(super) fn sheet_key(&mut self, key: Key) -> Option<Vec<Effect>> {
        let row = usize::from(self.grid()?.columns()).cast_signed();
        let steps =
            [(KeyCode::Left, 'h', -1), (KeyCode::Right, 'l', 1), (KeyCode::Up, 'k', -row), (KeyCode::Down, 'j', row)];
        let moves = |(code, char, _): &(KeyCode, char, isize)| key == Key::plain(*code) || key == Key::char(*char);
        let (.., steps) = steps.into_iter().find(moves)?;
        Some(self.step(steps))
    }

    /// How many rows down the screen from the selected one a click is.
    pub(super) fn clicked(&self, column: u16, row: u16) -> Option<isize> {
        let Layout { list, .. } = self.layout();
        let clicked = match self.grid() {
            Some(grid) => grid.at(column, row)?,
            None if list.contains(column, row) => usize::from(row - list.y),
            None => return None,
        };
        let (_, selected) = self.inbox.visible();
        Some(clicked.cast_signed() - selected.unwrap_or_default().cast_signed())
    }
}
