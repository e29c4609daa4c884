//! The budget of decoding: whatever the header of a file says, the process that decodes it stays below 200 MB and
//! is stopped at 2 s of processor time.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use weibox::media::picture::animation::animation;
use weibox::media::picture::{self, Viewport};
use weibox::media::{Class, sniff, voice};
use weibox::run::budget::of_this_thread;

/// Variables that tell the test that it is the child, which file it decodes, and in which way.
const FILE: &str = "WEIBOX_TEST_DECODE";
const WAY: &str = "WEIBOX_TEST_WAY";
/// The limit that README promises, in kB as the kernel counts them.
const MOST_MEMORY: u64 = 200_000;
/// The limit that README promises, at which a decoder is stopped.
const MOST_TIME: Duration = Duration::from_secs(2);
/// Additional time for the start of the process and for steps that cannot be interrupted, in a debug build and
/// with cold caches.
const REST: Duration = Duration::from_secs(4);

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).unwrap()
}

/// Replaces bytes behind a marker and a gap.
fn patched(mut bytes: Vec<u8>, mark: &[u8], gap: usize, patch: &[u8]) -> Vec<u8> {
    let at = bytes.windows(mark.len()).position(|window| window == mark).unwrap() + mark.len() + gap;
    bytes.splice(at..at + patch.len(), patch.iter().copied());
    bytes
}

/// Returns a JPEG that claims to have 49 megapixels.
fn jpeg(name: &str, frame: &[u8]) -> Vec<u8> {
    patched(fixture(name), frame, 3, &[7000_u16.to_be_bytes(), 7000_u16.to_be_bytes()].concat())
}

/// Returns a WebP of one colour and any size: its codes take no bits.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let pixel = image::DynamicImage::from(image::RgbaImage::from_pixel(1, 1, image::Rgba([9, 8, 7, 255])));
    pixel.write_to(&mut bytes, image::ImageFormat::WebP).unwrap();
    let sizes = ((width - 1) | (height - 1) << 14).to_le_bytes();
    patched(bytes.into_inner(), b"VP8L", 5, &sizes)
}

/// Returns a PNG of 16 bits per channel, in which few bytes are many pixels.
fn png(width: u32, height: u32) -> Vec<u8> {
    use std::io::Write as _;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Sixteen);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    let row = vec![0x40; width as usize * 8];
    for _ in 0..height {
        rows.write_all(&row).unwrap();
    }
    rows.finish().unwrap();
    drop(writer);
    bytes
}

/// Computes Ogg's checksum: a polynomial from the left, without initial or final XOR (RFC 3533 §6).
fn ogg_sum(page: &[u8]) -> u32 {
    page.iter().fold(0, |sum: u32, byte| {
        (0..8)
            .fold(sum ^ u32::from(*byte) << 24, |sum, _| if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 })
    })
}

/// Returns a Vorbis file with this many packets of one byte.
fn ogg(n_packets: usize) -> Vec<u8> {
    let mut bytes = fixture("voice/vorbis.ogg");
    // The headers are the first two pages.
    let third = bytes.windows(4).enumerate().filter(|(_, tag)| tag == b"OggS").map(|(at, _)| at).nth(2).unwrap();
    let serial: [u8; 4] = bytes[14..18].try_into().unwrap();
    bytes.truncate(third);
    for number in 0..u32::try_from(n_packets / 255).unwrap() {
        let head =
            [b"OggS\0\0".as_slice(), &u64::from(number).to_le_bytes(), &serial, &(number + 2).to_le_bytes()].concat();
        let mut page = [head.as_slice(), &[0; 4], &[255], &[1; 255], &[0; 255]].concat();
        let sum = ogg_sum(&page).to_le_bytes();
        page.splice(22..26, sum);
        bytes.extend(page);
    }
    bytes
}

/// Returns a GIF whose frame and screen have 49 megapixels.
fn gif() -> Vec<u8> {
    let side = 7000_u16.to_le_bytes();
    let bytes = patched(fixture("pictures/screen-0x0.gif"), b"GIF89a", 0, &[side, side].concat());
    patched(bytes, b",\0\0\0\0", 0, &[side, side].concat())
}

/// Returns the ways to decode a file.
fn ways(bytes: &[u8]) -> &'static [&'static str] {
    let is_image = sniff(bytes).is_some_and(|format| format.class == Class::Image);
    if is_image { &["whole", "a part", "moving"] } else { &["heard"] }
}

/// Decodes a file in one way.
fn decode(bytes: &[u8], way: &str) {
    let stop = CancellationToken::new();
    let budget = of_this_thread(&stop);
    let still = |part| drop(picture::decode(bytes, (1160, 1000), part, &budget));
    match way {
        "whole" => still(Viewport::WHOLE),
        "a part" => still(Viewport { zoom: 5, centre: (512, 512) }),
        "moving" => {
            if let Ok(animation) = animation(bytes, (1160, 1000), Viewport::WHOLE, &budget) {
                assert!(animation.frames.count() <= 600);
            }
        }
        _ => {
            if let Ok(voice) = voice::decode(bytes, &budget) {
                drop(voice.wav(Duration::ZERO));
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the parent tells the child by it")]
#[test]
fn no_file_takes_more_memory_and_time_than_its_budget() {
    if let Some(path) = std::env::var_os(FILE) {
        decode(&std::fs::read(path).unwrap(), &std::env::var(WAY).unwrap());
        return;
    }
    let home = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("a WebP of 49 megapixels", webp(7000, 7000)),
        ("a long WebP", webp(16_000, 1200)),
        ("a PNG of 31 megapixels in 16 bits", png(6200, 5000)),
        ("a JPEG of 49 megapixels", jpeg("pictures/444.jpg", b"\xff\xc0")),
        ("a progressive JPEG of 49 megapixels", jpeg("pictures/progressive.jpg", b"\xff\xc2")),
        ("a GIF of 49 megapixels", gif()),
        ("an Ogg of a million packets", ogg(1_000_000)),
        ("hours of silence", [b"#!AMR\n".as_slice(), &vec![0x7c; 2_000_000]].concat()),
    ] {
        let path = home.path().join("file");
        std::fs::write(&path, &bytes).unwrap();
        for way in ways(&bytes) {
            // Runs this test again in a process of its own.
            let (memory, time) = cost(
                Command::new(std::env::current_exe().unwrap())
                    .args(["budget::no_file_takes_more_memory_and_time_than_its_budget", "--exact", "--test-threads=1"])
                    .envs([(FILE, path.as_os_str()), (WAY, way.as_ref())]),
            );
            assert!(memory < MOST_MEMORY, "{name}, {way}: {memory} kB");
            assert!(time < MOST_TIME + REST, "{name}, {way}: {time:?} of processor time");
        }
    }
}

/// Runs a program; returns its peak memory in kB and its processor time.
fn cost(command: &mut Command) -> (u64, Duration) {
    let child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let pid = child.id();
    let mut child = child;
    let mut memory = 0;
    // A process that has ended but was not waited for has no memory, but still has its times.
    let ticks = loop {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        memory = peak.map_or(memory, |peak| peak.parse::<u64>().unwrap().max(memory));
        if status.contains("State:\tZ") {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
            let after_name = stat.rsplit_once(") ").unwrap().1;
            break after_name.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    assert!(child.wait().unwrap().success());
    (memory, Duration::from_millis(ticks * 10))
}
