//! Voice: bytes → samples, their loudness, and the WAV that players take. Opens no file and plays nothing.
//!
//! Weibo's voices are AMR narrow-band (protocol §7.2). Other formats are decoded if there is a decoder; they are
//! identified by their first bytes, or by those after foreign bytes. If a decoder fails midway, the samples up to
//! there are kept, with the place where the file broke.

use std::time::Duration;

use super::budget::Budget;
use super::{Class, Error};
use crate::reason::Reason;

mod amr;
mod codec;
mod container;
mod header;
mod shape;

pub use shape::bars;

/// Maximum length of a decoded voice, because a small file can claim to be hours long.
pub const LONGEST: Duration = Duration::from_mins(10);
/// Sample rate at which [`LONGEST`] fills 58 MB, and the file for a player as much again.
const USUAL_RATE: u32 = 48_000;
/// Samples a second; fewer are not speech.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=96_000;
/// Size in bytes of the header of a WAV with PCM samples.
const WAV_HEADER: u32 = 44;

/// How decoding ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// At the end of the file.
    Whole,
    /// At [`LONGEST`], or when the budget was spent.
    TooLong,
    /// Where the file is broken.
    Broken {
        /// Time of the first sample that is missing or wrong.
        at: Duration,
        /// What is wrong.
        reason: Reason,
    },
}

/// A decoded voice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Name of the codec, with its bit rate if the file tells it: `AMR-NB 12.2 kbit/s`.
    pub codec: String,
    /// Samples a second.
    pub rate: u32,
    /// Number of channels in the file; the samples are mixed into one.
    pub channels: usize,
    /// Samples of the one channel.
    pub samples: Vec<i16>,
    /// How decoding ended.
    pub end: End,
}

/// What is shown of a voice: small enough to be kept for many voices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceSummary {
    /// See [`Voice::codec`].
    pub codec: String,
    /// Samples a second.
    pub rate: u32,
    /// Channels of the file.
    pub channels: usize,
    /// Length of what could be decoded.
    pub duration: Duration,
    /// How decoding ended.
    pub end: End,
    /// Loudness over time, for [`bars`].
    pub shape: Vec<u16>,
}

/// Decodes a file, identified by its first bytes. `budget` is asked about every 20 ms of sound; when it is spent,
/// the samples decoded so far are kept.
///
/// # Errors
///
/// Fails if not even the beginning can be decoded, and with [`Error::Cancelled`] as soon as the budget says so.
pub fn decode(bytes: &[u8], budget: &dyn Fn() -> Budget) -> Result<Voice, Error> {
    let Some((at, format)) = super::find(bytes) else {
        // Frames of MP3 or AAC after foreign bytes are recognized by the frames that follow them.
        let is_no_voice = |error: &Error| matches!(error, Error::Unreadable(_) | Error::NoDecoder(_));
        let decoded = container::decode(bytes, budget);
        return decoded.map_err(|error| if is_no_voice(&error) { Error::Unknown } else { error });
    };
    let bytes = bytes.get(at..).unwrap_or_default();
    match (format.name, format.class) {
        ("AMR" | "AMR-WB", _) => amr::decode(bytes, budget),
        (other @ ("SILK" | "AMR of several channels"), _) | (other, Class::Image | Class::Other) => {
            Err(Error::NoDecoder(other.to_owned()))
        }
        (_, Class::Voice | Class::Video) => container::decode(bytes, budget),
    }
}

impl Voice {
    /// Returns the length of the voice.
    pub fn duration(&self) -> Duration {
        time(self.samples.len(), self.rate)
    }

    /// Returns what is shown of the voice.
    pub fn summary(&self) -> VoiceSummary {
        VoiceSummary {
            codec: self.codec.clone(),
            rate: self.rate,
            channels: self.channels,
            duration: self.duration(),
            end: self.end.clone(),
            shape: shape::of(&self.samples),
        }
    }

    /// Returns the samples from a time on; none beyond the end.
    pub fn samples_from(&self, from: Duration) -> &[i16] {
        let skipped = usize::try_from(from.as_micros() * u128::from(self.rate) / 1_000_000).unwrap_or(usize::MAX);
        self.samples.get(skipped..).unwrap_or_default()
    }

    /// Returns a WAV file (PCM, 16 bit, one channel) of the voice from `from` on; without samples beyond the end.
    pub fn wav(&self, from: Duration) -> Vec<u8> {
        let samples = self.samples_from(from);
        // At most ten minutes at the usual rate: 58 MB.
        let length = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX - WAV_HEADER);
        let mut wav = Vec::with_capacity(samples.len() * 2 + WAV_HEADER as usize);
        wav.extend_from_slice(b"RIFF");
        wav.extend_from_slice(&(length + WAV_HEADER - 8).to_le_bytes());
        wav.extend_from_slice(b"WAVEfmt ");
        wav.extend_from_slice(&16_u32.to_le_bytes());
        // PCM, one channel.
        wav.extend_from_slice(&[1, 0, 1, 0]);
        wav.extend_from_slice(&self.rate.to_le_bytes());
        wav.extend_from_slice(&(self.rate * 2).to_le_bytes());
        // Bytes a sample, bits a sample.
        wav.extend_from_slice(&[2, 0, 16, 0]);
        wav.extend_from_slice(b"data");
        wav.extend_from_slice(&length.to_le_bytes());
        wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        wav
    }
}

/// Returns the length of this many samples.
fn time(samples: usize, rate: u32) -> Duration {
    let micros = samples as u128 * 1_000_000 / u128::from(rate.max(1));
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// Returns the maximum number of samples to decode: [`LONGEST`] at up to 48 kHz, half as long at the fastest rate.
fn most_samples(rate: u32) -> usize {
    usize::try_from(u64::from(rate.min(USUAL_RATE)) * LONGEST.as_secs()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice() -> Voice {
        let samples = (0..8000).map(|at| i16::try_from(at).unwrap()).collect();
        Voice { codec: "PCM".to_owned(), rate: 8000, channels: 1, samples, end: End::Whole }
    }

    #[test]
    fn a_wav_is_read_back_as_it_was_and_begins_at_the_head() {
        let voice = voice();
        let again = decode(&voice.wav(Duration::ZERO), &|| Budget::Left).unwrap();
        assert_eq!((&again.samples, again.rate, &again.end), (&voice.samples, 8000, &End::Whole));
        let rest = decode(&voice.wav(Duration::from_millis(250)), &|| Budget::Left).unwrap();
        assert_eq!(rest.samples, voice.samples[2000..]);
        assert_eq!(voice.wav(Duration::from_secs(99)).len(), 44);
    }

    #[test]
    fn what_is_no_voice_is_refused_by_name() {
        assert_eq!(decode(b"hello", &|| Budget::Left), Err(Error::Unknown));
        assert_eq!(decode(b"#!SILK_V3\0\0\0", &|| Budget::Left), Err(Error::NoDecoder("SILK".to_owned())));
        assert_eq!(decode(b"#!AMR\n\x3c", &|| Budget::Cancelled), Err(Error::Cancelled));
    }
}
