//! WebP. Of an animation the first frame is decoded.

use image::metadata::Orientation;
use image_webp::{DecodingError, WebPDecoder};

use super::shrink::{Bitmap, Channels, GROUND};
use super::source::BudgetedSource;
use super::{Decoded, Error, Wanted};
use crate::media::budget::{Budget, MOST_MEMORY};
use crate::reason::Reason;

/// Maximum number of bytes that are made up for a file whose end is missing.
const MOST_MISSING: usize = 16 << 20;
/// Made-up bytes for the missing rest of a file. Pixels that change with them depend on that rest.
const FILLERS: [u8; 10] = [0, 0xff, 0x55, 0xaa, 0x11, 0x22, 0x33, 0x66, 0x99, 0xcc];

/// Decodes a file as far as it can be read.
pub(super) fn decode(bytes: &[u8], wanted: &Wanted<'_>) -> Result<Decoded, Error> {
    let source = BudgetedSource::new(bytes, wanted.budget);
    let furthest = source.furthest();
    let (bitmap, orientation, n_rows) = match all(source) {
        Ok((bitmap, orientation)) => (bitmap, orientation, usize::MAX),
        Err(error) if (wanted.budget)() != Budget::Left => return Err(error),
        Err(error) => came_of(bytes, furthest.get(), wanted.budget).ok_or(error)?,
    };
    let size = bitmap.size;
    let mut shrinker = wanted.shrinker(size, size, orientation);
    for row in bitmap.rows().take(n_rows) {
        shrinker.row(row, bitmap.channels);
    }
    Ok(Decoded { pixels: shrinker.finish(), size, orientation, is_whole: n_rows == usize::MAX })
}

/// Returns what can be shown of a broken file that the decoder read up to `end`, and the number of rows that arrived.
/// The rest is made up in several ways: rows that differ between them did not arrive.
fn came_of(bytes: &[u8], end: usize, budget: &dyn Fn() -> Budget) -> Option<(Bitmap, Orientation, usize)> {
    let claimed = bytes.get(4..8).and_then(|size| Some(u32::from_le_bytes(size.try_into().ok()?)))?;
    let claimed = usize::try_from(claimed).unwrap_or(usize::MAX).saturating_add(8);
    let came = bytes.get(..end.min(bytes.len()))?;
    let length = claimed.clamp(came.len(), came.len() + MOST_MISSING);
    let mut made_up = FILLERS.iter().filter_map(|filler| {
        let mut file = came.to_vec();
        file.resize(length, *filler);
        all(BudgetedSource::new(file, budget)).ok()
    });
    // One bitmap is in memory at a time.
    let rows: Vec<u64> = made_up.next()?.0.digests().collect();
    let mut others = made_up.map(|(other, orientation)| {
        let n_rows = other.n_alike(&rows);
        (other, orientation, n_rows)
    });
    others.find(|(.., n_rows)| *n_rows < rows.len()).filter(|(.., n_rows)| *n_rows > 0)
}

/// Decodes all pixels of a file.
fn all(source: BudgetedSource<'_>) -> Result<(Bitmap, Orientation), Error> {
    let unreadable = |error: DecodingError| Error::Unreadable(Reason::other(error));
    let mut decoder = WebPDecoder::new(source.buffered()).map_err(unreadable)?;
    let most = usize::try_from(MOST_MEMORY).unwrap_or(usize::MAX);
    decoder.set_memory_limit(most);
    let size = decoder.dimensions();
    super::check(size)?;
    let pixels = u64::from(size.0) * u64::from(size.1);
    // In tenths of a byte for each pixel, as the library allocates.
    let cost = match (decoder.is_animated(), decoder.is_lossy(), decoder.has_alpha()) {
        (true, true, _) => 185,
        (true, false, _) => 130,
        (false, true, true) => 105,
        (false, true, false) => 45,
        (false, false, true) => 50,
        (false, false, false) => 80,
    };
    if pixels * cost / 10 > MOST_MEMORY {
        return Err(Error::TooLarge { width: size.0, height: size.1 });
    }
    if decoder.is_animated() {
        let [red, green, blue] = GROUND;
        decoder.set_background_color([red, green, blue, u8::MAX]).map_err(unreadable)?;
    }
    // EXIF data that cannot be read is ignored.
    let exif = decoder.exif_metadata().ok().flatten();
    let orientation = exif.and_then(|exif| Orientation::from_exif_chunk(&exif)).unwrap_or(Orientation::NoTransforms);
    let channels = if decoder.has_alpha() { Channels::Rgba } else { Channels::Rgb };
    let mut bytes = vec![0; decoder.output_buffer_size().unwrap_or_default()];
    decoder.read_image(&mut bytes).map_err(unreadable)?;
    Ok((Bitmap { size, channels, bytes }, orientation))
}
