//! How long the first picture takes once its bytes are there: `cargo bench --bench picture`. We promise 50 ms for a JPEG of
//! twelve megapixels in 58×20 cells; decoding (of a JPEG scaled down meanwhile), scaling the rest of the way, and encoding
//! are printed apart, each the median of several.

use std::io::{self, Cursor, Write as _};
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use weibox::media::picture::drawing::{Canvas, Protocol, draw};
use weibox::media::picture::{Part, decode, fit};

mod machine;

/// What the JPEG must not exceed, decoded and encoded.
const PROMISED: Duration = Duration::from_millis(50);
/// So often each is measured.
const TIMES: usize = 15;
/// Of the pictures, in pixels.
const SIZE: (u32, u32) = (4000, 3000);
/// Columns and rows.
const CELLS: (u16, u16) = (58, 20);

/// Smooth shapes and some grain, as in a photograph.
fn photograph() -> RgbImage {
    let mut random = 1_u32;
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [grain, ..] = (random >> 28).to_le_bytes();
        let [wave, ..] = ((x / 7) ^ (y / 5)).to_le_bytes();
        let [slope, ..] = ((x + y) / 28).to_le_bytes();
        Rgb([slope.wrapping_add(grain), (slope / 2 + wave / 8).wrapping_add(grain), (wave / 4).wrapping_add(grain)])
    })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The least size, not smaller than `shown`, that the decoder can give by itself: a JPEG in eighths, quarters or halves.
fn native(format: &str, shown: (u32, u32)) -> (u32, u32) {
    let divisors: &[u32] = if format == "JPEG" { &[8, 4, 2, 1] } else { &[1] };
    let sizes = divisors.iter().map(|divisor| (SIZE.0 / divisor, SIZE.1 / divisor));
    sizes.into_iter().find(|size| size.0 >= shown.0 && size.1 >= shown.1).unwrap_or(SIZE)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    let photograph = photograph();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 85).encode_image(&photograph)?;
    let mut png = Cursor::new(Vec::new());
    DynamicImage::from(photograph).write_to(&mut png, ImageFormat::Png)?;
    let mut slowest = Duration::ZERO;
    writeln!(out, "{}", machine::line())?;
    writeln!(out, "12 megapixels in {}×{} cells of 10×20 pixels", CELLS.0, CELLS.1)?;
    writeln!(out, "| file | protocol | decode | scale | encode | together |\n| --- | --- | --- | --- | --- | --- |")?;
    for (format, bytes) in [("JPEG", &jpeg), ("PNG", png.get_ref())] {
        for protocol in Protocol::ALL {
            let canvas = Canvas { protocol, cell: (10, 20), is_in_tmux: false };
            let (mut decoded, mut scaled, mut encoded) = (Vec::new(), Vec::new(), Vec::new());
            let shown = canvas.pixels(CELLS);
            let native = native(format, fit(SIZE, shown));
            for _ in 0..TIMES {
                let began_at = Instant::now();
                decode(bytes, native, Part::WHOLE, &|| true)?;
                decoded.push(began_at.elapsed());
                let began_at = Instant::now();
                let picture = decode(bytes, shown, Part::WHOLE, &|| true)?;
                scaled.push(began_at.elapsed());
                let began_at = Instant::now();
                draw(&picture, canvas, 1)?;
                encoded.push(began_at.elapsed());
            }
            let [decoded, scaled, encoded] = [decoded, scaled, encoded].map(median);
            let megabytes = f64::from(u32::try_from(bytes.len())?) / 1e6;
            let (name, scale, together) = (protocol.name(), scaled.saturating_sub(decoded), scaled + encoded);
            writeln!(
                out,
                "| {format} {megabytes:.1} MB | {name} | {decoded:.1?} | {scale:.1?} | {encoded:.1?} | {together:.1?} |"
            )?;
            if format == "JPEG" {
                slowest = slowest.max(together);
            }
        }
    }
    if slowest > PROMISED {
        return Err(format!("{slowest:.1?} is more than the {PROMISED:?} promised").into());
    }
    Ok(())
}
