//! Circles on the earth: `39.98,116.31<2km`, `深圳<30km`.
//!
//! Typed coordinates are taken as sent, whatever their datum. A place of the table is in WGS-84 and is compared with
//! each position in the datum that this position is assumed to have.

use std::fmt;

use super::pinyin::is_spelled_as;
use super::simplified::simplified;
use super::slips::is_slip_of;
use crate::place::datum::Assumed;
use crate::place::nearest::{self, Place};
use crate::place::{Point, whole};

/// The maximum number of similar names offered for a name that is not in the table.
const MISSES: usize = 3;
/// Half the circumference of the earth in metres; no distance is longer.
const FURTHEST: f64 = 20_038_000.0;
/// TABLE: the units of a distance and their metres; longer names first.
const UNITS: [(&str, f64); 5] = [("km", 1000.0), ("公里", 1000.0), ("千米", 1000.0), ("m", 1.0), ("米", 1.0)];

/// The area around a centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The centre.
    pub centre: Centre,
    /// The radius in metres.
    pub metres: u32,
}

/// The centre of a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Centre {
    /// Coordinates in the datum of the messages.
    Sent(Point),
    /// A place of the table.
    Named {
        /// Its name as typed.
        name: String,
        /// Its coordinates, in WGS-84.
        point: Point,
        /// The datum that positions are assumed to have.
        assumed: Assumed,
    },
}

/// The reason why a text is not a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NearError {
    /// A part is missing or is not a number.
    Form,
    /// No place has this name; `near` holds similar names.
    Place { name: String, near: Vec<&'static str> },
}

impl Circle {
    pub(super) fn read(value: &str) -> Result<Self, NearError> {
        let (centre, radius) = value.split_once(['<', '＜']).ok_or(NearError::Form)?;
        let metres = metres(radius).ok_or(NearError::Form)?;
        let centre = match centre.split_once([',', '，']) {
            Some((latitude, longitude)) => Centre::Sent(Point::read(latitude, longitude).ok_or(NearError::Form)?),
            None if centre.is_empty() => return Err(NearError::Form),
            None => {
                let simple: String = centre.chars().map(simplified).collect();
                let place = nearest::named(&simple).or_else(|| sounding(&simple)).ok_or_else(|| misses(&simple))?;
                Centre::Named { name: centre.to_owned(), point: place.point, assumed: Assumed::Auto }
            }
        };
        Ok(Self { centre, metres })
    }
}

/// Returns the largest place whose Chinese name has this pinyin. Weibo's users know many places whose English name
/// differs from the pinyin.
fn sounding(name: &str) -> Option<Place> {
    let letters = nearest::folded(name);
    let is_pinyin = letters.len() > 1 && letters.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_it = |place: &Place| !place.chinese.is_empty() && is_spelled_as(place.chinese, &letters);
    nearest::between(-90.0, 90.0).filter(|place| is_pinyin && is_it(place)).max_by_key(|place| place.size)
}

/// Returns the error for an unknown name, with the largest places whose names begin with it, then those whose names
/// differ by a slip.
fn misses(name: &str) -> NearError {
    let folded = nearest::folded(name);
    let likeness = |place: &Place| {
        let english = nearest::folded(place.english);
        let begins = |other: &str, typed: &str| !typed.is_empty() && other.starts_with(typed);
        if begins(&english, &folded) || begins(place.chinese, name) {
            return Some(0);
        }
        let is_slip = is_slip_of(&english, &folded) || is_slip_of(place.chinese, name);
        (is_slip && folded.chars().nth(1).is_some()).then_some(1)
    };
    let mut found: Vec<(u8, Place)> =
        nearest::between(-90.0, 90.0).filter_map(|place| likeness(&place).map(|likeness| (likeness, place))).collect();
    found.sort_by_key(|(likeness, place)| (*likeness, std::cmp::Reverse(place.size)));
    let mut near: Vec<&str> = Vec::new();
    for (_, place) in found {
        let other = if name.is_ascii() || place.chinese.is_empty() { place.english } else { place.chinese };
        if !near.contains(&other) && near.len() < MISSES {
            near.push(other);
        }
    }
    NearError::Place { name: name.to_owned(), near }
}

/// Parses `2km`, `1.5公里`, `500m` as whole metres, from one to half the circumference of the earth.
fn metres(text: &str) -> Option<u32> {
    let text = text.trim().to_lowercase();
    let (number, unit) = UNITS.iter().find_map(|(unit, metres)| Some((text.strip_suffix(unit)?, metres)))?;
    let metres = number.trim().parse::<f64>().ok()? * unit;
    if (1.0..=FURTHEST).contains(&metres) { u32::try_from(whole(metres)).ok() } else { None }
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.centre {
            Centre::Sent(point) => point.fmt(f)?,
            Centre::Named { name, .. } => f.write_str(name)?,
        }
        match self.metres {
            metres if metres % 1000 == 0 => write!(f, "<{}km", metres / 1000),
            metres => write!(f, "<{metres}m"),
        }
    }
}
