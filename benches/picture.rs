//! The time to show the first picture once its bytes are there: `cargo bench --bench picture`. We promise 120 ms
//! for a JPEG of twelve megapixels in 58×20 cells. The medians of decoding (which scales a JPEG down), of the
//! remaining scaling, and of encoding are printed separately. Also measures the time from a key to the next frame
//! of the list while such pictures load, on a real pseudo-terminal, for which we promise 17 ms.

#![expect(clippy::unwrap_used, reason = "what it shares with the tests says where it cannot go on")]

use std::io::{self, Cursor, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use portable_pty::CommandBuilder;
use weibox::archive::{Archive, Arrival};
use weibox::media::budget::Budget;
use weibox::media::picture::drawing::{Canvas, Images, Protocol, draw};
use weibox::media::picture::{Viewport, decode};
use weibox::record::media::Stage;
use weibox::run::clock;
use weibox::weibo::message::FileId;

mod machine;
#[path = "../tests/it/pty.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod pty;
#[expect(dead_code, reason = "other benches need more of it")]
mod shared;

use pty::{PATIENCE, Pty};

/// The maximum time to decode and encode the JPEG.
const PROMISED: Duration = Duration::from_millis(120);
/// The maximum time from a key to the next frame, for 99 of 100 keys.
const FRAME: Duration = Duration::from_millis(17);
/// The number of pictures in the list.
const KEYS: usize = 400;
/// Size of the list's terminal.
const SCREEN: (u16, u16) = (120, 36);
/// The number of measurements of each step.
const TIMES: usize = 15;
/// Size of the pictures in pixels.
const SIZE: (u32, u32) = (4000, 3000);
/// Size on the screen in columns and rows.
const CELLS: (u16, u16) = (58, 20);

/// Creates a picture of smooth shapes and some grain, as in a photograph.
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

/// Returns the smallest size, not smaller than `shown`, that the decoder can produce itself: a JPEG in eighths,
/// quarters or halves.
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
            let native = native(format, decode(bytes, shown, Viewport::WHOLE, &|| Budget::Left)?.pixels.dimensions());
            for _ in 0..TIMES {
                let began_at = Instant::now();
                decode(bytes, native, Viewport::WHOLE, &|| Budget::Left)?;
                decoded.push(began_at.elapsed());
                let began_at = Instant::now();
                let picture = decode(bytes, shown, Viewport::WHOLE, &|| Budget::Left)?;
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
    let slowest_frame = keys(&mut out, &jpeg)?;
    if slowest > PROMISED {
        return Err(format!("{slowest:.1?} is more than the {PROMISED:?} promised").into());
    }
    if slowest_frame > FRAME {
        return Err(format!("{slowest_frame:.1?} is more than the {FRAME:?} promised").into());
    }
    Ok(())
}

/// Walks through a list of pictures: faster than they are decoded, and slowly enough to draw each.
fn keys(out: &mut impl io::Write, jpeg: &[u8]) -> Result<Duration, Box<dyn std::error::Error>> {
    writeln!(
        out,
        "\nfrom a key to the next frame, {} by {} cells, while pictures of 12 megapixels load",
        SCREEN.0, SCREEN.1
    )?;
    writeln!(out, "| protocol | keys every | p50 | p99 | at most |\n| --- | --- | --- | --- | --- |")?;
    let mut slowest = Duration::ZERO;
    // The first run shows no pictures, which gives the machine's share.
    for images in [Images::Off].into_iter().chain(Protocol::ALL.map(Images::By)) {
        for pause in [40, 120].map(Duration::from_millis) {
            let home = tempfile::tempdir()?;
            fill(home.path(), jpeg)?;
            let mut latencies = pressed(home.path(), images, pause);
            let [half, most, all] = [50, 99, 100].map(|percent| shared::percentile(&mut latencies, percent));
            let (name, pause) = (images.name(), pause.as_millis());
            writeln!(out, "| {name} | {pause} ms | {half:.1?} | {most:.1?} | {all:.1?} |")?;
            slowest = slowest.max(most);
        }
    }
    Ok(slowest)
}

/// Fills an archive with saved pictures.
fn fill(home: &Path, jpeg: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let archive = Archive::open(home)?;
    let first = archive.media_dir().join("0.jpg");
    std::fs::write(&first, jpeg)?;
    for number in 1..=u32::try_from(KEYS)? {
        let file = format!("{number}.jpg");
        std::fs::hard_link(&first, archive.media_dir().join(&file))?;
        let raw = format!(
            r#"{{"type":"image","receiver_id":1902538057,"sender_id":{},"created_at":"Mon Nov 23 12:00:00 +0800 2026","text":"","data":{{"tovfid":{number}}}}}"#,
            sender(number.into())
        );
        let arrival = Arrival::new(raw, clock::now());
        runtime.block_on(archive.insert(arrival))?;
        let stage = Stage::Done { file, bytes: jpeg.len() as u64, sha256: None };
        runtime.block_on(archive.settle(FileId(number.into()), stage))?;
    }
    Ok(runtime.block_on(archive.close())?)
}

/// Returns the row and column of the sender in the detail.
fn detail(screen: &vt100::Screen, number: usize) -> Option<(u16, u16)> {
    let sender = sender(number as u64).to_string();
    (0..).zip(screen.rows(0, SCREEN.0)).find_map(|(row, text)| {
        let (list, _) = text.rsplit_once(&sender)?;
        let column = u16::try_from(list.chars().count()).ok()?;
        (column > SCREEN.0 / 2).then_some((row, column))
    })
}

fn sender(number: u64) -> u64 {
    7_000_000_000 + number
}

/// Walks from the newest to the oldest message. The detail shows the sender of each, who is also in the list.
fn pressed(home: &Path, images: Images, pause: Duration) -> Vec<Duration> {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_weibox"));
    command.args(["--listen", "127.0.0.1:0", "--data-dir"]);
    command.arg(home);
    command.env("HOME", home);
    command.env("LANG", "C.UTF-8");
    command.env("WEIBOX_IMAGES", images.name());
    let mut pty = Pty::spawn(command, SCREEN.0, SCREEN.1);
    pty.wait_for(|screen| detail(screen, KEYS).is_some(), PATIENCE);
    // Only a few cells are read: searching the whole screen after each piece of a picture would make a slow
    // terminal.
    let place = pty.look(|screen| detail(screen, KEYS)).unwrap();
    let is_shown = |screen: &vt100::Screen, number: usize| {
        let mut digits = (place.1..).zip(sender(number as u64).to_string().into_bytes());
        digits.all(|(column, digit)| {
            screen.cell(place.0, column).is_some_and(|cell| cell.contents().as_bytes() == [digit])
        })
    };
    let mut latencies = Vec::new();
    for number in (1..KEYS).rev() {
        // Out of step with the frames.
        thread::sleep(pause + Duration::from_millis(7 * (number as u64 % 5)));
        let pressed_at = Instant::now();
        pty.send("j");
        pty.wait_for(|screen| is_shown(screen, number), PATIENCE);
        latencies.push(pressed_at.elapsed());
    }
    pty.send("q");
    pty.wait();
    latencies
}
