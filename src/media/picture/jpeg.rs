//! JPEG, decoded at an eighth, a quarter or half of its size if that is enough, or if more would take too much
//! memory.

use image::metadata::Orientation;
use jpeg_decoder::{Decoder, PixelFormat};

use super::shrink::{Bitmap, Channels};
use super::source::BudgetedSource;
use super::{Decoded, Error, Wanted, fit};
use crate::media::budget::{Budget, MOST_MEMORY};
use crate::reason::{Reason, files};

/// Markers: start of scan, end of image.
const SCAN: u8 = 0xda;
const END: [u8; 2] = [0xff, 0xd9];
/// Numbers of bytes to go back from where a decoder failed: it reads on for a few bytes, or for a few blocks that
/// happen to make sense.
const BACK_OFFS: [usize; 5] = [0, 8, 64, 512, 4096];
/// Made-up bytes for the missing rest of a file. Pixels that change with them depend on that rest.
const FILLERS: [[u8; 8]; 8] = [[0xaa; 8], [0x55; 8], [0x33; 8], [0x0f; 8], [0x99; 8], [0x66; 8], [0xcc; 8], [0xf0; 8]];

/// Decodes to at least as many pixels as are shown, if the file has as many.
pub(super) fn decode(bytes: &[u8], wanted: &Wanted<'_>) -> Result<Decoded, Error> {
    let unreadable = |error: jpeg_decoder::Error| Error::Unreadable(Reason::other(error));
    let source = BudgetedSource::new(bytes, wanted.budget);
    let furthest = source.furthest();
    let mut decoder = Decoder::new(source);
    decoder.read_info().map_err(unreadable)?;
    let header = Header::read(bytes).ok_or_else(|| Error::Unreadable(files::NO_HEADER.into()))?;
    super::check(header.size)?;
    let exif = decoder.exif_data().and_then(Orientation::from_exif_chunk);
    let orientation = exif.unwrap_or(Orientation::NoTransforms);
    let most = if wanted.part.zoom == 0 { nearly(wanted.most) } else { wanted.part.zoomed(wanted.most) };
    let least = header.affordable(fit(header.size, super::turned(most, orientation)))?;
    let (bitmap, came) = match all(&mut decoder, least) {
        Ok(bitmap) => (bitmap, Came::All),
        Err(error) if (wanted.budget)() != Budget::Left => return Err(unreadable(error)),
        Err(error) => {
            let decode = |bytes: &[u8]| {
                let mut decoder = Decoder::new(BudgetedSource::new(bytes, wanted.budget));
                all(&mut decoder, least).ok()
            };
            let came = came_of(bytes, furthest.get(), header.is_progressive, &decode);
            came.ok_or_else(|| unreadable(error))?
        }
    };
    let mut shrinker = wanted.shrinker(bitmap.size, header.size, orientation);
    let n_rows = if let Came::Rows(n_rows) = came { n_rows } else { usize::MAX };
    for row in bitmap.rows().take(n_rows) {
        shrinker.row(row, bitmap.channels);
    }
    Ok(Decoded { pixels: shrinker.finish(), size: header.size, orientation, is_whole: came == Came::All })
}

/// How much of a file arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    All,
    /// All of it, but less sharp than it was meant to be.
    Coarse,
    Rows(usize),
}

/// Returns a size that is almost as good. A JPEG is decoded at an eighth, a quarter, half or all of its size, and
/// each step costs four times as much as the one before.
fn nearly((width, height): (u32, u32)) -> (u32, u32) {
    (width - width / 8, height - height / 8)
}

/// Returns what can be shown of a broken file that the decoder read up to `end`. The rest is made up in several
/// ways: rows that differ between them did not arrive. `decode` decodes a file.
fn came_of(
    bytes: &[u8],
    end: usize,
    is_progressive: bool,
    decode: &dyn Fn(&[u8]) -> Option<Bitmap>,
) -> Option<(Bitmap, Came)> {
    BACK_OFFS.iter().find_map(|back| {
        let came = bytes.get(..end.min(bytes.len()).checked_sub(*back)?)?;
        // With the byte that follows, it would become a marker.
        let came = came.strip_suffix(&[0xff]).unwrap_or(came);
        let scans = scans(came);
        // There are no pixels before the first scan.
        scans.first()?;
        let bitmap = decode(&[came, &END].concat())?;
        let rows: Vec<u64> = bitmap.digests().collect();
        let alike = |other: Bitmap| other.n_alike(&rows);
        // One filler may happen to decode as another does.
        let mut others =
            FILLERS.iter().filter_map(|filler| decode(&[came, filler, &END].concat())).map(alike).peekable();
        others.peek()?;
        let n_rows = others.find(|n_rows| *n_rows < rows.len()).unwrap_or(rows.len());
        match *scans.as_slice() {
            // Only the end marker is missing.
            _ if n_rows == rows.len() && *back == 0 && !is_progressive => Some((bitmap, Came::All)),
            [_, _, ..] if n_rows == rows.len() && is_progressive => Some((bitmap, Came::Coarse)),
            // The scans before the broken one are a complete picture.
            [_, .., last] if is_progressive => {
                drop(bitmap);
                Some((decode(&[came.get(..last)?, &END].concat())?, Came::Coarse))
            }
            _ => (n_rows > 0).then_some((bitmap, Came::Rows(n_rows))),
        }
    })
}

/// Returns the offsets of the scans whose headers arrived.
fn scans(bytes: &[u8]) -> Vec<usize> {
    let length = |at: usize| Some(usize::from(u16::from_be_bytes(bytes.get(at + 2..at + 4)?.try_into().ok()?)));
    let is_there = |at: &usize| length(*at).is_some_and(|length| at + 2 + length < bytes.len());
    segments(bytes).filter(|(marker, _)| *marker == SCAN).map(|(_, at)| at).filter(is_there).collect()
}

/// Returns the segments of a file: marker and offset of each.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    let mut at = 2;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..)?;
            let [0xff, marker] = *rest.first_chunk()? else {
                at += 1;
                continue;
            };
            match marker {
                // Fill bytes, bytes of a scan, restart markers.
                0xff => at += 1,
                0 | 1 | 0xd0..=0xd8 => at += 2,
                0xd9 => return None,
                _ => {
                    let length = rest.get(2..4).and_then(|length| Some(u16::from_be_bytes(length.try_into().ok()?)))?;
                    let begin = at;
                    at += 2 + usize::from(length);
                    return Some((marker, begin));
                }
            }
        }
    })
}

/// The header of a file.
struct Header {
    size: (u32, u32),
    is_progressive: bool,
    is_lossless: bool,
    n_channels: u64,
    /// Number of samples of all channels for each 16 pixels.
    samples: u64,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        // Starts of frames; the markers left out are tables.
        let is_frame = |marker: u8| matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        let (marker, at) = segments(bytes).find(|(marker, _)| is_frame(*marker))?;
        let &[_, height_high, height_low, width_high, width_low, n_channels] = bytes.get(at + 4..)?.first_chunk()?;
        let size = (u16::from_be_bytes([width_high, width_low]), u16::from_be_bytes([height_high, height_low]));
        let channels = bytes.get(at + 10..)?.as_chunks::<3>().0.iter().take(usize::from(n_channels));
        let sides: Vec<(u64, u64)> =
            channels.map(|&[_, both, _]| (both >> 4, both & 15)).map(|(x, y)| (x.into(), y.into())).collect();
        let most = |side: fn(&(u64, u64)) -> u64| sides.iter().map(side).max().unwrap_or_default().max(1);
        let samples: u64 = sides.iter().map(|(x, y)| x * y).sum();
        Some(Self {
            size: (size.0.into(), size.1.into()),
            is_progressive: marker & 3 == 2,
            is_lossless: marker & 3 == 3,
            n_channels: n_channels.into(),
            samples: (16 * samples).div_ceil(most(|side| side.0) * most(|side| side.1)),
        })
    }

    /// Returns a size that can be decoded within the budget: `least`, or less if that takes too much.
    fn affordable(&self, least: (u32, u32)) -> Result<(u32, u32), Error> {
        let area = u64::from(self.size.0) * u64::from(self.size.1);
        // Two bytes each.
        let coefficients = if self.is_progressive { area * self.samples / 8 } else { 0 };
        let sizes = [1, 2, 4, 8].map(|divisor| (self.size.0.div_ceil(divisor), self.size.1.div_ceil(divisor)));
        // The decoder takes the smallest size that is large enough on at least one side.
        let begin = sizes.iter().rposition(|size| size.0 >= least.0 || size.1 >= least.1).unwrap_or_default();
        let is_cheap = |size: &&(u32, u32)| {
            let pixels = u64::from(size.0) * u64::from(size.1);
            let bytes = pixels * self.n_channels + pixels * self.samples / 16;
            (if self.is_lossless { 3 * bytes } else { bytes }) + coefficients <= MOST_MEMORY
        };
        let size = sizes.iter().skip(begin).find(is_cheap).copied();
        size.ok_or(Error::TooLarge { width: self.size.0, height: self.size.1 })
    }
}

/// Decodes all pixels of a file, in a size of at least `least` if it has one.
fn all(decoder: &mut Decoder<BudgetedSource<'_>>, least: (u32, u32)) -> Result<Bitmap, jpeg_decoder::Error> {
    let narrow = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    let (width, height) = decoder.scale(narrow(least.0), narrow(least.1))?;
    let bytes = decoder.decode()?;
    let (channels, bytes) = match decoder.info().map(|info| info.pixel_format) {
        Some(PixelFormat::L16) => {
            // Sixteen bits in native order; the upper eight are shown.
            let samples = bytes.as_chunks().0.iter();
            (Channels::Grey, samples.map(|sample| u16::from_ne_bytes(*sample).to_be_bytes()[0]).collect())
        }
        Some(PixelFormat::RGB24) => (Channels::Rgb, bytes),
        Some(PixelFormat::CMYK32) => (Channels::Cmyk, bytes),
        Some(PixelFormat::L8) | None => (Channels::Grey, bytes),
    };
    Ok(Bitmap { size: (width.into(), height.into()), channels, bytes })
}
