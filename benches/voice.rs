//! How much faster than real time a voice is decoded: `cargo bench --bench voice`. We promise 100 times for AMR,
//! which Weibo sends; the other formats are printed for comparison.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use weibox::media::budget::Budget;
use weibox::media::voice;

/// The factor that AMR must reach.
const PROMISED: f64 = 100.0;
/// Long enough for a steady figure.
const LENGTH: Duration = Duration::from_secs(2);
/// The files, and whether the promise applies to them.
const FILES: [(&str, bool); 5] = [
    ("assets/media/hours.amr", true),
    ("tests/fixtures/voice/nb-dtx.amr", true),
    ("tests/fixtures/voice/wb-12.65.awb", true),
    ("tests/fixtures/voice/wb-modes.awb", true),
    ("tests/fixtures/voice/stereo.mp3", false),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    for (file, is_promised) in FILES {
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
        let (mut spoken, mut best) = (Duration::ZERO, 0.0_f64);
        let started_at = Instant::now();
        while started_at.elapsed() < LENGTH {
            let began_at = Instant::now();
            spoken = voice::decode(&bytes, &|| Budget::Left)?.duration();
            best = best.max(spoken.as_secs_f64() / began_at.elapsed().as_secs_f64());
        }
        writeln!(out, "{file}: {:.2} s decoded {best:.0} × real time", spoken.as_secs_f64())?;
        if is_promised && best < PROMISED {
            return Err(format!("{file}: {best:.0} × is less than the {PROMISED} × promised").into());
        }
    }
    Ok(())
}
