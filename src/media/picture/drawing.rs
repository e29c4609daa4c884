//! Pixels → the form in which a terminal shows them. Writes nothing.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use icy_sixel::SixelImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, Rgb, RgbImage};

use super::{Error, Picture, kitty, tmux};

pub mod motion;

named! {
    /// How a terminal is given a picture.
    pub enum Protocol {
        /// That of kitty, which Ghostty has, too.
        Kitty "kitty",
        /// That of iTerm2, which `WezTerm` and mintty have, too.
        Iterm2 "iterm2",
        /// foot, xterm, Windows Terminal and others (DEC VT340).
        Sixel "sixel",
        /// Two pixels a cell, in every terminal with true colours.
        HalfBlocks "halfblocks",
    }
}

/// The user's choice for pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Images {
    /// The best that the terminal can.
    #[default]
    Auto,
    /// This, whatever the terminal says.
    By(Protocol),
    /// None.
    Off,
}

/// The terminal that pictures are drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// How pictures are sent to it.
    pub protocol: Protocol,
    /// Width and height of a cell, in pixels.
    pub cell: (u16, u16),
    /// Whether tmux is between us and the terminal.
    pub is_in_tmux: bool,
}

/// A picture encoded for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// Id among the terminal's pictures, in 24 bits.
    pub id: u32,
    /// Name of the file's format: `JPEG`.
    pub format: &'static str,
    /// Size in the file (width, height), the right way up.
    pub pixels: (u32, u32),
    /// Whether the picture is complete; the rest of a broken file is missing.
    pub is_whole: bool,
    /// Size in cells (columns, rows).
    pub cells: (u16, u16),
    /// The encoded picture.
    pub form: DrawingForm,
}

/// The encoded form of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrawingForm {
    /// The colours of the upper and the lower half of each cell, row by row.
    Blocks(Vec<[[u8; 3]; 2]>),
    /// Sent once in these pieces, then shown by [`kitty::placeholder`]s of its id.
    Placed(Vec<String>),
    /// The frames after the first of a placed picture, in order, each in its pieces; the last entry starts the
    /// motion.
    Moving(Vec<Vec<String>>),
    /// Drawn from its upper left cell over all its other cells; the cursor ends one cell to the right of where it
    /// was.
    Whole(String),
}

impl Protocol {
    /// Whether a picture can move by itself.
    pub const fn moves(self) -> bool {
        matches!(self, Self::Kitty | Self::Iterm2)
    }

    /// Whether a picture is one sequence at the end of its frame: [`DrawingForm::Whole`].
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Iterm2 | Self::Sixel)
    }
}

impl Images {
    /// Returns the name in the config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::By(protocol) => protocol.name(),
            Self::Off => "off",
        }
    }
}

impl Canvas {
    /// Returns the size in pixels of this many columns and rows.
    pub fn pixels(self, (columns, rows): (u16, u16)) -> (u32, u32) {
        let (wide, high) = self.unit();
        let [columns, rows] = [columns, rows].map(|cells| u32::from(cells.min(kitty::LARGEST)));
        (columns * u32::from(wide), rows * u32::from(high))
    }

    /// Returns the number of columns and rows that the pixels cover, the last ones perhaps in part.
    fn cells(self, (width, height): (u32, u32)) -> (u16, u16) {
        let (wide, high) = self.unit();
        let cells = |side: u32, unit: u16| u16::try_from(side.div_ceil(u32::from(unit))).unwrap_or(u16::MAX);
        (cells(width, wide), cells(height, high))
    }

    /// Returns the size of a cell in pixels.
    fn unit(self) -> (u16, u16) {
        match self.protocol {
            Protocol::HalfBlocks => (1, 2),
            Protocol::Kitty | Protocol::Iterm2 | Protocol::Sixel => (self.cell.0.max(1), self.cell.1.max(1)),
        }
    }
}

/// Encodes a picture for a terminal. `id` distinguishes it from the terminal's other pictures.
///
/// # Errors
///
/// [`Error::Encode`].
pub fn draw(picture: &Picture, canvas: Canvas, id: u32) -> Result<Drawing, Error> {
    let pixels = &picture.pixels;
    let cells = canvas.cells(pixels.dimensions());
    // The colour of a cell is the id of its picture; 0 means no picture.
    let id = (id & 0x00ff_ffff).max(1);
    let form = match canvas.protocol {
        Protocol::HalfBlocks => DrawingForm::Blocks(blocks(pixels)),
        Protocol::Kitty => DrawingForm::Placed(kitty::transmit(id, &png(pixels)?, cells, canvas.is_in_tmux)),
        Protocol::Iterm2 => DrawingForm::Whole(iterm2(&png(pixels)?, cells, canvas.is_in_tmux)),
        // tmux draws sixels itself, where it can.
        Protocol::Sixel => DrawingForm::Whole(over(cells, &sixel(pixels)?)),
    };
    let (format, is_whole) = (picture.format, picture.is_whole);
    Ok(Drawing { id, format, pixels: (picture.width, picture.height), is_whole, cells, form })
}

fn blocks(pixels: &RgbImage) -> Vec<[[u8; 3]; 2]> {
    let (width, height) = pixels.dimensions();
    // With an odd height the last row is drawn twice.
    let at = |x: u32, y: u32| pixels.get_pixel(x, y.min(height - 1)).0;
    let rows = (0..height).step_by(2);
    rows.flat_map(|y| (0..width).map(move |x| [at(x, y), at(x, y + 1)])).collect()
}

fn png(pixels: &RgbImage) -> Result<Vec<u8>, Error> {
    let mut png = Vec::new();
    // Fast, because the result is read once, mostly on the same machine.
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Sub)
        .write_image(pixels, pixels.width(), pixels.height(), ExtendedColorType::Rgb8)
        .map_err(|error| Error::Encode(error.to_string()))?;
    Ok(png)
}

/// Returns the sequence that makes iTerm2 show a file.
fn iterm2(file: &[u8], cells: (u16, u16), is_in_tmux: bool) -> String {
    let (columns, rows) = cells;
    let sequence = format!(
        "\u{1b}]1337;File=inline=1;size={};width={columns};height={rows};preserveAspectRatio=1;doNotMoveCursor=1:{}\u{7}",
        file.len(),
        STANDARD.encode(file)
    );
    over(cells, &tmux(&sequence, is_in_tmux))
}

fn sixel(pixels: &RgbImage) -> Result<String, Error> {
    let side = |side: u32| usize::try_from(side).unwrap_or_default();
    let opaque = pixels.pixels().flat_map(|&Rgb([red, green, blue])| [red, green, blue, u8::MAX]).collect();
    let image = SixelImage::from_rgba(opaque, side(pixels.width()), side(pixels.height()));
    image.encode().map_err(|error| Error::Encode(error.to_string()))
}

/// Clears the cells first, because a picture may cover the last ones in part, and ends with the cursor where one
/// character would have left it.
fn over((columns, rows): (u16, u16), sequence: &str) -> String {
    let mut text = String::from("\u{1b}7");
    for row in 0..rows {
        // Writing to a string cannot fail.
        let _ = write!(text, "\u{1b}[{columns}X");
        if row + 1 < rows {
            text.push_str("\u{1b}[B");
        }
    }
    text.push_str("\u{1b}8\u{1b}7");
    text.push_str(sequence);
    text.push_str("\u{1b}8\u{1b}[C");
    text
}
