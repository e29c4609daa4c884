//! Rows of a decoder → the pixels that are shown, each the mean of those that it stands for. Only the pixels that
//! are shown are held, and transparent ones lie on the same ground in every format.

use std::hash::{DefaultHasher, Hasher as _};

use image::RgbImage;
use image::imageops::{self, FilterType};

use super::{Viewport, fit};

/// Colour behind transparent pixels and missing rows. White, because such pictures are mostly drawn for paper.
pub(super) const GROUND: [u8; 3] = [255; 3];

/// The meaning of the bytes of a row, 8 bits a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    /// The light that each ink leaves: 255 is no ink.
    Cmyk,
}

impl Channels {
    /// Returns the number of bytes of a pixel.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// The pixels of a decoder that returns all of them at once.
pub(super) struct Bitmap {
    /// Width and height.
    pub(super) size: (u32, u32),
    pub(super) channels: Channels,
    pub(super) bytes: Vec<u8>,
}

impl Bitmap {
    /// Returns the rows from the top.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let length = usize::try_from(self.size.0).unwrap_or(usize::MAX).saturating_mul(self.channels.bytes());
        self.bytes.chunks_exact(length.max(1))
    }

    /// Returns a hash of each row, which tells rows apart.
    pub(super) fn digests(&self) -> impl Iterator<Item = u64> {
        self.rows().map(|row| {
            let mut hasher = DefaultHasher::new();
            hasher.write(row);
            hasher.finish()
        })
    }

    /// Returns the number of rows from the top that are those of another bitmap.
    pub(super) fn n_alike(&self, others: &[u64]) -> usize {
        self.digests().zip(others).take_while(|(digest, other)| digest == *other).count()
    }
}

/// Scales a picture down, row by row from the top.
pub(super) struct Shrinker {
    /// Part of the decoder's pixels that is seen: its offset (left, top) and its size.
    at: (u32, u32),
    size: (u32, u32),
    /// Size in which the part is shown.
    seen: (u32, u32),
    /// Column of the shown picture for each column of the part.
    columns: Vec<usize>,
    /// Sums of red, green and blue for each pixel of the current shown row, and the number of pixels in them.
    sums: Vec<([u64; 3], u64)>,
    /// The current shown row.
    row: u32,
    /// The shown rows that are done.
    pixels: RgbImage,
    n_rows: u32,
}

impl Shrinker {
    /// Returns a shrinker for a picture that is decoded to `pixels` (width, height) and has `size` in its file.
    /// `part` is shown in at most `most` pixels.
    pub(super) fn new(pixels: (u32, u32), size: (u32, u32), most: (u32, u32), part: Viewport) -> Self {
        let most = if part.zoom == 0 { (most.0.min(pixels.0), most.1.min(pixels.1)) } else { most };
        let whole = part.zoomed(fit(size, most));
        let seen = (whole.0.min(most.0).max(1), whole.1.min(most.1).max(1));
        let (left, width) = cut(pixels.0, whole.0, seen.0, part.centre.0);
        let (top, height) = cut(pixels.1, whole.1, seen.1, part.centre.1);
        let small = (seen.0.min(width), seen.1.min(height));
        let column = |x: u64| usize::try_from(x * u64::from(small.0) / u64::from(width)).unwrap_or_default();
        Self {
            at: (left, top),
            size: (width, height),
            seen,
            columns: (0..u64::from(width)).map(column).collect(),
            sums: vec![([0; 3], 0); usize::try_from(small.0).unwrap_or_default()],
            row: 0,
            pixels: RgbImage::from_pixel(small.0, small.1, GROUND.into()),
            n_rows: 0,
        }
    }

    /// Returns the number of rows that were taken.
    pub(super) const fn n_rows(&self) -> u32 {
        self.n_rows
    }

    /// Takes the next row.
    pub(super) fn row(&mut self, bytes: &[u8], channels: Channels) {
        let y = self.n_rows;
        self.n_rows += 1;
        let Some(y) = y.checked_sub(self.at.1).filter(|y| *y < self.size.1) else { return };
        let row = u64::from(y) * u64::from(self.pixels.height()) / u64::from(self.size.1);
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        if row != self.row {
            self.end_row();
            self.row = row;
        }
        let left = usize::try_from(self.at.0).unwrap_or(usize::MAX).saturating_mul(channels.bytes());
        let bytes = bytes.get(left..).unwrap_or_default();
        match channels {
            Channels::Grey => self.add(bytes.iter().map(|grey| [*grey; 3])),
            Channels::GreyAlpha => {
                self.add(bytes.as_chunks().0.iter().map(|&[grey, alpha]| on_ground([grey; 3], alpha)));
            }
            Channels::Rgb => self.add(bytes.as_chunks().0.iter().copied()),
            Channels::Rgba => {
                self.add(
                    bytes.as_chunks().0.iter().map(|&[red, green, blue, alpha]| on_ground([red, green, blue], alpha)),
                );
            }
            // Without the colour profile, which only print needs.
            Channels::Cmyk => self.add(bytes.as_chunks().0.iter().map(|&[cyan, magenta, yellow, black]| {
                [cyan, magenta, yellow].map(|ink| mean(255 - u16::from(ink), 255 - u16::from(black)))
            })),
        }
    }

    fn add(&mut self, pixels: impl Iterator<Item = [u8; 3]>) {
        for (pixel, column) in pixels.zip(&self.columns) {
            if let Some((sums, n_pixels)) = self.sums.get_mut(*column) {
                for (sum, part) in sums.iter_mut().zip(pixel) {
                    *sum += u64::from(part);
                }
                *n_pixels += 1;
            }
        }
    }

    fn end_row(&mut self) {
        for (x, (sums, n_pixels)) in (0..).zip(&mut self.sums) {
            if *n_pixels > 0 && self.row < self.pixels.height() {
                // The mean of bytes is a byte.
                let pixel = sums.map(|sum| u8::try_from((sum + *n_pixels / 2) / *n_pixels).unwrap_or(u8::MAX));
                self.pixels.put_pixel(x, self.row, pixel.into());
            }
            (*sums, *n_pixels) = ([0; 3], 0);
        }
    }

    /// Returns the shown picture; missing rows are ground.
    pub(super) fn finish(mut self) -> RgbImage {
        self.end_row();
        if self.pixels.dimensions() == self.seen {
            self.pixels
        } else {
            imageops::resize(&self.pixels, self.seen.0, self.seen.1, FilterType::Triangle)
        }
    }
}

/// Returns the offset and the length in `pixels` of what is seen of one side.
fn cut(pixels: u32, whole: u32, seen: u32, centre: u16) -> (u32, u32) {
    let [pixels, whole, seen] = [pixels.max(1), whole.max(1), seen].map(u64::from);
    let long = (pixels * seen / whole).clamp(1, pixels);
    let begin = (pixels * u64::from(centre) / 1024).saturating_sub(long / 2).min(pixels - long);
    // Both are at most as long as the side.
    let narrow = |side: u64| u32::try_from(side).unwrap_or(u32::MAX);
    (narrow(begin), narrow(long))
}

fn on_ground(pixel: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u16::from(alpha);
    let mut mixed = GROUND;
    for (ground, part) in mixed.iter_mut().zip(pixel) {
        // At most 255: a mean of two bytes.
        let sum = u16::from(part) * alpha + u16::from(*ground) * (255 - alpha);
        *ground = u8::try_from(sum / 255).unwrap_or(u8::MAX);
    }
    mixed
}

/// Multiplies two fractions of 255.
fn mean(one: u16, other: u16) -> u8 {
    u8::try_from(one * other / 255).unwrap_or(u8::MAX)
}
