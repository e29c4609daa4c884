//! The first frame of a GIF.

use std::io;

use gif::{ColorOutput, DecodeOptions, Decoder, MemoryLimit};
use image::metadata::Orientation;

use super::shrink::Channels;
use super::source::BudgetedSource;
use super::{Decoded, Error, Wanted};
use crate::media::budget::MOST_MEMORY;
use crate::reason::{Reason, files};

/// The passes of an interlaced frame: first row and step (`GIF89a`, appendix E).
const PASSES: [(usize, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];

/// Decodes the first frame as far as it can be read.
pub(super) fn decode(bytes: &[u8], wanted: &Wanted<'_>) -> Result<Decoded, Error> {
    let unreadable = |error: gif::DecodingError| Error::Unreadable(Reason::other(error));
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(std::num::NonZeroU64::new(MOST_MEMORY).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let source = BudgetedSource::new(bytes, wanted.budget).buffered();
    let mut decoder = options.read_info(source).map_err(unreadable)?;
    let nothing = || Error::Unreadable(files::NO_PIXELS.into());
    let frame = decoder.next_frame_info().map_err(unreadable)?.ok_or_else(nothing)?.clone();
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    if width == 0 || height == 0 {
        return Err(nothing());
    }
    let screen = (decoder.width(), decoder.height());
    let (size, at) = if fits(screen, &frame) {
        (screen, (usize::from(frame.left), usize::from(frame.top)))
    } else {
        ((frame.width, frame.height), (0, 0))
    };
    let size = (u32::from(size.0), u32::from(size.1));
    super::check(size)?;
    super::check((frame.width.into(), frame.height.into()))?;
    let palette = decoder.palette().map_err(unreadable)?.to_vec();
    let mut indices = vec![0; width * height];
    let n_rows = rows(&mut decoder, &mut indices, width, frame.interlaced);
    if n_rows == 0 {
        return Err(Error::Unreadable(files::REST_MISSING.into()));
    }
    let mut shrinker = wanted.shrinker(size, size, Orientation::NoTransforms);
    let mut row = vec![[0; 4]; usize::try_from(size.0).unwrap_or_default()];
    for y in 0..usize::try_from(size.1).unwrap_or_default() {
        row.fill([0; 4]);
        let indices = y.checked_sub(at.1).and_then(|y| indices.get(y * width..(y + 1) * width)).unwrap_or_default();
        for (pixel, index) in row.iter_mut().skip(at.0).zip(indices) {
            let colour = palette.as_chunks::<3>().0.get(usize::from(*index));
            if let Some([red, green, blue]) = colour.filter(|_| frame.transparent != Some(*index)) {
                *pixel = [*red, *green, *blue, u8::MAX];
            }
        }
        shrinker.row(row.as_flattened(), Channels::Rgba);
    }
    let pixels = shrinker.finish();
    Ok(Decoded { pixels, size, orientation: Orientation::NoTransforms, is_whole: n_rows == height })
}

/// Whether a frame lies on the screen that the file claims. If not, browsers use the size of the first frame.
fn fits((width, height): (u16, u16), frame: &gif::Frame<'_>) -> bool {
    frame.width <= width && frame.height <= height
}

/// Returns the screen size (width, height) that browsers use if it is not the one that the file claims.
pub(super) fn screen_of(bytes: &[u8]) -> Option<(u16, u16)> {
    let mut decoder = DecodeOptions::new().read_info(bytes).ok()?;
    let screen = (decoder.width(), decoder.height());
    let frame = decoder.next_frame_info().ok()??;
    (!fits(screen, frame)).then_some((frame.width, frame.height))
}

/// Reads the rows of a frame and puts each in its place; returns how many arrived. A missing row of an interlaced
/// frame repeats the row above it; the missing rows of other frames are cut off.
fn rows<R: io::Read>(decoder: &mut Decoder<R>, indices: &mut Vec<u8>, width: usize, is_interlaced: bool) -> usize {
    let height = indices.len() / width;
    let order: Vec<usize> = if is_interlaced {
        PASSES.iter().flat_map(|&(first, step)| (first..height).step_by(step)).collect()
    } else {
        (0..height).collect()
    };
    let mut came = vec![false; height];
    for &y in &order {
        let Some(row) = indices.get_mut(y * width..(y + 1) * width) else { break };
        if !decoder.fill_buffer(row).unwrap_or(false) {
            break;
        }
        if let Some(came) = came.get_mut(y) {
            *came = true;
        }
    }
    let n_came = came.iter().filter(|came| **came).count();
    if is_interlaced {
        for y in 1..height {
            if !came.get(y).copied().unwrap_or_default() {
                indices.copy_within((y - 1) * width..y * width, y * width);
            }
        }
    } else {
        indices.truncate(n_came * width);
    }
    n_came
}
