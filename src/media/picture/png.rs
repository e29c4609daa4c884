//! PNG, row by row. Only an interlaced one is held whole.

use image::metadata::Orientation;
use png::{ColorType, Decoder, InterlaceInfo, Limits, Reader, Transformations};

use super::shrink::{Channels, Shrinker};
use super::source::BudgetedSource;
use super::{Decoded, Error, Wanted};
use crate::media::budget::MOST_MEMORY;
use crate::reason::Reason;

type PngReader<'a> = Reader<std::io::BufReader<BudgetedSource<'a>>>;

/// Decodes a file as far as it can be read.
pub(super) fn decode(bytes: &[u8], wanted: &Wanted<'_>) -> Result<Decoded, Error> {
    let unreadable = |error: png::DecodingError| Error::Unreadable(Reason::other(error));
    let source = BudgetedSource::new(bytes, wanted.budget).buffered();
    let limits = Limits { bytes: usize::try_from(MOST_MEMORY).unwrap_or(usize::MAX) };
    let mut decoder = Decoder::new_with_limits(source, limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(unreadable)?;
    super::check((info.width, info.height))?;
    let mut reader = decoder.read_info().map_err(unreadable)?;
    let info = reader.info();
    let (size, is_interlaced) = ((info.width, info.height), info.interlaced);
    // EXIF data that cannot be read is ignored.
    let exif = info.exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);
    let orientation = exif.unwrap_or(Orientation::NoTransforms);
    let channels = match reader.output_color_type().0 {
        ColorType::Grayscale | ColorType::Indexed => Channels::Grey,
        ColorType::GrayscaleAlpha => Channels::GreyAlpha,
        ColorType::Rgb => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
    };
    let mut shrinker = wanted.shrinker(size, size, orientation);
    let broken = if is_interlaced {
        interlaced(&mut reader, size, channels, &mut shrinker)?
    } else {
        rows(&mut reader, channels, &mut shrinker)
    };
    match broken {
        Some(error) if shrinker.n_rows() == 0 => Err(unreadable(error)),
        broken => Ok(Decoded { pixels: shrinker.finish(), size, orientation, is_whole: broken.is_none() }),
    }
}

/// Takes the rows; returns the error that ended them early, if any.
fn rows(reader: &mut PngReader<'_>, channels: Channels, shrinker: &mut Shrinker) -> Option<png::DecodingError> {
    while shrinker.n_rows() < reader.info().height {
        match reader.next_row() {
            Ok(Some(row)) => shrinker.row(row.data(), channels),
            Ok(None) => return None,
            Err(error) => return Some(error),
        }
    }
    None
}

/// Takes rows that come in seven passes, each with more of the picture. Missing pixels repeat their neighbours.
fn interlaced(
    reader: &mut PngReader<'_>,
    (width, height): (u32, u32),
    channels: Channels,
    shrinker: &mut Shrinker,
) -> Result<Option<png::DecodingError>, Error> {
    let bytes = channels.bytes() as u64 * u64::from(width) * u64::from(height);
    if bytes > MOST_MEMORY {
        return Err(Error::TooLarge { width, height });
    }
    let length = usize::try_from(width).unwrap_or(usize::MAX).saturating_mul(channels.bytes());
    let mut pixels = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
    let bits = u8::try_from(8 * channels.bytes()).unwrap_or(u8::MAX);
    let mut n_taken = 0_usize;
    let broken = loop {
        match reader.next_interlaced_row() {
            Ok(Some(row)) => {
                let InterlaceInfo::Adam7(at) = *row.interlace() else { break None };
                png::splat_interlaced_row(&mut pixels, length, row.data(), &at, bits);
                n_taken += 1;
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    // A row of the first pass fills eight rows.
    let n_rows = usize::try_from(height).unwrap_or(usize::MAX).min(8 * n_taken);
    for row in pixels.chunks_exact(length.max(1)).take(n_rows) {
        shrinker.row(row, channels);
    }
    Ok(broken)
}
