//! From where one looks at a map, and where its points come to lie: Mercator's projection (EPSG:3857), in which towns keep
//! their shape. It draws nothing.

use std::f64::consts::{PI, TAU};

use super::{Point, floor, whole};

/// Dots across and down a cell.
pub(super) const DOTS: (usize, usize) = (2, 4);

/// The closest: some five kilometres across. Beyond there is nothing to be seen but points.
const CLOSEST: u8 = 13;
/// No closer than this when all of some points are shown: a street says nothing without its town.
const CLOSEST_FIT: u8 = 7;
/// The circumference of the earth at the equator in metres.
const CIRCUMFERENCE: f64 = 40_075_017.0;
/// Beyond this the projection stretches without end.
const NORTHERNMOST: f64 = 85.05;

/// From where one looks at the map, and how closely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// The middle: parts of the world from its north-west corner, in Mercator's projection.
    pub(super) x: f64,
    pub(super) y: f64,
    /// The world is 2 to this power as wide as the map; [`CLOSEST`] at most.
    zoom: u8,
}

impl Camera {
    /// Looks at a point.
    pub fn on(point: Point, zoom: u8) -> Self {
        let (x, y) = projected(point);
        Self { x, y, zoom: zoom.min(CLOSEST) }
    }

    /// Looks at all of some points, as closely as a map of that many cells allows; at the whole world without any.
    pub fn around(points: &[Point], (width, height): (usize, usize)) -> Self {
        /// Points at the very edge are not seen as well.
        const MARGIN: f64 = 1.15;
        let spread = |parts: &[f64]| {
            let least = parts.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = parts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if parts.is_empty() { (0.5, 1.0) } else { (f64::midpoint(least, greatest), (greatest - least) * MARGIN) }
        };
        let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().map(|point| projected(*point)).unzip();
        let ((x, wide), (y, high)) = (spread(&xs), spread(&ys));
        let fits = |zoom: &u8| {
            let (across, down) = Self { x, y, zoom: *zoom }.extent((width, height));
            wide <= across && high <= down
        };
        let zoom = (0..=CLOSEST_FIT).rev().find(fits).unwrap_or_default();
        Self { x, y, zoom }
    }

    /// Closer by one step, or further.
    pub const fn zoomed(self, is_closer: bool) -> Self {
        let zoom = if is_closer { self.zoom.saturating_add(1) } else { self.zoom.saturating_sub(1) };
        Self { zoom: if zoom > CLOSEST { CLOSEST } else { zoom }, ..self }
    }

    /// Moved by parts of the map's width, right and down; around the world, and not beyond its ends.
    pub fn moved(self, right: f64, down: f64) -> Self {
        let across = self.across();
        Self { x: (self.x + right * across).rem_euclid(1.0), y: (self.y + down * across).clamp(0.0, 1.0), ..self }
    }

    /// At another point from the same height.
    pub fn at(self, point: Point) -> Self {
        Self::on(point, self.zoom)
    }

    /// How closely it looks.
    pub const fn zoom(self) -> u8 {
        self.zoom
    }

    /// The largest round distance, in metres, that is at most a quarter of the map, and its cells.
    pub fn scale(self, (width, _): (usize, usize)) -> (f64, usize) {
        let (latitude, _) = unprojected(self.x, self.y);
        let a_cell = CIRCUMFERENCE * self.across() * latitude.to_radians().cos() / float(width.max(1));
        let room = a_cell * float(width) / 4.0;
        let round = (0..8).flat_map(|zeros| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(zeros)));
        let metres = round.take_while(|metres| *metres <= room).last().unwrap_or(1.0);
        (metres, usize::try_from(whole(metres / a_cell)).unwrap_or_default().max(1))
    }

    /// The part of the world that is as wide as the map.
    fn across(self) -> f64 {
        0.5_f64.powi(self.zoom.into())
    }

    /// The parts of the world that a map of that size in cells shows.
    pub(super) fn extent(self, (width, height): (usize, usize)) -> (f64, f64) {
        let across = self.across();
        // Dots are as high as they are wide.
        (across, across * float(height * DOTS.1) / float((width * DOTS.0).max(1)))
    }

    /// The column and row of a point; `None` off the map.
    pub(super) fn cell(self, point: Point, size: (usize, usize)) -> Option<(usize, usize)> {
        let (across, down) = self.extent(size);
        let (x, y) = projected(point);
        let right = (x - self.x + 0.5).rem_euclid(1.0) - 0.5;
        let column = index(((right / across) + 0.5) * float(size.0))?;
        let row = index(((y - self.y) / down + 0.5) * float(size.1))?;
        (column < size.0 && row < size.1).then_some((column, row))
    }
}

/// Where a point is in Mercator's projection, as parts of the map from its north-west corner.
fn projected(point: Point) -> (f64, f64) {
    let latitude = point.latitude().clamp(-NORTHERNMOST, NORTHERNMOST).to_radians();
    (point.longitude() / 360.0 + 0.5, 0.5 - latitude.tan().asinh() / TAU)
}

/// The latitude and longitude of a part of the map, which may lie beyond its ends.
pub(super) fn unprojected(x: f64, y: f64) -> (f64, f64) {
    ((PI * 2.0f64.mul_add(-y, 1.0)).sinh().atan().to_degrees(), (x - 0.5) * 360.0)
}

/// A count as a number to reckon with; screens have far fewer cells than it can hold.
pub(super) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The whole part of what counts from 0; `None` before it.
fn index(part: f64) -> Option<usize> {
    usize::try_from(floor(part)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (usize, usize) = (50, 9);

    fn point(latitude: f64, longitude: f64) -> Point {
        Point::new(latitude, longitude).unwrap()
    }

    #[test]
    fn the_middle_of_the_map_is_what_one_looks_at() {
        for (latitude, longitude) in [(39.9, 116.4), (-33.9, 151.2), (0.0, 180.0), (89.0, -180.0)] {
            let camera = Camera::on(point(latitude, longitude), 8);
            assert_eq!(camera.cell(point(latitude, longitude), SIZE), Some((25, 4)), "{latitude},{longitude}");
        }
        // Across the edge of the world.
        let camera = Camera::on(point(0.0, 179.9), 8);
        assert!(camera.cell(point(0.0, -179.9), SIZE).is_some() && camera.cell(point(0.0, 170.0), SIZE).is_none());
    }

    #[test]
    fn all_points_are_seen_as_closely_as_that_allows() {
        let china = [point(39.9, 116.4), point(22.5, 114.1), point(31.2, 121.5)];
        let camera = Camera::around(&china, SIZE);
        assert!(china.iter().all(|point| camera.cell(*point, SIZE).is_some()));
        assert!(!china.iter().all(|point| camera.zoomed(true).cell(*point, SIZE).is_some()), "closer they are not");
        assert_eq!(Camera::around(&china[..1], SIZE).zoom(), CLOSEST_FIT);
        assert_eq!(Camera::around(&[], SIZE).zoom(), 0);
        let ends = [point(-85.0, -180.0), point(85.0, 180.0)];
        assert_eq!(Camera::around(&ends, SIZE).zoom(), 0, "as well as can be");
    }

    #[test]
    fn zooming_and_panning_end_at_the_ends() {
        let here = Camera::on(point(39.9, 116.4), 8);
        assert_eq!(here.zoomed(true).zoomed(false), here);
        let closest = (0..99).fold(here, |camera, _| camera.zoomed(true));
        let furthest = (0..99).fold(here, |camera, _| camera.zoomed(false));
        assert_eq!((furthest.zoom(), closest.zoom()), (0, CLOSEST));
        let around = (0..4).fold(furthest, |camera, _| camera.moved(0.25, 0.0));
        assert!((around.x - here.x).abs() < 1e-9 && furthest.moved(0.0, 99.0).y <= 1.0);
    }

    #[test]
    fn the_scale_is_round_and_true() {
        // A fourth of the equator's 40,075 km is 10,019 km.
        let (metres, cells) = Camera::on(point(0.0, 0.0), 0).scale((100, 20));
        assert_eq!((whole(metres), cells), (10_000_000, 25));
        let (metres, cells) = Camera::on(point(60.0, 0.0), 8).scale((100, 20));
        assert_eq!((whole(metres), cells), (10_000, 13), "half as much as at the equator");
    }
}
