//! Animations → sequences that make a terminal animate a picture by itself. Meanwhile nothing is sent, and nothing
//! wakes up.

use std::cell::RefCell;
use std::io::{self, Write};

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, GenericImageView as _, RgbImage};

use super::{Canvas, Drawing, DrawingForm, Error, Protocol, iterm2, png};
use crate::media::picture::animation::{Animation, FORMAT, Frame};
use crate::media::picture::kitty;

/// Number of bytes after which no more frames are sent to kitty: about a second on a line of moderate speed.
const MOST_SENT: usize = 4 << 20;
/// Size of a GIF in bytes after which it gets no more frames. In Base64 it must fit into a sequence of a megabyte,
/// which tmux takes.
const LONGEST_GIF: usize = 700 << 10;
/// Speed of the encoder, from 1 (best colours) to 30 (fastest).
const SPEED: i32 = 30;

/// Encodes an animation for a terminal: as much of its beginning as may be sent, repeated without end. `id` is that
/// of the drawing of its first frame.
///
/// # Errors
///
/// [`Error::Still`] if it does not move or this terminal animates nothing; [`Error::Encode`].
pub fn animate(animation: Animation<'_>, canvas: Canvas, id: u32) -> Result<Drawing, Error> {
    let Animation { size, frames } = animation;
    let mut frames = frames.peekable();
    let cells = frames.peek().map(|frame| canvas.cells(frame.pixels.dimensions())).unwrap_or_default();
    let form = match canvas.protocol {
        Protocol::Kitty => DrawingForm::Moving(sent(id, frames, canvas.is_in_tmux)?),
        Protocol::Iterm2 => DrawingForm::Whole(iterm2(&gif(frames)?, cells, canvas.is_in_tmux)),
        Protocol::Sixel | Protocol::HalfBlocks => return Err(Error::Still),
    };
    Ok(Drawing { id, format: FORMAT, pixels: size, is_whole: true, cells, form })
}

/// Returns the frames for kitty, each in its pieces. kitty has the first already; of the others only what has
/// changed is sent.
fn sent(id: u32, mut frames: impl Iterator<Item = Frame>, is_in_tmux: bool) -> Result<Vec<Vec<String>>, Error> {
    let first = frames.next().ok_or(Error::Still)?;
    let (mut sent, mut length) = (Vec::new(), 0);
    let mut before = first.pixels;
    for (frame, number) in frames.zip(2..) {
        let (at, size) = changed(&before, &frame.pixels);
        let part = DynamicImage::from(frame.pixels.view(at.0, at.1, size.0, size.1).to_image());
        let pieces = kitty::frame(id, number, &png(&part.into_rgb8())?, at, frame.pause, is_in_tmux);
        length += pieces.iter().map(String::len).sum::<usize>();
        sent.push(pieces);
        before = frame.pixels;
        if length > MOST_SENT {
            break;
        }
    }
    if sent.is_empty() {
        return Err(Error::Still);
    }
    sent.push(kitty::start(id, first.pause, is_in_tmux));
    Ok(sent)
}

/// Returns the offset and the size of the part that has changed; one pixel if nothing has.
fn changed(before: &RgbImage, after: &RgbImage) -> ((u32, u32), (u32, u32)) {
    let differ = after.enumerate_pixels().zip(before.pixels()).filter(|((.., now), then)| now != then);
    let bounds = differ.fold(None, |bounds, ((x, y, _), _)| {
        let (left, top, right, bottom) = bounds.unwrap_or((x, y, x, y));
        Some((x.min(left), y.min(top), x.max(right), y.max(bottom)))
    });
    let (left, top, right, bottom) = bounds.unwrap_or_default();
    ((left, top), (right - left + 1, bottom - top + 1))
}

/// Encodes the frames as a new GIF: it is smaller, and no byte that a stranger wrote reaches the terminal's
/// decoder.
fn gif(frames: impl Iterator<Item = Frame>) -> Result<Vec<u8>, Error> {
    let failed = |error: image::ImageError| Error::Encode(error.to_string());
    let bytes = RefCell::new(Vec::new());
    let mut encoder = GifEncoder::new_with_speed(CountedBytes(&bytes), SPEED);
    encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
    let mut n_frames = 0;
    for Frame { pixels, pause } in frames {
        let pixels = DynamicImage::from(pixels).into_rgba8();
        let pause = Delay::from_saturating_duration(pause);
        encoder.encode_frame(image::Frame::from_parts(pixels, 0, 0, pause)).map_err(failed)?;
        n_frames += 1;
        if bytes.borrow().len() > LONGEST_GIF {
            break;
        }
    }
    drop(encoder);
    if n_frames > 1 { Ok(bytes.into_inner()) } else { Err(Error::Still) }
}

/// Bytes that can be counted while the encoder writes them.
struct CountedBytes<'a>(&'a RefCell<Vec<u8>>);

impl Write for CountedBytes<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
