//! Circles on the earth: `39.98,116.31<2km`, `深圳<30km`.
//!
//! Coordinates that are typed count as sent, whatever datum that is. A place of the table is in WGS-84 and is compared with
//! each position in the datum which that position is taken to have.

use std::fmt;

use super::pinyin::is_spelled_as;
use super::simplified::simplified;
use super::slips::is_slip_of;
use crate::place::datum::Assumed;
use crate::place::nearest::{self, Place};
use crate::place::{Point, whole};

/// The most near misses that are told of a name that is not in the table.
const MISSES: usize = 3;
/// Half the circumference of the earth; further away is nothing.
const FURTHEST: f64 = 20_038_000.0;
/// TABLE: the units of a distance, and how many metres each has; longer ones first.
const UNITS: [(&str, f64); 5] = [("km", 1000.0), ("公里", 1000.0), ("千米", 1000.0), ("m", 1.0), ("米", 1.0)];

/// What is around a centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The middle.
    pub centre: Centre,
    /// The radius in metres.
    pub metres: u32,
}

/// The middle of a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Centre {
    /// Coordinates in the datum of the messages.
    Sent(Point),
    /// A place of the table.
    Named {
        /// Its name as typed.
        name: String,
        /// Where it is, in WGS-84.
        point: Point,
        /// The datum that positions are taken to have.
        assumed: Assumed,
    },
}

/// Why a text is no circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NearError {
    /// It lacks a part, or one is no number.
    Form,
    /// No place has this name; these have similar ones.
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

/// The largest place whose Chinese name is read as these letters, as Weibo's users know many that have another name in English.
fn sounding(name: &str) -> Option<Place> {
    let letters = nearest::folded(name);
    let is_pinyin = letters.len() > 1 && letters.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_it = |place: &Place| !place.chinese.is_empty() && is_spelled_as(place.chinese, &letters);
    nearest::between(-90.0, 90.0).filter(|place| is_pinyin && is_it(place)).max_by_key(|place| place.size)
}

/// The largest places whose name begins like the one that is not there, then those whose name differs by a slip.
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

/// `2km`, `1.5公里`, `500m`: whole metres, from one to half around the earth.
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
