//! Animations: the frames of a GIF, no more of them than anybody wants to see. What a terminal moves them with is in
//! [`motion`](super::drawing::motion).

use std::time::Duration;

use image::codecs::gif::GifDecoder;
use image::{AnimationDecoder as _, DynamicImage, ImageDecoder as _, RgbImage};

use super::{Error, Part, check, limits, on_white, part_of, source};

/// What people call the format that has animations.
pub const FORMAT: &str = "GIF";

/// No more frames are shown: a minute at the usual pause.
const MOST_FRAMES: u64 = 600;
/// No more pixels are decoded in all, which takes a second or two: a few bytes of a GIF can be a frame of any size.
const MOST_PIXELS: u64 = 200_000_000;
/// Shorter pauses are taken for a mistake, as browsers do: nobody could see such frames.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
/// What is taken instead.
const USUAL_PAUSE: Duration = Duration::from_millis(100);

/// A picture in motion.
pub struct Animation<'a> {
    /// Pixels of the file (width, height).
    pub size: (u32, u32),
    /// Its frames, decoded as they are taken.
    pub frames: Box<dyn Iterator<Item = Frame> + 'a>,
}

/// One frame of an animation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What [`decode`](super::decode) would make of it.
    pub pixels: RgbImage,
    /// For how long it is seen.
    pub pause: Duration,
}

/// Reads a GIF as [`decode`](super::decode) does, but all of its frames, the first included. They end where the file breaks,
/// at the limits, and when they are no longer wanted.
///
/// # Errors
///
/// [`Error::Still`] for other formats, and those of [`decode`](super::decode) for the beginning of the file.
pub fn animation<'a>(
    bytes: &'a [u8],
    most: (u32, u32),
    part: Part,
    is_wanted: &'a dyn Fn() -> bool,
) -> Result<Animation<'a>, Error> {
    if crate::media::sniff(bytes).is_none_or(|format| format.name != FORMAT) {
        return Err(Error::Still);
    }
    let unreadable = |error: image::ImageError| Error::Unreadable(error.to_string());
    let mut decoder = GifDecoder::new(source(bytes, is_wanted)).map_err(unreadable)?;
    decoder.set_limits(limits()).map_err(unreadable)?;
    let size = decoder.dimensions();
    check(size)?;
    let pixels = u64::from(size.0) * u64::from(size.1);
    let n_frames = usize::try_from(MOST_FRAMES.min(MOST_PIXELS / pixels.max(1))).unwrap_or(usize::MAX);
    let shown = move |frame: image::Frame| {
        let pause = Duration::from(frame.delay());
        let pixels = on_white(&part_of(DynamicImage::from(frame.into_buffer()), size, most, part));
        Frame { pixels, pause: if pause < SHORTEST_PAUSE { USUAL_PAUSE } else { pause } }
    };
    let frames = decoder.into_frames().take(n_frames).take_while(|_| is_wanted()).map_while(Result::ok).map(shown);
    Ok(Animation { size, frames: Box::new(frames) })
}
