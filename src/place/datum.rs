//! Datums, the references of coordinates. Chinese maps are shifted against the world's by some hundred metres.
//!
//! Weibo does not document the datum of its positions (protocol §10), so one is assumed, shown, and used for links
//! and distances.

use std::f64::consts::PI;

use super::Point;

named! {
    /// What coordinates are counted from.
    pub enum Datum {
        /// That of GPS, and of maps outside China.
        Wgs84 "WGS-84",
        /// The shifted one that maps of mainland China must use: Amap, Tencent, Google there.
        Gcj02 "GCJ-02",
        /// Baidu's, which is GCJ-02 shifted once more.
        Bd09 "BD-09",
    }
}

/// The datum that positions are assumed to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Assumed {
    /// GCJ-02 [in China](in_china), WGS-84 elsewhere.
    #[default]
    Auto,
    /// This one everywhere.
    Always(Datum),
}

/// TABLE: the names in the config.
pub const NAMES: [(&str, Assumed); 4] = [
    ("auto", Assumed::Auto),
    ("gcj02", Assumed::Always(Datum::Gcj02)),
    ("wgs84", Assumed::Always(Datum::Wgs84)),
    ("bd09", Assumed::Always(Datum::Bd09)),
];

/// A box of degrees: north, west, south, east.
type Box = [f64; 4];

/// TABLE: the boxes that together cover China. Converters commonly use these, because a single box would also shift
/// Korea, Mongolia and the north of India; along land borders they are about ten kilometres off.
const CHINA: [Box; 6] = [
    [49.2204, 79.4462, 42.8899, 96.33],
    [54.1415, 109.6872, 39.3742, 135.0002],
    [42.8899, 73.1246, 29.5297, 124.143_255],
    [29.5297, 82.9684, 26.7186, 97.0352],
    [29.5297, 97.0253, 20.414_096, 124.367_395],
    [20.414_096, 107.975_793, 17.871_542, 111.744_104],
];
/// TABLE: parts of those boxes where maps are not shifted.
const UNSHIFTED: [Box; 6] = [
    [25.398_623, 119.921_265, 21.785_006, 122.497_559],
    [22.284, 101.8652, 20.0988, 106.665],
    [21.5422, 106.4525, 20.4878, 108.051],
    [55.8175, 109.0323, 50.3257, 119.127],
    [55.8175, 127.4568, 49.5574, 137.0227],
    [44.8922, 131.2662, 42.5692, 137.0227],
];
/// TABLE: Hong Kong and Macau, without their northern edge.
const HARBOURS: [Box; 2] = [[22.46, 113.83, 22.13, 114.44], [22.217, 113.528, 22.1, 113.6]];

/// The ellipsoid of Krasovsky, for which the shift was defined: its half axis in metres, and its eccentricity
/// squared.
const AXIS: f64 = 6_378_245.0;
const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;
/// Number of rounds of the inverse. Each round makes the error a thousand times smaller; more than four gain nothing.
const ROUNDS: usize = 4;
/// Baidu's own shift, in degrees.
const BAIDU: (f64, f64) = (0.006, 0.0065);

impl Assumed {
    /// Returns the datum that a point is assumed to have.
    pub fn of(self, point: Point) -> Datum {
        match self {
            Self::Auto if in_china(point) => Datum::Gcj02,
            Self::Auto => Datum::Wgs84,
            Self::Always(datum) => datum,
        }
    }

    /// Converts a place from WGS-84 to the datum that `sent` is assumed to have, so that both can be compared.
    pub fn as_sent(self, place: Point, sent: Point) -> Point {
        Datum::Wgs84.to(self.of(sent), place)
    }

    /// Returns the assumption with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(other, _)| *other == name).map(|(_, assumed)| *assumed)
    }

    /// Returns the name in the config.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, assumed)| *assumed == self).map_or("", |(name, _)| name)
    }
}

impl Datum {
    /// The same place in another datum, within a metre; outside China nothing is shifted but BD-09.
    pub fn to(self, other: Self, point: Point) -> Point {
        match (self, other) {
            (Self::Wgs84, Self::Gcj02) => gcj02_of_wgs84(point),
            (Self::Gcj02, Self::Wgs84) => wgs84_of_gcj02(point),
            (Self::Gcj02, Self::Bd09) => bd09_of_gcj02(point),
            (Self::Bd09, Self::Gcj02) => gcj02_of_bd09(point),
            (Self::Wgs84, Self::Bd09) => bd09_of_gcj02(gcj02_of_wgs84(point)),
            (Self::Bd09, Self::Wgs84) => wgs84_of_gcj02(gcj02_of_bd09(point)),
            (Self::Wgs84, Self::Wgs84) | (Self::Gcj02, Self::Gcj02) | (Self::Bd09, Self::Bd09) => point,
        }
    }
}

/// Returns whether a point lies where Chinese maps are shifted: roughly mainland China, Hong Kong and Macau.
pub fn in_china(point: Point) -> bool {
    is_in(&CHINA, point) && !is_in(&UNSHIFTED, point)
}

/// Returns whether a point lies in Hong Kong or Macau, where only Chinese mapmakers shift their maps.
pub fn in_hong_kong_or_macau(point: Point) -> bool {
    is_in(&HARBOURS, point)
}

fn is_in(boxes: &[Box], point: Point) -> bool {
    boxes.iter().any(|[north, west, south, east]| {
        (*south..=*north).contains(&point.latitude) && (*west..=*east).contains(&point.longitude)
    })
}

fn gcj02_of_wgs84(point: Point) -> Point {
    if in_china(point) { shifted(point) } else { point }
}

fn wgs84_of_gcj02(point: Point) -> Point {
    if in_china(point) { unshifted(point, point, shifted) } else { point }
}

/// Inverts a shift, which has no closed inverse: a guess is moved until its shifted position is the point.
fn unshifted(point: Point, guess: Point, shift: fn(Point) -> Point) -> Point {
    (0..ROUNDS).fold(guess, |guess, _| {
        let landed = shift(guess);
        guess.moved(point.latitude - landed.latitude, point.longitude - landed.longitude)
    })
}

/// Adds the shift of GCJ-02, which was never published but is known to the metre.
fn shifted(point: Point) -> Point {
    let (x, y) = (point.longitude - 105.0, point.latitude - 35.0);
    let waves = |of: f64, parts: [(f64, f64); 2]| -> f64 {
        parts.iter().map(|(size, period)| size * (of / period * PI).sin()).sum::<f64>() * 2.0 / 3.0
    };
    let common = waves(x, [(20.0, 1.0 / 6.0), (20.0, 0.5)]);
    let root = 0.1 * (x * y) + 0.2 * x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + root
        + common
        + waves(y, [(20.0, 1.0), (40.0, 3.0)])
        + waves(y, [(160.0, 12.0), (320.0, 30.0)]);
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * (x * y)
        + 0.1 * x.abs().sqrt()
        + common
        + waves(x, [(20.0, 1.0), (40.0, 3.0)])
        + waves(x, [(150.0, 12.0), (300.0, 30.0)]);
    let latitude = point.latitude.to_radians();
    let magic = 1.0 - ECCENTRICITY * latitude.sin().powi(2);
    let along_meridian = AXIS * (1.0 - ECCENTRICITY) / (magic * magic.sqrt());
    let along_parallel = AXIS / magic.sqrt() * latitude.cos();
    point.moved((north / along_meridian).to_degrees(), (east / along_parallel).to_degrees())
}

/// The factor of Baidu's formula, in radians for each degree.
const TURN: f64 = PI * 3000.0 / 180.0;

fn bd09_of_gcj02(point: Point) -> Point {
    let (x, y) = (point.longitude, point.latitude);
    let radius = 0.000_02_f64.mul_add((y * TURN).sin(), x.hypot(y));
    let angle = 0.000_003_f64.mul_add((x * TURN).cos(), y.atan2(x));
    let (north, east) = BAIDU;
    Point { latitude: 0.0, longitude: 0.0 }.moved(radius.mul_add(angle.sin(), north), radius.mul_add(angle.cos(), east))
}

/// Inverts Baidu's shift; Baidu's own inverse formula is a metre off.
fn gcj02_of_bd09(point: Point) -> Point {
    let (north, east) = BAIDU;
    unshifted(point, point.moved(-north, -east), bd09_of_gcj02)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(latitude: f64, longitude: f64) -> Point {
        Point::new(latitude, longitude).unwrap()
    }

    fn is_near(found: Point, expected: Point, degrees: f64) -> bool {
        (found.latitude - expected.latitude).abs() < degrees && (found.longitude - expected.longitude).abs() < degrees
    }

    #[test]
    fn published_points_are_where_others_convert_them_to() {
        // Results of the widely used `coordtransform`, which has the same formulas, for points near Tiananmen.
        let published = [
            (Datum::Wgs84, (39.909_23, 116.397_428), Datum::Gcj02, (39.910_634, 116.403_672)),
            (Datum::Wgs84, (39.915, 116.404), Datum::Gcj02, (39.916_404_281_501_64, 116.410_244_499_169_38)),
            (Datum::Gcj02, (39.915, 116.404), Datum::Bd09, (39.921_336_993_510_21, 116.410_369_493_710_29)),
        ];
        for (from, sent, to, expected) in published {
            let (sent, expected) = (point(sent.0, sent.1), point(expected.0, expected.1));
            let found = from.to(to, sent);
            assert!(is_near(found, expected, 1e-6), "{found} is not {expected}");
            assert!(is_near(to.to(from, found), sent, 1e-9), "{found} and back");
        }
    }

    /// Positions from Wikipedia, Amap and Baidu, each in its own datum, within the size of a landmark.
    #[test]
    fn landmarks_stand_where_each_map_has_them() {
        for (landmark, wgs84, gcj02, bd09) in [
            ("Tiananmen", (39.9073, 116.3911), (39.908_692, 116.397_477), (39.915, 116.404)),
            ("Oriental Pearl Tower", (31.2417, 121.495), (31.239_703, 121.499_718), (31.245_105, 121.506_377)),
        ] {
            let published = [(Datum::Wgs84, wgs84), (Datum::Gcj02, gcj02), (Datum::Bd09, bd09)];
            let published = published.map(|(datum, (latitude, longitude))| (datum, point(latitude, longitude)));
            for (from, sent) in published {
                for (to, expected) in published {
                    let found = from.to(to, sent);
                    assert!(is_near(found, expected, 4e-4), "{landmark} in {}: {found} is not {expected}", to.name());
                }
            }
        }
    }

    #[test]
    fn china_is_where_maps_are_shifted() {
        for (name, latitude, longitude, is_in) in [
            ("Beijing", 39.9, 116.4, true),
            ("Kashgar", 39.47, 75.99, true),
            ("Lhasa", 29.65, 91.14, true),
            ("Sanya", 18.25, 109.5, true),
            ("Mohe", 52.97, 122.54, true),
            ("Shenzhen", 22.55, 114.07, true),
            ("Hong Kong", 22.28, 114.16, true),
            ("Taipei", 25.03, 121.56, false),
            ("Hanoi", 21.03, 105.85, false),
            ("Seoul", 37.57, 126.98, false),
            ("Tokyo", 35.68, 139.76, false),
            ("Ulaanbaatar", 47.92, 106.92, false),
            ("Delhi", 28.61, 77.21, false),
            ("Paris", 48.86, 2.35, false),
        ] {
            let point = point(latitude, longitude);
            assert_eq!(in_china(point), is_in, "{name}");
            assert_eq!(Assumed::Auto.of(point) == Datum::Gcj02, is_in, "{name}");
            assert_eq!(Datum::Wgs84.to(Datum::Gcj02, point) == point, !is_in, "{name}");
            assert_eq!(Assumed::Always(Datum::Bd09).of(point), Datum::Bd09);
        }
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_place(latitude in 24.0..42.0_f64, longitude in 100.0..119.0_f64) {
            let sent = point(latitude, longitude);
            for (from, to) in
                [(Datum::Wgs84, Datum::Gcj02), (Datum::Gcj02, Datum::Bd09), (Datum::Wgs84, Datum::Bd09)]
            {
                prop_assert!(is_near(to.to(from, from.to(to, sent)), sent, 1e-6), "{sent} in {from:?} by {to:?}");
            }
        }

        #[test]
        fn every_place_stays_a_place(latitude in -90.0..=90.0_f64, longitude in -180.0..=180.0_f64) {
            let sent = point(latitude, longitude);
            for from in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
                for to in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
                    let found = from.to(to, sent);
                    prop_assert!(Point::new(found.latitude, found.longitude).is_some(), "{found:?}");
                }
            }
        }
    }
}
