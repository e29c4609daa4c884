//! JPEG, decoded at an eighth, a quarter or half its size where that is enough: most of its numbers are never computed
//! then, and of common files at an eighth or a quarter not even [looked at](small).

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::{Decoder, PixelFormat};

use super::{Error, MOST_MEMORY, Raw, check};

mod head;
mod small;

/// Decodes to at least `most` pixels on the side that decides, if it has so many.
pub(super) fn decode(bytes: &[u8], most: (u32, u32), is_wanted: &dyn Fn() -> bool) -> Result<Raw, Error> {
    let unreadable = |error: jpeg_decoder::Error| Error::Unreadable(error.to_string());
    let mut decoder = Decoder::new(super::source(bytes, is_wanted));
    decoder.set_max_decoding_buffer_size(usize::try_from(MOST_MEMORY).unwrap_or(usize::MAX));
    decoder.read_info().map_err(unreadable)?;
    let info = decoder.info().ok_or_else(|| Error::Unreadable("it has no header".to_owned()))?;
    let size = (u32::from(info.width), u32::from(info.height));
    check(size)?;
    let orientation = decoder.exif_data().and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms);
    let (wide, high) = super::fit(size, super::turned(most, orientation));
    let is_enough = |eighths: u32| (size.0 * eighths).div_ceil(8) >= wide && (size.1 * eighths).div_ceil(8) >= high;
    let small = if is_enough(1) {
        small::decode::<1>(bytes, size, is_wanted)
    } else if is_enough(2) {
        small::decode::<2>(bytes, size, is_wanted)
    } else {
        None
    };
    if let Some(image) = small {
        return Ok(Raw { image, size, orientation });
    }
    let narrow = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    let (width, height) = decoder.scale(narrow(wide), narrow(high)).map_err(unreadable)?;
    let bytes = decoder.decode().map_err(unreadable)?;
    let (width, height) = (u32::from(width), u32::from(height));
    let image = match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, bytes).map(DynamicImage::from),
        PixelFormat::L16 => {
            // Sixteen bits as this machine has them; eight are shown.
            let bytes = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok());
            let bytes = bytes.map(|pair| u16::from_ne_bytes(pair).to_be_bytes()[0]).collect();
            GrayImage::from_raw(width, height, bytes).map(DynamicImage::from)
        }
        PixelFormat::RGB24 => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
        PixelFormat::CMYK32 => RgbImage::from_raw(width, height, rgb_of_cmyk(&bytes)).map(DynamicImage::from),
    };
    let image = image.ok_or_else(|| Error::Unreadable("it is shorter than it says".to_owned()))?;
    Ok(Raw { image, size, orientation })
}

/// Without the colour profile, which only print needs.
fn rgb_of_cmyk(bytes: &[u8]) -> Vec<u8> {
    let light = |ink: u8, black: u8| {
        let light = (255 - u16::from(ink)) * (255 - u16::from(black)) / 255;
        u8::try_from(light).unwrap_or(u8::MAX)
    };
    let pixel = |pixel: &[u8]| match *pixel {
        [cyan, magenta, yellow, black] => [cyan, magenta, yellow].map(|ink| light(ink, black)),
        _ => [0; 3],
    };
    bytes.chunks_exact(4).flat_map(pixel).collect()
}
