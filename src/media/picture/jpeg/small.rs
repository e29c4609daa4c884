//! A common JPEG at an eighth or a quarter of its size: of each block of 8×8 pixels the mean, or the four lowest frequencies,
//! are taken, and the others stepped over. That is twice as fast as a decoder that could have given all of them. Of a
//! progressive file the means stand in front, and what follows is not even read. Files that are not common, or broken, are
//! left to that decoder.

use image::{DynamicImage, GrayImage, RgbImage};

use super::head::{BLOCK, Component, Head, LOWEST, Table};

/// A code with its number is not longer, in bits.
const ENOUGH: u32 = 32;

/// Decodes a file of this size to `SIDE` pixels (1 or 2) in each direction of every block. None if it cannot, or when it
/// is no longer wanted, which is asked for each row of units.
pub(super) fn decode<const SIDE: usize>(
    bytes: &[u8],
    size: (u32, u32),
    is_wanted: &dyn Fn() -> bool,
) -> Option<DynamicImage> {
    let head = Head::read(bytes).filter(|head| head.size == size && (SIDE == 1 || !head.is_progressive))?;
    let factors = || head.components.iter().map(|component| component.factors);
    let most = (factors().map(|(across, _)| across).max()?, factors().map(|(_, down)| down).max()?);
    let units = (in_units(size.0, most.0)?, in_units(size.1, most.1)?);
    let mut planes = Vec::new();
    for component in &head.components {
        let dc = head.dc.get(component.dc)?.as_deref()?;
        let ac = if head.is_progressive { None } else { Some(head.ac.get(component.ac)?.as_deref()?) };
        planes.push(Plane::new::<SIDE>(component, (dc, ac), units));
    }
    let mut bits = Bits { bytes: head.scan, buffer: 0, held: 0, n_missing: 0 };
    let mut n_units = 0;
    for row in 0..units.1 {
        if !is_wanted() {
            return None;
        }
        for column in 0..units.0 {
            if head.restart > 0 && n_units > 0 && n_units % head.restart == 0 {
                bits.restart(n_units / head.restart - 1)?;
                for plane in &mut planes {
                    plane.mean = 0;
                }
            }
            for plane in &mut planes {
                plane.unit::<SIDE>(&mut bits, (column, row))?;
            }
            n_units += 1;
        }
        if bits.n_missing > bits.held {
            return None;
        }
    }
    let scaled = |pixels: u32| (pixels * u32::try_from(SIDE).unwrap_or(1)).div_ceil(8);
    together(&planes, most, (scaled(size.0), scaled(size.1)))
}

/// How many units so many pixels are.
fn in_units(pixels: u32, factor: usize) -> Option<usize> {
    Some(usize::try_from(pixels).ok()?.div_ceil(8 * factor))
}

/// For the mean, and for the frequencies that follow if there are any.
type Tables<'a> = (&'a Table, Option<&'a Table>);

/// A component of the picture while it is decoded.
struct Plane<'a> {
    component: &'a Component,
    tables: Tables<'a>,
    /// Of the block before.
    mean: i32,
    /// Pixels in a row.
    stride: usize,
    pixels: Vec<u8>,
}

impl<'a> Plane<'a> {
    fn new<const SIDE: usize>(component: &'a Component, tables: Tables<'a>, units: (usize, usize)) -> Self {
        let (across, down) = component.factors;
        let stride = units.0 * across * SIDE;
        Self { component, tables, mean: 0, stride, pixels: vec![0; stride * units.1 * down * SIDE] }
    }

    /// Decodes and draws the blocks of a unit.
    #[inline]
    fn unit<const SIDE: usize>(&mut self, bits: &mut Bits<'_>, (column, row): (usize, usize)) -> Option<()> {
        let (across, down) = self.component.factors;
        for y in row * down..(row + 1) * down {
            for x in column * across..(column + 1) * across {
                let block = bits.block::<SIDE>(self.tables, &mut self.mean)?;
                self.draw::<SIDE>((y * self.stride + x) * SIDE, block)?;
            }
        }
        Some(())
    }

    #[inline]
    fn draw<const SIDE: usize>(&mut self, at: usize, block: [i32; 4]) -> Option<()> {
        let [mean, across, down, both] = std::array::from_fn(|at| block[at].wrapping_mul(self.component.steps[at]));
        let pixel = |waves: i32| byte((mean.wrapping_add(waves).wrapping_add(4) >> 3).wrapping_add(128));
        if SIDE == 1 {
            *self.pixels.get_mut(at)? = pixel(0);
        } else {
            let [upper, lower] = [across.wrapping_add(both), across.wrapping_sub(both)];
            let [left, right] = self.pixels.get_mut(at..)?.first_chunk_mut::<2>()?;
            (*left, *right) = (pixel(down.wrapping_add(upper)), pixel(down.wrapping_sub(upper)));
            let [left, right] = self.pixels.get_mut(at + self.stride..)?.first_chunk_mut::<2>()?;
            (*left, *right) = (pixel(lower.wrapping_sub(down)), pixel(down.wrapping_add(lower).wrapping_neg()));
        }
        Some(())
    }

    /// A row of the picture, and by how many bits a column of it is shifted to be one of the row.
    fn row(&self, y: usize, most: (usize, usize)) -> Option<(&[u8], u32)> {
        let (across, down) = self.component.factors;
        let row = self.pixels.chunks_exact(self.stride.max(1)).nth(y * down / most.1)?;
        Some((row, u32::from(across < most.0)))
    }
}

/// Puts the planes together, of which some have half of the columns or rows.
fn together(planes: &[Plane<'_>], most: (usize, usize), size: (u32, u32)) -> Option<DynamicImage> {
    let (width, height) = (usize::try_from(size.0).ok()?, usize::try_from(size.1).ok()?);
    let mut pixels = Vec::with_capacity(width * height * planes.len());
    match planes {
        [grey] => {
            for y in 0..height {
                pixels.extend_from_slice(grey.row(y, most)?.0.get(..width)?);
            }
            GrayImage::from_raw(size.0, size.1, pixels).map(DynamicImage::from)
        }
        [light, blue, red] => {
            for y in 0..height {
                let [light, blue, red] = [light.row(y, most)?, blue.row(y, most)?, red.row(y, most)?];
                let part = |(row, shift): (&[u8], u32), x: usize| row.get(x >> shift).copied().map_or(0, i32::from);
                pixels.extend((0..width).flat_map(|x| rgb(part(light, x), part(blue, x) - 128, part(red, x) - 128)));
            }
            RgbImage::from_raw(size.0, size.1, pixels).map(DynamicImage::from)
        }
        _ => None,
    }
}

/// JFIF 1.02, in 65536ths.
#[inline]
fn rgb(light: i32, blue: i32, red: i32) -> [u8; 3] {
    let light = (light << 16) + (1 << 15);
    [light + 91_881 * red, light - 22_554 * blue - 46_802 * red, light + 116_130 * blue].map(|part| byte(part >> 16))
}

#[inline]
fn byte(value: i32) -> u8 {
    u8::try_from(value.clamp(0, 255)).unwrap_or_default()
}

/// The scan, bit by bit.
struct Bits<'a> {
    /// What is not in the buffer.
    bytes: &'a [u8],
    /// The next bits, from the highest on. Below those held may stand some that follow.
    buffer: u64,
    /// So many of them are counted on.
    held: u32,
    /// So many bits of the buffer, or taken from it, were not in the file.
    n_missing: u32,
}

impl Bits<'_> {
    /// The lowest frequencies of the next block; of none but the mean if `SIDE` is 1.
    #[inline]
    fn block<const SIDE: usize>(&mut self, (dc, ac): Tables<'_>, mean: &mut i32) -> Option<[i32; 4]> {
        *mean = mean.wrapping_add(self.symbol(dc)?.1);
        let mut block = [*mean, 0, 0, 0];
        let Some(ac) = ac else { return Some(block) };
        let mut at = 1;
        while SIDE > 1 && at <= LOWEST[3] {
            let (on, number) = self.symbol(ac)?;
            at += on;
            if let Some(found) = LOWEST.iter().position(|lowest| lowest + 1 == at) {
                block[found] = number;
            }
        }
        while at < BLOCK {
            at += self.symbol(ac)?.0;
        }
        Some(block)
    }

    /// Takes a code and its number: on by so many frequencies, and the number (F.2.2.1).
    #[expect(clippy::inline_always, reason = "a quarter of the time of the larger size")]
    #[inline(always)]
    fn symbol(&mut self, table: &Table) -> Option<(usize, i32)> {
        if self.held < ENOUGH {
            self.fill();
        }
        let symbol = table.symbol(self.buffer)?;
        // At most 31, and at least 1.
        let n_bits = u32::from(symbol.n_bits);
        let number = i32::try_from(self.buffer >> (u64::BITS - n_bits)).unwrap_or_default() & ((1 << symbol.size) - 1);
        let is_negative = number < (1 << symbol.size >> 1);
        self.buffer <<= n_bits;
        self.held -= n_bits;
        Some((symbol.on.into(), if is_negative { number - (1 << symbol.size) + 1 } else { number }))
    }

    /// As many bytes as there is room for.
    #[inline]
    fn fill(&mut self) {
        match self.bytes.first_chunk() {
            Some(next) if !next.contains(&0xff) => {
                self.buffer |= u64::from_be_bytes(*next) >> self.held;
                let n_bytes = (63 - self.held) / 8;
                self.bytes = self.bytes.get(n_bytes as usize..).unwrap_or_default();
                self.held += n_bytes * 8;
            }
            _ => self.fill_by_bytes(),
        }
    }

    /// A zero after 0xff is none of the scan, and something else ends it. Then there are zeros without end.
    #[cold]
    fn fill_by_bytes(&mut self) {
        while self.held <= 56 {
            let byte;
            (byte, self.bytes) = match self.bytes {
                [0xff, 0, rest @ ..] => (0xff, rest),
                [0xff, ..] | [] => {
                    self.n_missing += 8;
                    (0, self.bytes)
                }
                [byte, rest @ ..] => (*byte, rest),
            };
            self.buffer |= u64::from(byte) << (56 - self.held);
            self.held += 8;
        }
    }

    /// Goes on behind a restart, which are numbered by their order.
    fn restart(&mut self, number: u32) -> Option<()> {
        if self.n_missing > self.held {
            return None;
        }
        let [0xff, marker, rest @ ..] = self.bytes else { return None };
        (self.bytes, self.buffer, self.held, self.n_missing) = (rest, 0, 0, 0);
        (u32::from(*marker) == 0xd0 + number % 8).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (u32, u32) = (397, 245);

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/tests/fixtures/pictures/{name}.jpg", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn common_files_are_decoded() {
        for name in ["444", "422", "420-restarts", "grey"] {
            let (eighth, quarter) =
                (decode::<1>(&fixture(name), SIZE, &|| true), decode::<2>(&fixture(name), SIZE, &|| true));
            assert_eq!(eighth.map(|image| (image.width(), image.height())), Some((50, 31)), "{name}");
            assert_eq!(quarter.map(|image| (image.width(), image.height())), Some((100, 62)), "{name}");
        }
    }

    #[test]
    fn of_a_progressive_file_only_the_means_are_read() {
        let bytes = fixture("progressive");
        let first = bytes.windows(2).position(|pair| pair == b"\xff\xda").unwrap();
        let tables_of_the_second = bytes[first..].windows(2).position(|pair| pair == b"\xff\xc4").unwrap();
        let end = first + tables_of_the_second;
        let means = decode::<1>(&bytes[..end], SIZE, &|| true);
        assert_eq!(means.as_ref().map(|image| (image.width(), image.height())), Some((50, 31)));
        assert_eq!(means, decode::<1>(&bytes, SIZE, &|| true));
        assert!(decode::<1>(&bytes[..end - 9], SIZE, &|| true).is_none(), "less than the means");
        assert!(decode::<2>(&bytes, SIZE, &|| true).is_none());
    }

    #[test]
    fn others_are_left_alone() {
        let bytes = fixture("420-restarts");
        let restart = bytes.windows(2).position(|pair| pair == b"\xff\xd1").unwrap();
        let mut out_of_order = bytes.clone();
        out_of_order[restart + 1] = 0xd2;
        let frame = bytes.windows(2).position(|pair| pair == b"\xff\xc0").unwrap();
        let mut arithmetic = bytes.clone();
        arithmetic[frame + 1] = 0xc9;
        for other in [&arithmetic, &bytes[..bytes.len() / 2], &out_of_order, b"\xff\xd8"] {
            assert!(decode::<1>(other, SIZE, &|| true).is_none());
        }
        assert!(decode::<1>(&bytes, (397, 246), &|| true).is_none(), "of another size than was checked");
        assert!(decode::<1>(&bytes, SIZE, &|| false).is_none());
    }
}
