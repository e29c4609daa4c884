//! The viewpoint of a map and the projection of points onto it: Mercator's projection (EPSG:3857), in which towns
//! keep their shape. Nothing is drawn here.

use std::f64::consts::{PI, TAU};

use super::{Point, floor, whole};

/// Number of dots across and down a cell.
pub(super) const DOTS: (usize, usize) = (2, 4);

/// The closest zoom: about five kilometres across. Beyond it there is nothing to see but points.
const CLOSEST: u8 = 13;
/// The closest zoom that fits a set of points: a street says nothing without its town.
const CLOSEST_FIT: u8 = 7;
/// The circumference of the earth at the equator in metres.
const CIRCUMFERENCE: f64 = 40_075_017.0;
/// The northernmost latitude; the projection stretches to infinity towards the poles.
const NORTHERNMOST: f64 = 85.05;

/// The centre and zoom of a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    /// The centre, as fractions of the world from its north-west corner, in Mercator's projection.
    pub(super) x: f64,
    pub(super) y: f64,
    /// The zoom: the world is 2 to this power times as wide as the map; [`CLOSEST`] at most.
    zoom: u8,
}

impl Camera {
    /// Centres on a point.
    pub fn on(point: Point, zoom: u8) -> Self {
        let (x, y) = projected(point);
        Self { x, y, zoom: zoom.min(CLOSEST) }
    }

    /// Shows all of these points, as closely as a map of this size in cells allows; the whole world when there are
    /// none.
    pub fn around(points: &[Point], (width, height): (usize, usize)) -> Self {
        /// Points at the very edge are harder to see.
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

    /// Returns the camera one step closer or further away.
    pub const fn zoomed(self, is_closer: bool) -> Self {
        let zoom = if is_closer { self.zoom.saturating_add(1) } else { self.zoom.saturating_sub(1) };
        Self { zoom: if zoom > CLOSEST { CLOSEST } else { zoom }, ..self }
    }

    /// Returns the camera moved right and down by fractions of the map's width; it wraps around the world and stops
    /// at the poles.
    pub fn moved(self, right: f64, down: f64) -> Self {
        let across = self.across();
        Self { x: (self.x + right * across).rem_euclid(1.0), y: (self.y + down * across).clamp(0.0, 1.0), ..self }
    }

    /// Returns the camera centred on another point, with the same zoom.
    pub fn at(self, point: Point) -> Self {
        Self::on(point, self.zoom)
    }

    /// Returns the zoom.
    pub const fn zoom(self) -> u8 {
        self.zoom
    }

    /// Returns the largest round distance, in metres, that is at most a quarter of the map's width, and its length in
    /// cells.
    pub fn scale(self, (width, _): (usize, usize)) -> (f64, usize) {
        let (latitude, _) = unprojected(self.x, self.y);
        let a_cell = CIRCUMFERENCE * self.across() * latitude.to_radians().cos() / float(width.max(1));
        let room = a_cell * float(width) / 4.0;
        let round = (0..8).flat_map(|zeros| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(zeros)));
        let metres = round.take_while(|metres| *metres <= room).last().unwrap_or(1.0);
        (metres, usize::try_from(whole(metres / a_cell)).unwrap_or_default().max(1))
    }

    /// Returns the width of the map as a fraction of the world.
    fn across(self) -> f64 {
        0.5_f64.powi(self.zoom.into())
    }

    /// Returns the width and height of a map of this size in cells, as fractions of the world.
    pub(super) fn extent(self, (width, height): (usize, usize)) -> (f64, f64) {
        let across = self.across();
        // Dots are square.
        (across, across * float(height * DOTS.1) / float((width * DOTS.0).max(1)))
    }

    /// Returns the column and row of a point; `None` off the map.
    pub(super) fn cell(self, point: Point, size: (usize, usize)) -> Option<(usize, usize)> {
        let (across, down) = self.extent(size);
        let (x, y) = projected(point);
        let right = (x - self.x + 0.5).rem_euclid(1.0) - 0.5;
        let column = index(((right / across) + 0.5) * float(size.0))?;
        let row = index(((y - self.y) / down + 0.5) * float(size.1))?;
        (column < size.0 && row < size.1).then_some((column, row))
    }
}

/// Projects a point to fractions of the world from its north-west corner, in Mercator's projection.
fn projected(point: Point) -> (f64, f64) {
    let latitude = point.latitude().clamp(-NORTHERNMOST, NORTHERNMOST).to_radians();
    (point.longitude() / 360.0 + 0.5, 0.5 - latitude.tan().asinh() / TAU)
}

/// Returns the latitude and longitude of a projected position, which may lie beyond the edges of the world.
pub(super) fn unprojected(x: f64, y: f64) -> (f64, f64) {
    ((PI * 2.0f64.mul_add(-y, 1.0)).sinh().atan().to_degrees(), (x - 0.5) * 360.0)
}

/// Converts a count to a float; screens have far fewer cells than it can hold.
pub(super) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Rounds a position down to an index; `None` when it is negative.
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
        // Across the date line.
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
        // A quarter of the equator's 40,075 km is 10,019 km.
        let (metres, cells) = Camera::on(point(0.0, 0.0), 0).scale((100, 20));
        assert_eq!((whole(metres), cells), (10_000_000, 25));
        let (metres, cells) = Camera::on(point(60.0, 0.0), 8).scale((100, 20));
        assert_eq!((whole(metres), cells), (10_000, 13), "half as much as at the equator");
    }
}
