//! Animations: the frames of a GIF, no more than anybody wants to see. [`motion`](super::drawing::motion) encodes
//! them for a terminal.

use std::borrow::Cow;
use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder as _, ImageDecoder as _, Limits, RgbImage};

use super::shrink::Channels;
use super::source::BudgetedSource;
use super::{Error, Viewport, Wanted, check, gif};
use crate::media::budget::{Budget, MOST_MEMORY};
use crate::reason::Reason;

/// Name of the format that has animations.
pub const FORMAT: &str = "GIF";

/// Maximum number of frames: a minute at the usual pause.
const MOST_FRAMES: u64 = 600;
/// Maximum number of pixels decoded in total, which take a second or two: a few bytes of a GIF can be a frame of
/// any size.
const MOST_PIXELS: u64 = 200_000_000;
/// Memory for each pixel in bytes: of the picture so far, of the frame, and of both combined.
const COST: u64 = 16;
/// Shorter pauses are taken for a mistake, as browsers do, because nobody could see such frames.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// The pause in place of one that is too short.
const USUAL_PAUSE: Duration = Duration::from_millis(100);

/// An animated picture.
pub struct Animation<'a> {
    /// Size in the file (width, height).
    pub size: (u32, u32),
    /// Frames, decoded when they are taken.
    pub frames: Box<dyn Iterator<Item = Frame> + 'a>,
}

/// One frame of an animation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The frame as [`decode`](super::decode) would decode it.
    pub pixels: RgbImage,
    /// How long it is shown.
    pub pause: Duration,
}

/// Reads a GIF as [`decode`](super::decode) does, but all of its frames, including the first. They end where the
/// file breaks, at the limits, and when the budget says so.
///
/// # Errors
///
/// [`Error::Still`] for other formats, and the errors of [`decode`](super::decode) for the beginning of the file.
pub fn animation<'a>(
    bytes: &'a [u8],
    most: (u32, u32),
    part: Viewport,
    budget: &'a dyn Fn() -> Budget,
) -> Result<Animation<'a>, Error> {
    if crate::media::sniff(bytes).is_none_or(|format| format.name != FORMAT) {
        return Err(Error::Still);
    }
    let unreadable = |error: image::ImageError| Error::Unreadable(Reason::other(error));
    let mut decoder =
        GifDecoder::new(BudgetedSource::new(with_screen(bytes), budget).buffered()).map_err(unreadable)?;
    let size = decoder.dimensions();
    check(size)?;
    let pixels = u64::from(size.0) * u64::from(size.1);
    if pixels * COST > MOST_MEMORY {
        return Err(Error::TooLarge { width: size.0, height: size.1 });
    }
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    decoder.set_limits(limits).map_err(unreadable)?;
    let wanted = Wanted { most, part, budget };
    let shown = move |frame: image::Frame| {
        let pause = Duration::from(frame.delay());
        let mut shrinker = wanted.shrinker(size, size, Orientation::NoTransforms);
        for row in frame.buffer().as_raw().chunks_exact(frame.buffer().sample_layout().height_stride.max(1)) {
            shrinker.row(row, Channels::Rgba);
        }
        Frame { pixels: shrinker.finish(), pause: if pause < SHORTEST_PAUSE { USUAL_PAUSE } else { pause } }
    };
    let frames = decoder.into_frames().take(most_frames(pixels));
    let frames = frames.take_while(move |_| budget() == Budget::Left).map_while(Result::ok).map(shown);
    Ok(Animation { size, frames: Box::new(frames) })
}

/// Returns how many frames of this many pixels are decoded.
fn most_frames(pixels: u64) -> usize {
    usize::try_from(MOST_FRAMES.min(MOST_PIXELS / pixels.max(1))).unwrap_or(usize::MAX)
}

/// Returns the file with the screen size that browsers use.
fn with_screen(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some((width, height)) = gif::screen_of(bytes) else { return bytes.into() };
    let mut bytes = bytes.to_vec();
    // After `GIF89a`.
    bytes.splice(6..10, [width.to_le_bytes(), height.to_le_bytes()].concat());
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_frames_are_fewer() {
        assert_eq!([4, 9_000_000, u64::MAX].map(most_frames), [600, 22, 0]);
    }
}
