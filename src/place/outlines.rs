//! Coasts and borders of countries, as lines in Mercator's projection.
//!
//! The lines are `assets/outlines.bin`, made by `assets/outlines.py` from Natural Earth at 1:50 million (public
//! domain), and read in place from the program. Each line begins with its bounds, so that most lines can be skipped
//! unread.

/// The lines. The script that makes them describes their format.
const FILE: &[u8] = include_bytes!("../../assets/outlines.bin");

/// The largest coordinate.
const FULL: f64 = 65_535.0;

/// A line. Coordinates are fractions of the map in Mercator's projection, from 0 in its north-west corner to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline {
    /// Whether it is a border between countries rather than a coast.
    pub(super) is_border: bool,
    /// Least x, least y, greatest x, greatest y.
    pub(super) bounds: [f64; 4],
    start: [u16; 2],
    steps: &'static [u8],
}

impl Outline {
    /// Returns its points in order.
    pub(super) fn points(self) -> impl Iterator<Item = (f64, f64)> {
        let [mut x, mut y] = self.start.map(i32::from);
        let mut steps = self.steps;
        let mut next_step = move || Some((varint(&mut steps)?, varint(&mut steps)?));
        let others = std::iter::from_fn(move || {
            let (right, down) = next_step()?;
            (x, y) = (x + right, y + down);
            Some((f64::from(x) / FULL, f64::from(y) / FULL))
        });
        let [x, y] = self.start.map(|part| f64::from(part) / FULL);
        std::iter::once((x, y)).chain(others)
    }
}

/// Returns all lines.
pub(super) fn all() -> impl Iterator<Item = Outline> {
    let mut rest = FILE;
    std::iter::from_fn(move || {
        let [length] = numbers(&mut rest)?;
        let (mut body, after) = rest.split_at_checked(length.into())?;
        rest = after;
        let (kind, numbers_on) = body.split_first()?;
        body = numbers_on;
        let bounds = numbers::<4>(&mut body)?.map(|part| f64::from(part) / FULL);
        let start = numbers(&mut body)?;
        Some(Outline { is_border: *kind == 1, bounds, start, steps: body })
    })
}

/// Takes two-byte numbers off the front.
fn numbers<const N: usize>(bytes: &mut &'static [u8]) -> Option<[u16; N]> {
    let mut found = [0; N];
    for number in &mut found {
        let (two, rest) = bytes.split_first_chunk()?;
        (*number, *bytes) = (u16::from_le_bytes(*two), rest);
    }
    Some(found)
}

/// Takes a zigzag LEB128 number off the front. A step has three bytes at most.
fn varint(bytes: &mut &'static [u8]) -> Option<i32> {
    let (mut number, mut shift) = (0_u32, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7F).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_to_its_end_and_lies_within_its_bounds() {
        let (mut n_lines, mut n_points) = (0, 0);
        for line in all() {
            let [west, north, east, south] = line.bounds;
            let points: Vec<_> = line.points().collect();
            assert!(points.len() > 1);
            assert!(points.iter().all(|(x, y)| (west..=east).contains(x) && (north..=south).contains(y)), "{line:?}");
            n_lines += 1;
            n_points += points.len();
        }
        assert_eq!((n_lines, n_points), (1963, 80_311), "what the script said");
    }
}
