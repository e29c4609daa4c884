//! The images of the list as a grid. It is the list in a different layout, so every action of the list works here.

use crate::controls::key::{Key, KeyCode};
use crate::controls::layout::{Area, Pane, Size};
use crate::dashboard::World;
use crate::dashboard::orders::{PictureOrigin, PictureRequest};
use crate::dashboard::over::{ScreenReply, Wish};
use crate::query::Query;
use crate::record::Record;
use crate::weibo::Kind;

use super::List;
use super::thread::ListRow;

/// The minimum size of a tile: a picture of four to three, a line for its caption, and a column of space.
const TILE: Size = Size { width: 24, height: 9 };
/// Number of lines below the picture.
const CAPTION: u16 = 1;

/// The division of an area into tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileGrid {
    area: Area,
    columns: u16,
    rows: u16,
}

impl TileGrid {
    /// Returns a grid of as many tiles as fit, at least one.
    pub fn of(area: Area) -> Self {
        let [columns, rows] = [area.width / TILE.width, area.height / TILE.height].map(|tiles| tiles.max(1));
        Self { area, columns, rows }
    }

    /// Returns the number of tiles.
    pub fn n_tiles(self) -> usize {
        usize::from(self.columns) * usize::from(self.rows)
    }

    /// Returns the number of tiles in a row.
    pub const fn columns(self) -> u16 {
        self.columns
    }

    /// Returns the areas of the tiles, row by row: the picture and its caption.
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

    /// Returns the size of a picture.
    pub fn room(self) -> Size {
        let (picture, _) = self.tiles().next().unwrap_or_default();
        Size { width: picture.width, height: picture.height }
    }

    fn at(self, column: u16, row: u16) -> Option<usize> {
        self.tiles().position(|(picture, caption)| picture.contains(column, row) || caption.contains(column, row))
    }

    /// Returns the grid, if it is shown.
    pub fn shown(world: &World) -> Option<Self> {
        (world.pane == Pane::Sheet).then(|| Self::of(world.layout().list))
    }

    /// Returns the picture of a tile.
    pub fn picture(self, record: &Record, world: &World) -> Option<PictureRequest> {
        world.preview_of(record, self.room())
    }

    /// Returns the pictures of these records. Saved files come first, because they are available at once.
    pub(in crate::dashboard) fn pictures(self, records: &[&Record], world: &World) -> Vec<PictureRequest> {
        let mut pictures: Vec<_> = records.iter().filter_map(|record| self.picture(record, world)).collect();
        pictures.sort_by_key(|request| matches!(request.origin, PictureOrigin::Thumbnail { .. }));
        pictures
    }
}

impl List {
    /// Switches between the list and the grid of its images.
    pub(super) fn toggle_grid(&mut self, world: &World) -> ScreenReply {
        if world.pane == Pane::Sheet {
            return self.leave_grid();
        }
        let before = self.inbox.filter().clone();
        let has_images_only = self.inbox.query().kinds() == Some(&[Kind::Image]);
        let images = if has_images_only { before.clone() } else { before.and(&Query::of_kinds(&[Kind::Image])) };
        self.before_grid = before;
        ScreenReply::wish(Wish::Show(Pane::Sheet)).and_wish(Wish::Find(images))
    }

    /// Shows the list as it was before the grid; the selection stays.
    pub(super) fn leave_grid(&mut self) -> ScreenReply {
        let before = std::mem::take(&mut self.before_grid);
        ScreenReply::wish(Wish::Show(Pane::Both)).and_wish(Wish::Find(before))
    }

    pub(super) fn grid_key(&mut self, key: Key, world: &World) -> ScreenReply {
        let Some(grid) = TileGrid::shown(world) else { return ScreenReply::pass() };
        let row = usize::from(grid.columns()).cast_signed();
        let steps =
            [(KeyCode::Left, 'h', -1), (KeyCode::Right, 'l', 1), (KeyCode::Up, 'k', -row), (KeyCode::Down, 'j', row)];
        let moves = |(code, char, _): &(KeyCode, char, isize)| key == Key::plain(*code) || key == Key::char(*char);
        match steps.into_iter().find(moves) {
            Some((.., steps)) => self.step(steps),
            None => ScreenReply::pass(),
        }
    }

    /// Returns the number of rows down from the selected one to a click.
    pub(super) fn rows_to(&self, column: u16, row: u16, world: &World) -> Option<isize> {
        let area = world.layout().list;
        let clicked = match TileGrid::shown(world) {
            Some(grid) => grid.at(column, row)?,
            None if area.contains(column, row) => {
                // A reply belongs to the message above it.
                let rows = self.rows(world);
                let above = rows.iter().take(usize::from(row - area.y) + 1).rev();
                above.into_iter().find_map(|row| if let ListRow::Message(index) = row { Some(*index) } else { None })?
            }
            None => return None,
        };
        let (_, selected) = self.inbox.visible();
        Some(clicked.cast_signed() - selected.unwrap_or_default().cast_signed())
    }
}
