//! Pictures: bytes → pixels, no more of them than are shown; what a terminal shows them with is in [`drawing`]. It opens
//! no file.
//!
//! Strangers made them: the size is looked at before anything is decoded, and what cannot be decoded has a reason in
//! words.

use std::fmt;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView as _, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use crate::reason::{Reason, files};

pub mod animation;
pub mod drawing;
mod jpeg;
pub mod kitty;

/// No side may be longer, in pixels.
const LONGEST_SIDE: u32 = 16_384;
/// No picture may have more pixels: what the cameras of telephones make.
const MOST_PIXELS: u64 = 50_000_000;
/// No decoder may take more memory, in bytes: the most pixels with four channels, and some for the decoder itself.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
/// Whether the picture is still wanted is asked after each this many bytes.
const STRIDE: usize = 32 * 1024;

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The first bytes are of no format that we know.
    Unknown,
    /// A format without a decoder.
    NoDecoder(String),
    /// It was not decoded, because that could take all memory.
    TooLarge {
        /// As the file claims.
        width: u32,
        /// As the file claims.
        height: u32,
    },
    /// The file says what it is, and breaks.
    Unreadable(String),
    /// It has no second frame, or the terminal shows none.
    Still,
    /// The terminal's form of it could not be made.
    Encode(String),
    /// Whoever asked no longer wants it.
    Cancelled,
}

impl Error {
    /// Why, for people.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Unknown => files::UNKNOWN_FORMAT.into(),
            Self::NoDecoder(format) => files::NO_DECODER.with(format),
            Self::TooLarge { width, height } => files::PICTURE_TOO_LARGE.with(*width).with(*height),
            Self::Unreadable(words) => files::FILE_UNREADABLE.with(words),
            Self::Still => files::PICTURE_STILL.into(),
            Self::Encode(words) => files::PICTURE_NOT_ENCODED.with(words),
            Self::Cancelled => files::DECODING_CANCELLED.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

/// Which part of a picture is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How often its size is doubled; 0 is all of it. At most [`MOST_ZOOM`].
    pub zoom: u8,
    /// Its middle, in 1024ths of the picture's width and height. Beyond the edges nothing is shown.
    pub centre: (u16, u16),
}

impl Part {
    /// All of it.
    pub const WHOLE: Self = Self { zoom: 0, centre: (512, 512) };

    /// A size as large as the zoom makes it.
    fn zoomed(self, (width, height): (u32, u32)) -> (u32, u32) {
        let times = 1 << self.zoom.min(MOST_ZOOM);
        (width.saturating_mul(times), height.saturating_mul(times))
    }
}

/// 32 times: a pixel of a telephone's picture is larger than a cell then.
pub const MOST_ZOOM: u8 = 5;

/// A decoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// As people call its format: `JPEG`.
    pub format: &'static str,
    /// Of the file, the right way up.
    pub width: u32,
    /// Of the file, the right way up.
    pub height: u32,
    /// The part that was asked for in the size that was asked for, the right way up, on white where it is transparent.
    pub pixels: RgbImage,
}

/// Decodes a file, told by its first bytes, and scales it down until it fits into `most` pixels (width, height), never
/// up but by the part's zoom. A JPEG may be up to an eighth smaller, if that is much faster. Of an animation it is the first frame. `is_wanted` is asked every 32 KB.
///
/// # Errors
///
/// See [`Error`]; [`Error::Cancelled`] soon after it is no longer wanted.
pub fn decode(bytes: &[u8], most: (u32, u32), part: Part, is_wanted: &dyn Fn() -> bool) -> Result<Picture, Error> {
    let format = super::sniff(bytes).ok_or(Error::Unknown)?;
    let raster = |format| raster(source(bytes, is_wanted), format);
    let decoded = match format.name {
        "JPEG" if part.zoom == 0 => jpeg::decode(bytes, nearly(most), is_wanted),
        "JPEG" => jpeg::decode(bytes, part.zoomed(most), is_wanted),
        "PNG" => raster(ImageFormat::Png),
        "GIF" => raster(ImageFormat::Gif),
        "WebP" => raster(ImageFormat::WebP),
        other => return Err(Error::NoDecoder(other.to_owned())),
    };
    if !is_wanted() {
        return Err(Error::Cancelled);
    }
    let Raw { mut image, size, orientation } = decoded?;
    image.apply_orientation(orientation);
    let (width, height) = turned(size, orientation);
    let image = part_of(image, (width, height), most, part);
    Ok(Picture { format: format.name, width, height, pixels: on_white(&image) })
}

/// A size that is almost as good. JPEGs are decoded to halves of halves of their size, and each costs four times as much as
/// the next.
fn nearly((width, height): (u32, u32)) -> (u32, u32) {
    (width - width / 8, height - height / 8)
}

/// The part that is looked at of a picture whose file has `size`, in at most that many pixels.
fn part_of(image: DynamicImage, size: (u32, u32), most: (u32, u32), part: Part) -> DynamicImage {
    let most = if part.zoom == 0 { (most.0.min(image.width()), most.1.min(image.height())) } else { most };
    let whole = part.zoomed(fit(size, most));
    view(image, whole, (whole.0.min(most.0), whole.1.min(most.1)), part.centre)
}

/// The pixels that `seen` has of a picture in the size of `whole`.
fn view(image: DynamicImage, whole: (u32, u32), seen: (u32, u32), centre: (u16, u16)) -> DynamicImage {
    // Where it begins and how long it is on one side, in pixels of the image.
    let cut = |side: u32, whole: u32, seen: u32, centre: u16| {
        let [side, whole, seen] = [side, whole.max(1), seen].map(u64::from);
        let long = (side * seen / whole).clamp(1, side);
        let begin = (side * u64::from(centre) / 1024).saturating_sub(long / 2).min(side - long);
        // Both are at most the side.
        [begin, long].map(|pixels| u32::try_from(pixels).unwrap_or(u32::MAX))
    };
    let [left, width] = cut(image.width(), whole.0, seen.0, centre.0);
    let [top, height] = cut(image.height(), whole.1, seen.1, centre.1);
    let image = if image.dimensions() == (width, height) { image } else { image.crop_imm(left, top, width, height) };
    if (width, height) == seen {
        image
    } else if width >= seen.0 && height >= seen.1 {
        image.thumbnail_exact(seen.0, seen.1)
    } else {
        image.resize_exact(seen.0, seen.1, FilterType::Triangle)
    }
}

/// The largest size of the same shape in `most`, not larger than it is; at least one pixel.
#[must_use]
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

/// What a decoder gave.
struct Raw {
    /// Perhaps scaled down already.
    image: DynamicImage,
    /// Of the file.
    size: (u32, u32),
    orientation: Orientation,
}

fn raster(source: BufReader<Source<'_>>, format: ImageFormat) -> Result<Raw, Error> {
    let unreadable = |error: image::ImageError| Error::Unreadable(error.to_string());
    let mut reader = ImageReader::with_format(source, format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let size = decoder.dimensions();
    check(size)?;
    // One that cannot be read is none.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    Ok(Raw { image, size, orientation })
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

/// Refuses what would take too much memory.
fn check((width, height): (u32, u32)) -> Result<(), Error> {
    let is_sane = width <= LONGEST_SIDE && height <= LONGEST_SIDE;
    if is_sane && u64::from(width) * u64::from(height) <= MOST_PIXELS {
        return Ok(());
    }
    Err(Error::TooLarge { width, height })
}

/// Width and height when it is turned as its orientation says.
fn turned((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    // Those from 5 on lie on their side (EXIF 2.32, tag 0x0112).
    if orientation.to_exif() >= 5 { (height, width) } else { (width, height) }
}

/// Lays a picture on white: transparent ones are mostly drawn for paper.
fn on_white(image: &DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.to_rgb8();
    }
    let pixels = image.to_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, alpha] = pixels.get_pixel(x, y).0.map(u16::from);
        // At most 255: a mean of two bytes.
        Rgb([red, green, blue].map(|part| u8::try_from((part * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)))
    })
}

fn source<'a>(bytes: &'a [u8], is_wanted: &'a dyn Fn() -> bool) -> BufReader<Source<'a>> {
    BufReader::with_capacity(STRIDE, Source { bytes: io::Cursor::new(bytes), is_wanted })
}

/// The bytes, for as long as they are wanted: how a decoder is stopped that knows nothing of it.
struct Source<'a> {
    bytes: io::Cursor<&'a [u8]>,
    is_wanted: &'a dyn Fn() -> bool,
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !(self.is_wanted)() {
            return Err(io::Error::other("no longer wanted"));
        }
        // Not all at once, even where the decoder would take it.
        let room = into.len().min(STRIDE);
        self.bytes.read(into.get_mut(..room).unwrap_or_default())
    }
}

impl Seek for Source<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

/// Has tmux hand a sequence on to the terminal that it runs in.
fn tmux(sequence: &str, is_in_tmux: bool) -> String {
    if is_in_tmux {
        format!("\u{1b}Ptmux;{}\u{1b}\\", sequence.replace('\u{1b}', "\u{1b}\u{1b}"))
    } else {
        sequence.to_owned()
    }
}
