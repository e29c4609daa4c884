//! Pictures: which are decoded, which are refused before decoding, and what a terminal receives.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;
use weibox::media::Error;
use weibox::media::budget::Budget;
use weibox::media::picture::drawing::{Canvas, DrawingForm, Protocol, draw};
use weibox::media::picture::{Picture, Viewport, decode, fit};

use crate::pace::Pace;

mod broken;
mod motion;
pub(crate) mod session;
mod sheet;
mod terminal;
mod viewer;

/// The colours of the quarters: upper left, upper right, lower left, lower right.
const CORNERS: [[u8; 3]; 4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];

fn corners(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(
        width,
        height,
        |x, y| Rgb(CORNERS[usize::from(x >= width / 2) + 2 * usize::from(y >= height / 2)]),
    )
}

pub(crate) fn encoded(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(image.clone()).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(image).unwrap();
    bytes
}

/// Returns a JPEG with an orientation (EXIF 2.32, tag 0x0112).
fn oriented(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let jpeg = jpeg(image);
    let tiff =
        [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0, 0]].concat();
    let length = u16::try_from(tiff.len() + 8).unwrap().to_be_bytes();
    [&jpeg[..2], b"\xff\xe1", &length, b"Exif\0\0", &tiff, &jpeg[2..]].concat()
}

/// Returns the colours in the corners, each component rounded to 0 or 255.
fn corners_of(picture: &Picture) -> [[u8; 3]; 4] {
    let pixels = &picture.pixels;
    let (right, bottom) = (pixels.width() - 1, pixels.height() - 1);
    let clear = |part: u8| if part > 127 { 255 } else { 0 };
    [(0, 0), (right, 0), (0, bottom), (right, bottom)].map(|(x, y)| pixels.get_pixel(x, y).0.map(clear))
}

fn all_wanted() -> Budget {
    Budget::Left
}

#[test]
fn each_format_is_decoded_and_scaled_down_to_what_is_shown() {
    let image = corners(640, 480);
    let files = [
        ("JPEG", jpeg(&image)),
        ("PNG", encoded(&image, ImageFormat::Png)),
        ("GIF", encoded(&image, ImageFormat::Gif)),
        ("WebP", encoded(&image, ImageFormat::WebP)),
    ];
    for (format, bytes) in files {
        let picture = decode(&bytes, (58, 40), Viewport::WHOLE, &all_wanted).unwrap();
        assert_eq!((picture.format, picture.width, picture.height), (format, 640, 480));
        assert_eq!(picture.pixels.dimensions(), (53, 40), "{format}");
        assert_eq!(corners_of(&picture), CORNERS, "{format}");
    }
}

/// Pictures in `tests/fixtures/pictures`, whose README names their authors.
const FIXTURES: [&str; 5] = ["444", "422", "420-restarts", "grey", "progressive"];

fn fixture(name: &str) -> Vec<u8> {
    fixture_bytes(&format!("{name}.jpg"))
}

fn fixture_bytes(file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/pictures/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_small_picture_is_the_full_one_scaled_down() {
    for name in FIXTURES {
        let bytes = fixture(name);
        let full = decode(&bytes, (397, 245), Viewport::WHOLE, &all_wanted).unwrap().pixels;
        for side in [8, 4] {
            let size = (397_u32.div_ceil(side), 245_u32.div_ceil(side));
            let small = decode(&bytes, size, Viewport::WHOLE, &all_wanted).unwrap().pixels;
            assert_eq!(small.dimensions(), size, "{name}");
            // Without the last row and column, which are incomplete.
            let small = RgbImage::from_fn(size.0 - 1, size.1 - 1, |x, y| *small.get_pixel(x, y));
            let expected = RgbImage::from_fn(size.0 - 1, size.1 - 1, |x, y| {
                let square = (0..side * side).map(|at| full.get_pixel(x * side + at % side, y * side + at / side));
                let sums =
                    square.fold([0; 3], |sums, pixel| [0, 1, 2].map(|part| sums[part] + u32::from(pixel.0[part])));
                Rgb(sums.map(|sum| u8::try_from(sum / (side * side)).unwrap()))
            });
            let differences = small.as_raw().iter().zip(expected.as_raw()).map(|(one, other)| one.abs_diff(*other));
            let mean = differences.clone().map(u64::from).sum::<u64>() * 100 / differences.clone().count() as u64;
            // In hundredths. Omitted frequencies would have counted at edges, those of colours most.
            assert!(mean < 500, "{name}, an eighth of {side}: differs by {mean}, at most by {:?}", differences.max());
        }
    }
}

#[test]
fn a_jpeg_is_an_eighth_smaller_rather_than_decoded_to_four_times_as_many_pixels() {
    let photograph = jpeg(&corners(800, 600));
    for (most, shown) in [((114, 90), (100, 75)), ((200, 85), (100, 75)), ((115, 90), (115, 86)), ((99, 90), (99, 74))]
    {
        let picture = decode(&photograph, most, Viewport::WHOLE, &all_wanted).unwrap();
        assert_eq!(picture.pixels.dimensions(), shown, "{most:?}");
        assert_eq!(corners_of(&picture), CORNERS);
    }
    // Other formats are always decoded in full.
    let png = encoded(&corners(800, 600), ImageFormat::Png);
    assert_eq!(decode(&png, (115, 90), Viewport::WHOLE, &all_wanted).unwrap().pixels.dimensions(), (115, 86));
}

#[test]
fn a_picture_keeps_its_shape_and_never_grows() {
    for (size, most, fitted) in [
        ((640, 480), (58, 40), (53, 40)),
        ((480, 640), (58, 40), (30, 40)),
        ((10, 5), (58, 40), (10, 5)),
        ((10_000, 1), (58, 40), (58, 1)),
        ((1, 10_000), (58, 40), (1, 40)),
    ] {
        assert_eq!(fit(size, most), fitted, "{size:?}");
    }
    let small = decode(&encoded(&corners(4, 2), ImageFormat::Png), (58, 40), Viewport::WHOLE, &all_wanted).unwrap();
    assert_eq!(small.pixels, corners(4, 2));
}

#[test]
fn a_picture_is_turned_as_its_camera_says() {
    let [red, green, blue, white] = CORNERS;
    for (orientation, expected) in [
        (1, [red, green, blue, white]),
        (2, [green, red, white, blue]),
        (3, [white, blue, green, red]),
        (4, [blue, white, red, green]),
        (5, [red, blue, green, white]),
        (6, [blue, red, white, green]),
        (7, [white, green, blue, red]),
        (8, [green, white, red, blue]),
    ] {
        let picture =
            decode(&oriented(&corners(640, 320), orientation), (64, 64), Viewport::WHOLE, &all_wanted).unwrap();
        let size = if orientation < 5 { (640, 320) } else { (320, 640) };
        let scaled = if orientation < 5 { (64, 32) } else { (32, 64) };
        assert_eq!((picture.width, picture.height), size, "{orientation}");
        assert_eq!(picture.pixels.dimensions(), scaled, "{orientation}");
        assert_eq!(corners_of(&picture), expected, "{orientation}");
    }
}

#[test]
fn a_zoomed_part_has_the_size_of_the_whole_and_ends_at_the_edges() {
    let [red, green, blue, white] = CORNERS;
    // The first of these is centred where the four colours meet.
    let bytes = encoded(&corners(640, 480), ImageFormat::Png);
    for (centre, expected) in [
        ((512, 512), [red, green, blue, white]),
        ((0, 0), [red; 4]),
        ((1024, 1024), [white; 4]),
        ((512, 0), [red, green, red, green]),
    ] {
        let picture = decode(&bytes, (64, 48), Viewport { zoom: 1, centre }, &all_wanted).unwrap();
        assert_eq!((picture.width, picture.height), (640, 480));
        assert_eq!(picture.pixels.dimensions(), (64, 48), "{centre:?}");
        assert_eq!(corners_of(&picture), expected, "{centre:?}");
    }
    // A small picture is enlarged to the available room.
    let small = encoded(&corners(20, 10), ImageFormat::Png);
    let picture = decode(&small, (30, 30), Viewport { zoom: 1, centre: (512, 512) }, &all_wanted).unwrap();
    assert_eq!(picture.pixels.dimensions(), (30, 20));
    // A JPEG is decoded with as many pixels as the zoom shows.
    let jpeg = jpeg(&corners(640, 480));
    let picture = decode(&jpeg, (64, 48), Viewport { zoom: 5, centre: (512, 512) }, &all_wanted).unwrap();
    assert_eq!(picture.pixels.dimensions(), (64, 48));
    assert_eq!(corners_of(&picture), CORNERS);
}

#[test]
fn what_is_transparent_lies_on_white() {
    let mut bytes = Cursor::new(Vec::new());
    let image = RgbaImage::from_pixel(2, 2, Rgba([0, 0, 0, 0]));
    DynamicImage::from(image).write_to(&mut bytes, ImageFormat::Png).unwrap();
    let picture = decode(&bytes.into_inner(), (58, 40), Viewport::WHOLE, &all_wanted).unwrap();
    assert_eq!(picture.pixels.get_pixel(1, 1).0, [255; 3]);
}

/// Returns a PNG that claims to be larger than any memory.
pub(crate) fn bomb() -> Vec<u8> {
    let mut bytes = encoded(&corners(2, 2), ImageFormat::Png);
    let side = 60_000_u32.to_be_bytes();
    bytes.splice(16..24, [side, side].concat());
    let sum = crc32(&bytes[12..29]).to_be_bytes();
    bytes.splice(29..33, sum);
    bytes
}

/// Computes the CRC of PNG (annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[test]
fn a_bomb_is_refused_before_it_is_decoded() {
    let pace = Pace::own();
    let error = decode(&bomb(), (58, 40), Viewport::WHOLE, &all_wanted).unwrap_err();
    assert_eq!(error, Error::TooLarge { width: 60_000, height: 60_000 });
    assert_eq!(error.to_string(), "too large to be shown: 60000×60000 pixels");
    // Decoding 10.8 GB would take minutes.
    pace.assert_within(Duration::from_secs(5), "a refusal");
    // A JPEG states width and height in two bytes each.
    let mut large = jpeg(&corners(16, 16));
    let header = large.windows(2).position(|pair| pair == b"\xff\xc0").unwrap();
    large.splice(header + 5..header + 9, [0xff; 4]);
    assert_eq!(
        decode(&large, (58, 40), Viewport::WHOLE, &all_wanted),
        Err(Error::TooLarge { width: 65_535, height: 65_535 })
    );
}

#[test]
fn what_cannot_be_decoded_has_a_reason() {
    let of = |bytes: &[u8]| decode(bytes, (58, 40), Viewport::WHOLE, &all_wanted).unwrap_err();
    assert_eq!(of(b"hello"), Error::Unknown);
    assert_eq!(of(b"\0\0\0\x18ftypheic\0\0"), Error::NoDecoder("HEIC".to_owned()));
    let jpeg = jpeg(&corners(64, 64));
    assert!(matches!(of(&jpeg[..100]), Error::Unreadable(_)));
}

#[test]
fn decoding_ends_soon_when_it_is_no_longer_wanted() {
    let noise = RgbImage::from_fn(2000, 1500, |x, y| Rgb([x * y, x ^ y, x + y].map(|part| part.to_le_bytes()[0])));
    for bytes in [jpeg(&noise), encoded(&noise, ImageFormat::Png)] {
        let n_asked = std::cell::Cell::new(0);
        let is_wanted = || {
            n_asked.set(n_asked.get() + 1);
            if n_asked.get() < 3 { Budget::Left } else { Budget::Cancelled }
        };
        assert_eq!(decode(&bytes, (58, 40), Viewport::WHOLE, &is_wanted), Err(Error::Cancelled));
        assert!(n_asked.get() < 9, "asked {} times for {} bytes", n_asked.get(), bytes.len());
    }
}

#[test]
fn each_protocol_gives_the_terminal_the_same_picture() {
    let picture = decode(&jpeg(&corners(640, 480)), (580, 400), Viewport::WHOLE, &all_wanted).unwrap();
    assert_eq!(picture.pixels.dimensions(), (533, 400));
    let drawn = |protocol, is_in_tmux| {
        let canvas = Canvas { protocol, cell: (10, 20), is_in_tmux };
        let drawing = draw(&picture, canvas, 0x0102_0304).unwrap();
        assert_eq!((drawing.format, drawing.pixels), ("JPEG", (640, 480)));
        drawing
    };
    let kitty = drawn(Protocol::Kitty, false);
    assert_eq!(kitty.cells, (54, 20));
    assert_eq!(kitty.id, 0x02_0304);
    let DrawingForm::Placed(transmit) = kitty.form else { panic!("{:?}", kitty.form) };
    assert!(transmit[0].starts_with("\u{1b}_Ga=T,U=1,i=131844,f=100,c=54,r=20,"), "{transmit:?}");
    let DrawingForm::Placed(transmit) = drawn(Protocol::Kitty, true).form else { panic!() };
    assert!(transmit[0].starts_with("\u{1b}Ptmux;\u{1b}\u{1b}_Ga=T,"), "{transmit:?}");
    assert!(transmit.iter().all(|piece| piece.ends_with("\u{1b}\u{1b}\\\u{1b}\\")), "{transmit:?}");
    let DrawingForm::Whole(iterm2) = drawn(Protocol::Iterm2, false).form else { panic!() };
    assert!(iterm2.contains("\u{1b}]1337;File=inline=1;") && iterm2.contains(";width=54;height=20;"));
    let sixel = drawn(Protocol::Sixel, true);
    assert_eq!(sixel.cells, (54, 20));
    let DrawingForm::Whole(sixel) = sixel.form else { panic!() };
    // tmux handles sixels itself.
    assert!(sixel.contains("\u{1b}P") && sixel.ends_with("\u{1b}\\\u{1b}8\u{1b}[C") && !sixel.contains("tmux"));
    let small = decode(&encoded(&corners(2, 3), ImageFormat::Png), (58, 40), Viewport::WHOLE, &all_wanted).unwrap();
    let canvas = Canvas { protocol: Protocol::HalfBlocks, cell: (10, 20), is_in_tmux: false };
    let blocks = draw(&small, canvas, 1).unwrap();
    let [red, green, blue, white] = CORNERS;
    assert_eq!(blocks.cells, (2, 2));
    assert_eq!(blocks.form, DrawingForm::Blocks(vec![[red, blue], [green, white], [blue, blue], [white, white]]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_file_makes_a_decoder_panic(
        format in 0_usize..5,
        cut in 0_usize..4000,
        most in 1_u32..=20,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
    ) {
        let image = corners(40, 30);
        let mut bytes = match format {
            0 => oriented(&image, 6),
            1 => encoded(&image, ImageFormat::Png),
            2 => encoded(&image, ImageFormat::Gif),
            3 => encoded(&image, ImageFormat::WebP),
            _ => fixture("progressive"),
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(cut.saturating_sub(2000)));
        if let Ok(picture) = decode(&bytes, (most, most), Viewport::WHOLE, &all_wanted) {
            prop_assert!(picture.pixels.width() <= most && picture.pixels.height() <= most);
        }
    }
}
