//! Pictures: bytes → pixels, no more than are shown. [`drawing`] encodes them for a terminal. Opens no file.
//!
//! Strangers made the files: the size is checked before anything is decoded, and a file that cannot be decoded gets
//! a reason in words.

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

use super::Error;
use super::budget::Budget;
use crate::reason::files;
use shrink::Shrinker;

pub mod animation;
pub mod drawing;
mod gif;
mod jpeg;
pub mod kitty;
mod png;
mod shrink;
mod source;
mod webp;

/// Maximum number of pixels of a picture: as many as the cameras of phones make.
const MOST_PIXELS: u64 = 50_000_000;

/// The part of a picture that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewport {
    /// Number of times that the size is doubled; 0 shows the whole picture. At most [`MOST_ZOOM`].
    pub zoom: u8,
    /// Centre, in 1024ths of the picture's width and height. Nothing is shown beyond the edges.
    pub centre: (u16, u16),
}

impl Viewport {
    /// The whole picture.
    pub const WHOLE: Self = Self { zoom: 0, centre: (512, 512) };

    /// Scales a size by the zoom.
    fn zoomed(self, (width, height): (u32, u32)) -> (u32, u32) {
        let times = 1 << self.zoom.min(MOST_ZOOM);
        (width.saturating_mul(times), height.saturating_mul(times))
    }

    /// Returns the same part in the orientation in which the picture is stored.
    fn stored(self, orientation: Orientation) -> Self {
        let (x, y) = self.centre;
        let (left, up) = (1024_u16.saturating_sub(x), 1024_u16.saturating_sub(y));
        let centre = match orientation {
            Orientation::NoTransforms => (x, y),
            Orientation::FlipHorizontal => (left, y),
            Orientation::Rotate180 => (left, up),
            Orientation::FlipVertical => (x, up),
            Orientation::Rotate90FlipH => (y, x),
            Orientation::Rotate90 => (y, left),
            Orientation::Rotate270FlipH => (up, left),
            Orientation::Rotate270 => (up, x),
        };
        Self { centre, ..self }
    }
}

/// Maximum zoom, 32 times: a pixel of a phone's picture is then larger than a cell.
pub const MOST_ZOOM: u8 = 5;

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Name of its format: `JPEG`.
    pub format: &'static str,
    /// Width in the file, the right way up.
    pub width: u32,
    /// Height in the file, the right way up.
    pub height: u32,
    /// The requested part in the requested size, the right way up, on white where it is transparent or missing.
    pub pixels: RgbImage,
    /// Whether the picture is complete; the rest of a broken file is missing.
    pub is_whole: bool,
}

/// The result of a decoder.
struct Decoded {
    /// The part that is shown, as it is stored.
    pixels: RgbImage,
    /// Size in the file (width, height), as it is stored.
    size: (u32, u32),
    orientation: Orientation,
    is_whole: bool,
}

/// What a decoder is asked for.
struct Wanted<'a> {
    most: (u32, u32),
    part: Viewport,
    budget: &'a dyn Fn() -> Budget,
}

impl Wanted<'_> {
    /// Returns a shrinker for a picture that is decoded to `pixels` (width, height) and has `size` in its file.
    fn shrinker(&self, pixels: (u32, u32), size: (u32, u32), orientation: Orientation) -> Shrinker {
        Shrinker::new(pixels, size, turned(self.most, orientation), self.part.stored(orientation))
    }
}

/// Decodes a file, identified by its first bytes, and scales it down until it fits into `most` pixels (width,
/// height). Only the part's zoom scales it up. A JPEG may be up to an eighth smaller, if that is much faster. Of an
/// animation the first frame is decoded. `budget` is asked every 4 KB.
///
/// # Errors
///
/// See [`Error`]; [`Error::Cancelled`] and [`Error::Spent`] soon after the budget says so.
pub fn decode(bytes: &[u8], most: (u32, u32), part: Viewport, budget: &dyn Fn() -> Budget) -> Result<Picture, Error> {
    let format = super::sniff(bytes).ok_or(Error::Unknown)?;
    let wanted = Wanted { most, part, budget };
    let decoded = match format.name {
        "JPEG" => jpeg::decode(bytes, &wanted),
        "PNG" => png::decode(bytes, &wanted),
        "GIF" => gif::decode(bytes, &wanted),
        "WebP" => webp::decode(bytes, &wanted),
        other => return Err(Error::NoDecoder(other.to_owned())),
    };
    let Decoded { pixels, size, orientation, is_whole } = match (decoded, budget()) {
        (_, Budget::Cancelled) => return Err(Error::Cancelled),
        (Err(_), Budget::Spent) => return Err(Error::Spent),
        (decoded, Budget::Left | Budget::Spent) => decoded?,
    };
    let mut image = DynamicImage::from(pixels);
    image.apply_orientation(orientation);
    let (width, height) = turned(size, orientation);
    Ok(Picture { format: format.name, width, height, pixels: image.into_rgb8(), is_whole })
}

/// Returns the largest size of the same shape that fits into `most` and is not larger than the original; at least
/// one pixel.
pub fn fit((width, height): (u32, u32), most: (u32, u32)) -> (u32, u32) {
    let [wide, high, most_wide, most_high] = [width.max(1), height.max(1), most.0.max(1), most.1.max(1)].map(u64::from);
    let narrow = |side: u64| u32::try_from(side.max(1)).unwrap_or(u32::MAX);
    if wide <= most_wide && high <= most_high {
        (narrow(wide), narrow(high))
    } else if wide * most_high > high * most_wide {
        (narrow(most_wide), narrow((high * most_wide + wide / 2) / wide))
    } else {
        (narrow((wide * most_high + high / 2) / high), narrow(most_high))
    }
}

/// Refuses a picture without pixels, or with more than [`MOST_PIXELS`].
fn check((width, height): (u32, u32)) -> Result<(), Error> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Error::Unreadable(files::NO_PIXELS.into())),
        1..=MOST_PIXELS => Ok(()),
        _ => Err(Error::TooLarge { width, height }),
    }
}

/// Returns width and height after turning a picture as its orientation says.
fn turned((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    // Orientations from 5 on lie on their side (EXIF 2.32, tag 0x0112).
    if orientation.to_exif() >= 5 { (height, width) } else { (width, height) }
}

/// Wraps a sequence so that tmux passes it to the terminal that it runs in.
fn tmux(sequence: &str, is_in_tmux: bool) -> String {
    if is_in_tmux {
        format!("\u{1b}Ptmux;{}\u{1b}\\", sequence.replace('\u{1b}', "\u{1b}\u{1b}"))
    } else {
        sequence.to_owned()
    }
}
