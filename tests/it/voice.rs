//! Decoding voices from other encoders, and cut and broken ones.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use weibox::media::Error;
use weibox::media::budget::Budget;
use weibox::media::voice::{self, End, LONGEST, Voice, bars};
use weibox::reason::files;

mod formats;
mod playing;
mod session;

/// Returns a file of the fixtures.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/voice").join(name)).unwrap()
}

fn decode(bytes: &[u8]) -> Result<Voice, Error> {
    voice::decode(bytes, &|| Budget::Left)
}

/// Computes FNV-1a of the samples as bytes.
fn digest(samples: &[i16]) -> u64 {
    samples
        .iter()
        .flat_map(|sample| sample.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

fn rms(samples: &[i16]) -> u64 {
    let squares: u64 = samples.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum();
    (squares / samples.len() as u64).isqrt()
}

#[test]
fn files_of_other_encoders_sound_as_another_decoder_says() {
    // Samples, RMS and digest are from SoX. Wide-band differs in the lowest two bits, which are not part of the
    // standard; lossy formats round differently, and SoX omits the first frame of MP3.
    for (name, codec, rate, channels, n_samples, loudness, exact) in [
        ("nb-4.75.amr", "AMR-NB 4.75 kbit/s", 8000, 1, 26_880, 2812, Some(0xfc96_3452_45fc_541e)),
        ("nb-12.2.amr", "AMR-NB 12.2 kbit/s", 8000, 1, 26_880, 3165, Some(0xa42f_e14c_04e0_cd30)),
        ("nb-dtx.amr", "AMR-NB 12.2 kbit/s", 8000, 1, 28_000, 2308, Some(0x2e8e_20f0_a32d_d771)),
        ("wb-12.65.awb", "AMR-WB 12.65 kbit/s", 16_000, 1, 25_600, 2847, None),
        ("wb-modes.awb", "AMR-WB 6.6–23.85 kbit/s", 16_000, 1, 86_400, 3866, None),
        ("wb-dtx.awb", "AMR-WB 12.65 kbit/s", 16_000, 1, 44_800, 1721, None),
        ("stereo.mp3", "MP3", 44_100, 2, 44_928 + 1152, 2982, None),
        ("vorbis.ogg", "VORBIS", 8000, 1, 26_728, 3332, None),
        ("ulaw.wav", "PCM MULAW", 8000, 1, 4000, 3282, Some(0x1ac6_c39d_818e_b21d)),
    ] {
        let voice = decode(&fixture(name)).unwrap();
        assert_eq!((voice.codec.as_str(), voice.rate, voice.channels), (codec, rate, channels), "{name}");
        assert_eq!((voice.samples.len(), &voice.end), (n_samples, &End::Whole), "{name}");
        assert!(rms(&voice.samples).abs_diff(loudness) <= 1, "{name}: {}", rms(&voice.samples));
        assert!(exact.is_none_or(|exact| exact == digest(&voice.samples)), "{name}: {:x}", digest(&voice.samples));
    }
}

/// Returns the start of each frame of 20 ms (RFC 4867 §5.3): speech of 12.2 kbit/s, comfort noise, nothing.
fn frames(bytes: &[u8]) -> Vec<usize> {
    let mut starts = vec![6];
    while let Some(header) = bytes.get(starts[starts.len() - 1]) {
        let length = match header >> 3 {
            7 => 31,
            8 => 5,
            15 => 0,
            _ => unreachable!("{header}"),
        };
        starts.push(starts[starts.len() - 1] + 1 + length);
    }
    starts
}

#[test]
fn a_cut_file_is_heard_up_to_the_cut_and_says_where_that_is() {
    let whole = fixture("nb-12.2.amr");
    let (samples, starts) = (decode(&whole).unwrap().samples, frames(&whole));
    for n_frames in [0, 1, 50, 100] {
        // Before a frame, after its first byte, and before its last byte.
        for (more, is_whole) in [(0, true), (1, false), (31, false)] {
            let cut = whole.get(..starts[n_frames] + more).unwrap();
            let voice = decode(cut).unwrap();
            assert!(voice.samples == samples[..n_frames * 160], "{n_frames} frames and {more} bytes");
            let at = Duration::from_millis(20 * n_frames as u64);
            match voice.end {
                End::Whole => assert!(is_whole),
                End::Broken { at: broken, reason } => {
                    assert!(!is_whole && broken == at && reason == files::REST_MISSING.into(), "{reason}");
                }
                End::TooLong => panic!("{n_frames}"),
            }
        }
    }
}

#[test]
fn a_frame_that_is_none_ends_the_voice_where_it_stands() {
    let mut bytes = fixture("nb-12.2.amr");
    // A frame type that the standard reserves.
    let start = frames(&bytes)[70];
    bytes[start] = 13 << 3;
    let voice = decode(&bytes).unwrap();
    assert_eq!(voice.samples.len(), 70 * 160);
    assert!(matches!(voice.end, End::Broken { at, .. } if at == Duration::from_millis(1400)), "{:?}", voice.end);
}

#[test]
fn an_hour_in_a_small_file_is_decoded_for_ten_minutes() {
    // "No data" takes one byte for 20 ms.
    let hour = [b"#!AMR\n".as_slice(), &vec![0x7c; 180_000]].concat();
    let voice = decode(&hour).unwrap();
    assert_eq!((voice.duration(), voice.end), (LONGEST, End::TooLong));
}

#[test]
fn a_voice_that_is_no_longer_wanted_is_left_at_once() {
    let asked = std::cell::Cell::new(0);
    let is_wanted = || {
        asked.set(asked.get() + 1);
        if asked.get() < 4 { Budget::Left } else { Budget::Cancelled }
    };
    assert_eq!(voice::decode(&fixture("nb-dtx.amr"), &is_wanted), Err(Error::Cancelled));
    assert_eq!(asked.get(), 4);
}

const FIXTURES: [&str; 7] =
    ["nb-dtx.amr", "wb-12.65.awb", "wb-modes.awb", "wb-dtx.awb", "stereo.mp3", "vorbis.ogg", "ulaw.wav"];

const MAGICS: [&[u8]; 5] = [b"#!AMR\n", b"#!AMR-WB\n", b"RIFF\0\0\0\0WAVEfmt ", b"OggS\0", b"ID3\x03"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn changed_and_cut_files_never_panic_and_stay_within_limits(
        name in prop::sample::select(&FIXTURES[..]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        length in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = fixture(name);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(length.index(bytes.len()));
        }
        if let Ok(voice) = decode(&bytes) {
            prop_assert!(voice.duration() <= LONGEST && voice.channels > 0);
            let summary = voice.summary();
            prop_assert!(bars(&summary.shape, 58, 7).iter().all(|level| *level <= 7));
            prop_assert_eq!(voice.wav(Duration::ZERO).len(), 44 + 2 * voice.samples.len());
        }
    }

    #[test]
    fn noise_after_a_magic_number_never_panics(
        magic in prop::sample::select(&MAGICS[..]),
        noise in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        drop(decode(&[magic, &noise].concat()));
    }
}
