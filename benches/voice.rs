//! How much faster than it was spoken a voice is decoded: `cargo bench --bench voice`. We promise 300 times for what Weibo
//! sends, AMR narrow-band; the others are printed beside it.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use weibox::media::voice;

/// What AMR narrow-band must reach.
const PROMISED: f64 = 300.0;
/// Long enough for a steady figure.
const LENGTH: Duration = Duration::from_secs(2);
/// The file that the promise is about, and others.
const FILES: [&str; 4] = [
    "assets/media/hours.amr",
    "tests/fixtures/voice/nb-dtx.amr",
    "tests/fixtures/voice/wb-12.65.awb",
    "tests/fixtures/voice/stereo.mp3",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = io::stdout().lock();
    for (index, file) in FILES.into_iter().enumerate() {
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
        let (mut spoken, mut best) = (Duration::ZERO, 0.0_f64);
        let started_at = Instant::now();
        while started_at.elapsed() < LENGTH {
            let began_at = Instant::now();
            spoken = voice::decode(&bytes, &|| true)?.duration();
            best = best.max(spoken.as_secs_f64() / began_at.elapsed().as_secs_f64());
        }
        writeln!(out, "{file}: {:.2} s decoded {best:.0} × real time", spoken.as_secs_f64())?;
        if index == 0 && best < PROMISED {
            return Err(format!("{best:.0} × is less than the {PROMISED} × promised").into());
        }
    }
    Ok(())
}
