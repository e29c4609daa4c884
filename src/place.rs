//! Points on the earth: their datum, the nearest place, the map around them, and links to them elsewhere.
//!
//! Pure and offline: the tables are part of the program. Nothing here changes what was sent; everything said about a
//! point besides its numbers is an estimate and is labelled so on the screen (protocol §10).

use std::f64::consts::{FRAC_PI_2, PI};
use std::fmt;

pub mod camera;
pub mod datum;
pub mod links;
pub mod map;
pub mod nearest;
mod outlines;

/// The mean radius of the earth in metres (IUGG).
const RADIUS: f64 = 6_371_008.8;

/// Two numbers that can be a place: a latitude of -90 to 90 and a longitude of -180 to 180 decimal degrees, both
/// finite. The datum is not part of the point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    latitude: f64,
    longitude: f64,
}

/// Neither number is NaN.
impl Eq for Point {}

impl Point {
    /// Returns the point; `None` out of range.
    pub fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let is_place = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        is_place.then_some(Self { latitude, longitude })
    }

    /// Parses the point from the two texts that were sent (protocol §10); `None` when they are not numbers or out of
    /// range.
    pub fn read(latitude: &str, longitude: &str) -> Option<Self> {
        Self::new(latitude.trim().parse().ok()?, longitude.trim().parse().ok()?)
    }

    /// Returns the latitude in decimal degrees, north positive.
    pub const fn latitude(self) -> f64 {
        self.latitude
    }

    /// Returns the longitude in decimal degrees, east positive.
    pub const fn longitude(self) -> f64 {
        self.longitude
    }

    /// Returns the distance over the ground in metres, on a sphere: within 0.6 % (haversine formula).
    pub fn distance(self, other: Self) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let across = half(self.longitude, other.longitude);
        let cosines = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let squared = cosines.mul_add(across, half(self.latitude, other.latitude));
        2.0 * RADIUS * squared.min(1.0).sqrt().asin()
    }

    /// Returns the maximum difference in degrees of latitude and of longitude to a point at this distance in metres.
    fn reach(self, distance: f64) -> (f64, f64) {
        let high = distance / RADIUS;
        let to_pole = FRAC_PI_2 - self.latitude.to_radians().abs();
        // The area includes a pole and thus every longitude.
        let wide = if high < to_pole { (high.sin() / to_pole.sin()).min(1.0).asin() } else { PI };
        (high.to_degrees(), wide.to_degrees())
    }

    /// Returns the initial direction to another point, along the path of [`distance`](Self::distance).
    pub fn direction(self, to: Self) -> Compass {
        let [from_latitude, to_latitude] = [self.latitude, to.latitude].map(f64::to_radians);
        let east = (to.longitude - self.longitude).to_radians();
        let x = from_latitude.cos().mul_add(to_latitude.sin(), -(from_latitude.sin() * to_latitude.cos() * east.cos()));
        let degrees = (east.sin() * to_latitude.cos()).atan2(x).to_degrees().rem_euclid(360.0);
        // A direction extends half an eighth to both sides.
        Compass::ALL
            .into_iter()
            .zip(0_u8..)
            .find(|(_, n)| degrees < 45.0_f64.mul_add(f64::from(*n), 22.5))
            .map_or(Compass::North, |(compass, _)| compass)
    }

    /// Returns the point moved by some degrees; longitudes wrap around, latitudes stop at the poles.
    fn moved(self, north: f64, east: f64) -> Self {
        let longitude = (self.longitude + east + 180.0).rem_euclid(360.0) - 180.0;
        Self { latitude: (self.latitude + north).clamp(-90.0, 90.0), longitude }
    }
}

/// `latitude,longitude` in decimal degrees, to a tenth of a metre at most.
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |degrees: f64| format!("{degrees:.6}").trim_end_matches('0').trim_end_matches('.').to_owned();
        write!(f, "{},{}", short(self.latitude), short(self.longitude))
    }
}

/// Returns the nearest integer; saturates out of range, and returns 0 for NaN.
#[expect(clippy::cast_possible_truncation, reason = "stopping at the ends is what is wanted")]
pub(crate) fn whole(number: f64) -> i32 {
    number.round() as i32
}

/// Rounds down to an integer; saturates out of range. It avoids a call into the math library, which costs more than
/// everything else that is done with a point of a map.
#[expect(clippy::cast_possible_truncation, reason = "stopping at the ends is what is wanted")]
fn floor(number: f64) -> i32 {
    let cut = number as i32;
    if f64::from(cut) > number { cut.saturating_sub(1) } else { cut }
}

named! {
    /// One of eight directions, clockwise from north.
    #[expect(missing_docs, reason = "the names say it")]
    pub enum Compass {
        North "N",
        NorthEast "NE",
        East "E",
        SouthEast "SE",
        South "S",
        SouthWest "SW",
        West "W",
        NorthWest "NW",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(latitude: f64, longitude: f64) -> Point {
        Point::new(latitude, longitude).unwrap()
    }

    #[test]
    fn only_numbers_in_range_are_a_point() {
        assert_eq!(Point::read("39.982525", " 116.308586 "), Some(point(39.982_525, 116.308_586)));
        for (latitude, longitude) in
            [("154.2", "70"), ("", "116"), ("north", "116"), ("NaN", "116"), ("39.9", "181"), ("39.9", "inf")]
        {
            assert_eq!(Point::read(latitude, longitude), None, "{latitude},{longitude}");
        }
    }

    #[test]
    fn distances_are_those_of_the_atlas() {
        let [beijing, shanghai, london, paris] =
            [(39.9075, 116.397_23), (31.222_22, 121.458_06), (51.5007, -0.1246), (48.8584, 2.2945)]
                .map(|(latitude, longitude)| point(latitude, longitude));
        for (from, to, kilometres) in
            [(beijing, shanghai, 1068.0), (london, paris, 340.0), (point(0.0, 179.5), point(0.0, -179.5), 111.2)]
        {
            let found = from.distance(to) / 1000.0;
            assert!((found - kilometres).abs() < kilometres * 0.006, "{found} for {kilometres}");
        }
        // Half the circumference, where rounding could leave the domain of the arc sine.
        assert!((point(0.0, 0.0).distance(point(0.0, 180.0)) - 20_015_114.0).abs() < 1.0);
    }

    #[test]
    fn directions_are_named_clockwise() {
        use Compass::{East, North, NorthEast, NorthWest, South, SouthEast, SouthWest, West};
        let here = point(39.9, 116.4);
        for (north, east, compass) in [
            (1.0, 0.0, North),
            (1.0, -0.4, North),
            (1.0, 1.3, NorthEast),
            (0.0, 1.0, East),
            (-1.0, 1.3, SouthEast),
            (-1.0, 0.0, South),
            (-1.0, -1.3, SouthWest),
            (0.0, -1.0, West),
            (1.0, -1.3, NorthWest),
        ] {
            assert_eq!(here.direction(here.moved(north, east)), compass, "{north} {east}");
        }
    }

    #[test]
    fn a_point_is_written_as_it_is_copied() {
        assert_eq!(point(39.982_525, 116.308_586).to_string(), "39.982525,116.308586");
        assert_eq!(point(-10.0, 116.30).to_string(), "-10,116.3");
    }
}
