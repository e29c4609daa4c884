//! A map in cells: outlines in braille dots, the names of the largest towns, and points.
//!
//! Points are given in WGS-84, like outlines and towns. This module knows neither the meaning of the points nor
//! colours.

use std::collections::BTreeMap;

use super::camera::{Camera, DOTS, float, unprojected};
use super::nearest::{self, Place};
use super::{Point, floor, outlines, whole};
use crate::text;

/// The bits of a cell's dots in Unicode braille, by row and column.
const BITS: [[u8; DOTS.0]; DOTS.1] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
/// The first code point of Unicode braille.
const BRAILLE: u32 = 0x2800;
/// Number of cells for each named town.
const CELLS_A_TOWN: usize = 30;
/// The sign of a town. It is not an ordinary dot: terminals made for Chinese draw those two cells wide.
const TOWN: char = '⠂';

/// The ink of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    /// Nothing.
    Blank,
    /// A coast or a border.
    Outline,
    /// A town and its name.
    Town,
    /// A point, or the number of points in this cell.
    Spot,
    /// The chosen point.
    Chosen,
}

/// A row of the map: pieces of one ink each, together as wide as the map.
pub type Row = Vec<(Ink, String)>;

/// The sign of the chosen point.
const CHOSEN: char = '@';
/// The sign of any other point.
const SPOT: char = 'o';

/// Returns the sign for this number of points.
fn spot(n: usize) -> String {
    if n > 1 { n.to_string() } else { SPOT.to_string() }
}

/// Draws a map of the given columns and rows, each row as wide as the map. `name` chooses the language of names.
pub fn draw(
    camera: Camera,
    size: (usize, usize),
    chosen: Option<Point>,
    others: &[Point],
    name: impl Fn(&Place) -> &'static str,
) -> Vec<Row> {
    let mut sheet = Sheet::new(size);
    sheet.add_spots(others.iter().filter_map(|point| camera.cell(*point, size)));
    if let Some(cell) = chosen.and_then(|point| camera.cell(point, size)) {
        sheet.put(cell, Cell::Char(Ink::Chosen, CHOSEN));
    }
    sheet.add_towns(camera, name);
    sheet.add_outlines(camera);
    sheet.rows()
}

/// A cell of an unfinished map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// Dots of outlines.
    Dots(u8),
    Char(Ink, char),
    /// The second half of the wide character before it.
    Covered,
}

/// An unfinished map.
struct Sheet {
    size: (usize, usize),
    cells: Vec<Cell>,
}

impl Sheet {
    fn new(size: (usize, usize)) -> Self {
        Self { size, cells: vec![Cell::Dots(0); size.0 * size.1] }
    }

    fn put(&mut self, (column, row): (usize, usize), cell: Cell) {
        if let Some(place) = self.cells.get_mut(row * self.size.0 + column) {
            *place = cell;
        }
    }

    fn is_free(&self, (column, row): (usize, usize)) -> bool {
        column < self.size.0 && self.cells.get(row * self.size.0 + column) == Some(&Cell::Dots(0))
    }

    /// Adds points. Several points in one cell are counted together, and so are points whose counts would touch.
    fn add_spots(&mut self, cells: impl Iterator<Item = (usize, usize)>) {
        let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (column, row) in cells {
            *counts.entry((row, column)).or_default() += 1;
        }
        // Row, column and number of points, from left to right; at the right edge the digits begin further left.
        let (width, _) = self.size;
        let start = |column: usize, n: usize| column.min(width.saturating_sub(spot(n).len()));
        let mut spots: Vec<(usize, usize, usize)> = Vec::new();
        for ((row, mut column), mut n) in counts {
            while let Some((_, left, before)) = spots.pop_if(|(other, left, before)| {
                *other == row && start(column, n) <= start(*left, *before) + spot(*before).len()
            }) {
                (column, n) = (left, before + n);
            }
            spots.push((row, column, n));
        }
        for (row, column, n) in spots {
            for (column, char) in (start(column, n)..).zip(spot(n).chars()) {
                self.put((column, row), Cell::Char(Ink::Spot, char));
            }
        }
    }

    /// Adds the largest towns whose names fit; the name stands right of the town, or left of it at the edge.
    fn add_towns(&mut self, camera: Camera, name: impl Fn(&Place) -> &'static str) {
        let (across, down) = camera.extent(self.size);
        let [(north, _), (south, _)] = [-0.5, 0.5].map(|part| unprojected(camera.x, camera.y + part * down));
        let (_, longitude) = unprojected(camera.x, camera.y);
        let n_towns = self.cells.len() / CELLS_A_TOWN;
        // Twice the wanted number, because many do not fit.
        for place in nearest::largest([south, north], longitude, across * 180.0, 2 * n_towns) {
            let Some(cell) = camera.cell(place.point, self.size) else { continue };
            let name = text::line(name(&place)).into_owned();
            let width = text::width(&name);
            // The name and its town take this many cells, and a free cell on either side separates the next name.
            let starts = [Some(cell.0), cell.0.checked_sub(width)];
            let is_apart = |column| column >= self.size.0 || self.is_free((column, cell.1));
            let has_room = |start: &usize| {
                start + width < self.size.0 && (start.saturating_sub(1)..=start + width + 1).all(is_apart)
            };
            let Some(start) = starts.into_iter().flatten().find(has_room) else { continue };
            let start = if start == cell.0 { start + 1 } else { start };
            self.put(cell, Cell::Char(Ink::Town, TOWN));
            let mut column = start;
            for char in name.chars() {
                let width = text::width(char.encode_utf8(&mut [0; 4]));
                if width == 0 {
                    // A combining mark, which has no cell of its own.
                    continue;
                }
                self.put((column, cell.1), Cell::Char(Ink::Town, char));
                column += 1;
                // A wide character also covers the next cell.
                if width > 1 {
                    self.put((column, cell.1), Cell::Covered);
                    column += 1;
                }
            }
        }
    }

    /// Adds coasts, and borders as dotted lines, to the cells that are still free.
    fn add_outlines(&mut self, camera: Camera) {
        let (across, down) = camera.extent(self.size);
        let dots = float(self.size.0 * DOTS.0) / across;
        let (left, top) = (camera.x - across / 2.0, camera.y - down / 2.0);
        for outline in outlines::all() {
            let [west, north, east, south] = outline.bounds;
            if south < top || north > top + down {
                continue;
            }
            // The world repeats at its edges.
            for shift in [-1.0, 0.0, 1.0] {
                if east + shift < left || west + shift > left + across {
                    continue;
                }
                let mut before: Option<((f64, f64), (i32, i32))> = None;
                for (x, y) in outline.points() {
                    let point = ((x + shift - left) * dots, (y - top) * dots);
                    let dot = (floor(point.0), floor(point.1));
                    match before {
                        // At low zoom most points fall into the same dot as the point before.
                        Some((_, same)) if same == dot => {}
                        Some((before, _)) => self.add_segment(before, point, outline.is_border),
                        None => self.add_dot(dot, outline.is_border),
                    }
                    before = Some((point, dot));
                }
            }
        }
    }

    /// Adds the part of a straight line that is on the map; coordinates are in dots.
    fn add_segment(&mut self, from: (f64, f64), to: (f64, f64), is_border: bool) {
        let (width, height) = (float(self.size.0 * DOTS.0), float(self.size.1 * DOTS.1));
        // Most lines off the map lie on one side of it.
        let is_beside = |from: f64, to: f64, room: f64| from.max(to) < 0.0 || from.min(to) > room;
        if is_beside(from.0, to.0, width) || is_beside(from.1, to.1, height) {
            return;
        }
        let (right, down) = (to.0 - from.0, to.1 - from.1);
        // The range of the line, from 0 to 1, that is on the map (Liang and Barsky).
        let (mut start, mut end) = (0.0_f64, 1.0_f64);
        for (step, room) in [(-right, from.0), (right, width - from.0), (-down, from.1), (down, height - from.1)] {
            if step == 0.0 && room < 0.0 {
                return;
            }
            if step < 0.0 {
                start = start.max(room / step);
            } else if step > 0.0 {
                end = end.min(room / step);
            }
        }
        if start > end {
            return;
        }
        let n_steps = ((end - start) * right.abs().max(down.abs())).ceil().max(1.0);
        for step in 0..=whole(n_steps) {
            let part = start + (end - start) * f64::from(step) / n_steps;
            self.add_dot((floor(from.0 + part * right), floor(from.1 + part * down)), is_border);
        }
    }

    fn add_dot(&mut self, (x, y): (i32, i32), is_border: bool) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x >= self.size.0 * DOTS.0 || (is_border && (x + y) % 2 == 1) {
            return;
        }
        let bit = BITS[y % DOTS.1][x % DOTS.0];
        if let Some(Cell::Dots(dots)) = self.cells.get_mut(y / DOTS.1 * self.size.0 + x / DOTS.0) {
            *dots |= bit;
        }
    }

    fn rows(self) -> Vec<Row> {
        let row = |cells: &[Cell]| {
            let mut row: Row = Vec::new();
            for cell in cells {
                let (ink, char) = match *cell {
                    Cell::Covered => continue,
                    Cell::Dots(0) => (Ink::Blank, ' '),
                    Cell::Dots(dots) => (Ink::Outline, char::from_u32(BRAILLE + u32::from(dots)).unwrap_or(' ')),
                    Cell::Char(ink, char) => (ink, char),
                };
                match row.last_mut() {
                    Some((last, piece)) if *last == ink => piece.push(char),
                    Some(_) | None => row.push((ink, char.to_string())),
                }
            }
            row
        };
        self.cells.chunks(self.size.0.max(1)).map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn(rows: &[Row]) -> String {
        rows.iter().map(|row| row.iter().map(|(_, piece)| piece.as_str()).collect::<String>() + "\n").collect()
    }

    fn chinese(place: &Place) -> &'static str {
        if place.chinese.is_empty() { place.english } else { place.chinese }
    }

    #[test]
    fn a_town_by_the_sea_has_its_coast_and_its_neighbours() {
        let shenzhen = Point::new(22.54, 114.06).unwrap();
        let rows = draw(Camera::on(shenzhen, 8), (60, 20), Some(shenzhen), &[], chinese);
        let drawn = self::drawn(&rows);
        assert!(drawn.contains("香港") && drawn.contains("澳门") && drawn.contains(CHOSEN), "{drawn}");
        let inks = rows.iter().flatten().filter(|(ink, _)| *ink == Ink::Outline).count();
        assert!(inks > 5, "{drawn}");
        let english = self::drawn(&draw(Camera::on(shenzhen, 8), (60, 20), None, &[], |place| place.english));
        assert!(english.contains("Hong Kong") && !english.contains(CHOSEN), "{english}");
    }

    #[test]
    fn a_name_with_marks_takes_no_more_cells_than_its_letters() {
        let tabriz = Point::new(37.820_887, 46.917_159).unwrap();
        for row in draw(Camera::on(tabriz, 6), (40, 6), Some(tabriz), &[tabriz], chinese) {
            assert_eq!(row.iter().map(|(_, piece)| text::width(piece)).sum::<usize>(), 40, "{row:?}");
        }
    }

    #[test]
    fn points_in_one_cell_are_counted() {
        let here = Point::new(39.9, 116.4).unwrap();
        let spots = |n: usize, chosen| {
            let rows = draw(Camera::on(here, 8), (20, 5), chosen, &vec![here; n], |_| "");
            let found: Vec<_> = rows.into_iter().flatten().filter(|(ink, _)| *ink >= Ink::Spot).collect();
            found
        };
        for (n, expected) in [(1, "o"), (2, "2"), (9, "9"), (30, "30")] {
            assert_eq!(spots(n, None), [(Ink::Spot, expected.to_owned())]);
        }
        assert_eq!(spots(3, Some(here)), [(Ink::Chosen, "@".to_owned())], "the chosen one lies on top");
        assert_eq!(spots(0, None), []);
    }

    #[test]
    fn counts_beside_each_other_are_one_count() {
        let size = (40, 5);
        let mut sheet = Sheet::new(size);
        let cells = [(3, 1), (4, 1), (5, 1), (7, 1), (10, 3), (12, 3), (37, 2)];
        sheet.add_spots(cells.into_iter().chain([(39, 2); 12]).chain([(20, 4); 12]).chain([(22, 4)]));
        let drawn = drawn(&sheet.rows());
        let rows: Vec<&str> = drawn.lines().map(str::trim_end).collect();
        assert_eq!(rows[1], "   2 o o");
        assert_eq!(rows[2], format!("{}13", " ".repeat(37)));
        assert_eq!(rows[3], "          o o");
        assert_eq!(rows[4], format!("{}13", " ".repeat(20)));
    }

    proptest! {
        #[test]
        fn every_row_is_as_wide_as_the_map(
            latitude in -90.0..=90.0_f64, longitude in -180.0..=180.0_f64, zoom in 0_u8..20, width in 0_usize..90, height in 0_usize..30
        ) {
            let point = Point::new(latitude, longitude).unwrap();
            let rows = draw(Camera::on(point, zoom), (width, height), Some(point), &[point], chinese);
            prop_assert_eq!(rows.len(), if width == 0 { 0 } else { height });
            for row in &rows {
                let cells: usize = row.iter().map(|(_, piece)| text::width(piece)).sum();
                prop_assert_eq!(cells, width);
            }
        }
    }
}
