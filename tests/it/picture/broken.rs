//! Broken, cut and odd pictures: the decoded part is shown, and the user is told that the rest is missing.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use weibox::media::Error;
use weibox::media::budget::Budget;
use weibox::media::picture::animation::animation;
use weibox::media::picture::{Picture, Viewport, decode};

use super::{encoded, fixture_bytes, jpeg};

/// Returns a picture in which no two rows are equal.
fn slope(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let [red, ..] = (x * 5 + y * 3).to_le_bytes();
        let [green, ..] = (y * 7).to_le_bytes();
        let [blue, ..] = (x ^ y).to_le_bytes();
        Rgb([red, green, blue])
    })
}

fn shown(bytes: &[u8], most: (u32, u32)) -> Result<Picture, Error> {
    decode(bytes, most, Viewport::WHOLE, &|| Budget::Left)
}

/// Returns the number of rows from the top that equal those of the whole picture.
fn rows_alike(whole: &Picture, cut: &Picture) -> usize {
    let row = |picture: &Picture, y| picture.pixels.rows().nth(y).unwrap().copied().collect::<Vec<_>>();
    (0..whole.pixels.height() as usize).take_while(|y| row(whole, *y) == row(cut, *y)).count()
}

#[test]
fn what_came_of_a_cut_file_is_shown_and_the_rest_is_told_to_be_missing() {
    let image = slope(320, 240);
    let files = [
        ("JPEG", jpeg(&image)),
        ("PNG", encoded(&image, ImageFormat::Png)),
        ("GIF", encoded(&image, ImageFormat::Gif)),
        ("WebP", encoded(&image, ImageFormat::WebP)),
        ("lossy WebP", fixture_bytes("lossy.webp")),
    ];
    for (name, bytes) in files {
        let whole = shown(&bytes, (320, 240)).unwrap();
        assert!(whole.is_whole, "{name}");
        let height = whole.pixels.height() as usize;
        for percent in [60, 75, 90, 97] {
            let cut = shown(bytes.get(..bytes.len() * percent / 100).unwrap(), (320, 240))
                .unwrap_or_else(|error| panic!("{name} at {percent} %: {error}"));
            assert!(!cut.is_whole, "{name} at {percent} %");
            assert_eq!((cut.width, cut.height), (whole.width, whole.height));
            let n_alike = rows_alike(&whole, &cut) * 100 / height;
            assert!(n_alike + 25 > percent && n_alike <= 99, "{name} at {percent} %: {n_alike} %");
            // Nothing is made up: the last row has the background colour.
            assert!(cut.pixels.rows().next_back().unwrap().all(|pixel| pixel.0 == [255; 3]), "{name} at {percent} %");
        }
    }
}

#[test]
fn a_jpeg_of_which_a_part_came_is_shown_as_far_as_it_came() {
    for (name, least) in [("70-percent.jpg", 160), ("last-20-missing.jpg", 280)] {
        let bytes = fixture_bytes(name);
        for most in [(400, 300), (100, 75), (50, 38)] {
            let picture = shown(&bytes, most).unwrap();
            assert!(!picture.is_whole, "{name}");
            assert_eq!((picture.width, picture.height), (400, 300));
            let is_ground = |y: u32| (0..most.0).all(|x| picture.pixels.get_pixel(x, y).0 == [255; 3]);
            let n_rows = (0..picture.pixels.height()).take_while(|y| !is_ground(*y)).count();
            assert!(n_rows * 300 / most.1 as usize >= least, "{name} at {most:?}: {n_rows} rows");
        }
    }
}

#[test]
fn a_jpeg_that_lacks_nothing_but_its_end_is_whole() {
    let mut bytes = jpeg(&slope(320, 240));
    bytes.truncate(bytes.len() - 2);
    assert!(shown(&bytes, (320, 240)).unwrap().is_whole);
}

#[test]
fn a_jpeg_that_is_damaged_in_its_middle_is_shown_down_to_there() {
    let bytes = jpeg(&slope(320, 240));
    let whole = shown(&bytes, (320, 240)).unwrap();
    let mut damaged = bytes.clone();
    let middle = bytes.len() / 2;
    // Markers that may not occur in a scan.
    damaged.splice(middle..middle + 4, [0xff, 0xc1, 0xff, 0xc1]);
    let picture = shown(&damaged, (320, 240)).unwrap();
    assert!(!picture.is_whole);
    let n_alike = rows_alike(&whole, &picture);
    assert!((80..160).contains(&n_alike), "{n_alike}");
}

#[test]
fn of_a_progressive_jpeg_the_scans_that_came_are_a_picture() {
    let bytes = fixture_bytes("progressive.jpg");
    let whole = shown(&bytes, (397, 245)).unwrap();
    let cut = shown(bytes.get(..bytes.len() * 6 / 10).unwrap(), (397, 245)).unwrap();
    assert!(whole.is_whole && !cut.is_whole);
    let differences = whole.pixels.as_raw().iter().zip(cut.pixels.as_raw()).map(|(one, other)| one.abs_diff(*other));
    let mean = differences.map(u64::from).sum::<u64>() / whole.pixels.as_raw().len() as u64;
    assert!(mean < 8, "differs by {mean}");
}

#[test]
fn of_interlaced_pictures_the_passes_that_came_are_a_picture() {
    for name in ["interlaced.png", "interlaced.gif"] {
        let bytes = fixture_bytes(name);
        let whole = shown(&bytes, (160, 120)).unwrap();
        assert!(whole.is_whole, "{name}");
        let cut = shown(bytes.get(..bytes.len() / 2).unwrap(), (160, 120)).unwrap();
        assert!(!cut.is_whole, "{name}");
        let is_ground = |y: u32| (0..160).all(|x| cut.pixels.get_pixel(x, y).0 == [255; 3]);
        assert!((0..120).all(|y| !is_ground(y)), "{name} is seen in all of its room");
    }
}

#[test]
fn a_cut_at_any_place_never_panics() {
    let names =
        ["70-percent.jpg", "progressive.jpg", "lossy.webp", "interlaced.png", "interlaced.gif", "screen-0x0.gif"];
    for name in names {
        let bytes = fixture_bytes(name);
        for length in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            let picture = shown(bytes.get(..length).unwrap(), (32, 32));
            assert!(picture.is_err() || !picture.unwrap().is_whole, "{name} at {length}");
        }
    }
}

#[test]
fn long_pictures_are_shown() {
    let picture = shown(&fixture_bytes("long.jpg"), (100, 400)).unwrap();
    assert_eq!((picture.width, picture.height, picture.is_whole), (200, 16_400, true));
    let long = encoded(&slope(20, 30_000), ImageFormat::Png);
    assert_eq!(shown(&long, (100, 400)).unwrap().height, 30_000);
}

#[test]
fn a_gif_without_a_screen_has_that_of_its_first_frame() {
    let mut bytes = fixture_bytes("screen-0x0.gif");
    for screen in [[0_u16, 0], [10, 10], [0, 64], [96, 0]] {
        bytes.splice(6..10, screen.map(u16::to_le_bytes).concat());
        let picture = shown(&bytes, (96, 64)).unwrap();
        assert_eq!((picture.width, picture.height, picture.pixels.dimensions()), (96, 64, (96, 64)), "{screen:?}");
        let animation = animation(&bytes, (96, 64), Viewport::WHOLE, &|| Budget::Left).unwrap();
        assert_eq!(animation.size, (96, 64));
        assert_eq!(animation.frames.take(1).map(|frame| frame.pixels).collect::<Vec<_>>(), [picture.pixels]);
    }
}

#[test]
fn pictures_of_no_size_have_a_reason() {
    let mut png = encoded(&slope(4, 4), ImageFormat::Png);
    png.splice(16..20, [0; 4]);
    let sum = super::crc32(&png[12..29]).to_be_bytes();
    png.splice(29..33, sum);
    let mut gif = encoded(&slope(4, 4), ImageFormat::Gif);
    let frame = gif.windows(2).rposition(|pair| pair == b",\0").unwrap();
    gif.splice(frame + 5..frame + 9, [0; 4]);
    let mut of_no_width = jpeg(&slope(16, 16));
    let header = of_no_width.windows(2).position(|pair| pair == b"\xff\xc0").unwrap();
    of_no_width.splice(header + 7..header + 9, [0; 2]);
    let mut webp = fixture_bytes("lossy.webp");
    let header = webp.windows(3).position(|tag| tag == b"\x9d\x01\x2a").unwrap();
    webp.splice(header + 3..header + 7, [0; 4]);
    for (name, bytes) in [("PNG", png), ("GIF", gif), ("JPEG", of_no_width), ("WebP", webp)] {
        assert!(matches!(shown(&bytes, (10, 10)), Err(Error::Unreadable(_))), "{name}");
    }
}

#[test]
fn whatever_the_format_what_is_transparent_lies_on_the_same_ground() {
    let clear = DynamicImage::from(RgbaImage::from_pixel(8, 8, Rgba([0, 0, 0, 0])));
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
        let mut bytes = Cursor::new(Vec::new());
        clear.write_to(&mut bytes, format).unwrap();
        let picture = shown(&bytes.into_inner(), (4, 4)).unwrap();
        assert!(picture.pixels.pixels().all(|pixel| pixel.0 == [255; 3]), "{format:?}");
    }
    // An animation whose first frame leaves part of the screen free, and that claims to have no transparency.
    let animated = shown(&fixture_bytes("small-frame.webp"), (64, 64)).unwrap();
    assert_eq!(animated.pixels.get_pixel(63, 63).0, [255; 3]);
    assert_ne!(animated.pixels.get_pixel(2, 2).0, [255; 3]);
}
