//! Everything but AMR: WAV, MP3, AAC, Vorbis in Ogg, and the sound of MP4 files.

use std::io::Cursor;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use super::{End, Error, RATES, Voice, most_samples, time};

/// Decodes packet by packet. A packet that cannot be decoded is left out, and the first such is where the file broke.
pub(super) fn decode(bytes: &[u8], is_wanted: &dyn Fn() -> bool) -> Result<Voice, Error> {
    let unreadable = |error: Failure| Error::Unreadable(error.to_string());
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes.to_vec())), MediaSourceStreamOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(unreadable)?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| Error::NoDecoder("what is in it".to_owned()))?;
    let id = track.id;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or_else(|| Error::NoDecoder("its codec".to_owned()))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|error| Error::NoDecoder(format!("its codec ({error})")))?;
    let mut sound = Sound::default();
    let end = loop {
        if !is_wanted() {
            return Err(Error::Cancelled);
        }
        match sound.take_packet(format.as_mut(), decoder.as_mut(), id) {
            Step::Went => {}
            Step::Ended(end) => break end,
        }
    };
    let codec = decoder.codec_info().short_name.to_ascii_uppercase().replace('_', " ");
    sound.into_voice(codec, end)
}

/// Whether there is more.
enum Step {
    Went,
    Ended(End),
}

/// What was decoded so far.
#[derive(Default)]
struct Sound {
    samples: Vec<i16>,
    rate: u32,
    channels: usize,
    broken: Option<End>,
    /// One packet, its channels interleaved; kept, so that it is allocated once.
    packet: Vec<i16>,
}

impl Sound {
    fn take_packet(&mut self, format: &mut dyn FormatReader, decoder: &mut dyn AudioDecoder, id: u32) -> Step {
        let packet = match format.next_packet() {
            Ok(Some(packet)) if packet.track_id == id => packet,
            Ok(Some(_)) => return Step::Went,
            Ok(None) => return Step::Ended(End::Whole),
            Err(error) => return Step::Ended(self.broken(&error.to_string())),
        };
        let buffer = match decoder.decode(&packet) {
            Ok(buffer) => buffer,
            Err(error @ Failure::DecodeError(_)) => {
                let broken = self.broken(&error.to_string());
                self.broken.get_or_insert(broken);
                return Step::Went;
            }
            Err(error) => return Step::Ended(self.broken(&error.to_string())),
        };
        let (rate, channels) = (buffer.spec().rate(), buffer.spec().channels().count());
        if !RATES.contains(&rate) || channels == 0 {
            return Step::Ended(self.broken(&format!("{rate} samples a second in {channels} channels is no voice")));
        }
        if self.rate == 0 {
            (self.rate, self.channels) = (rate, channels);
        }
        if (self.rate, self.channels) != (rate, channels) {
            return Step::Ended(self.broken("the rate or the number of channels changes"));
        }
        buffer.copy_to_vec_interleaved(&mut self.packet);
        self.samples.extend(self.packet.chunks_exact(channels).map(mixed));
        let most = most_samples(rate);
        if self.samples.len() < most {
            return Step::Went;
        }
        self.samples.truncate(most);
        Step::Ended(End::TooLong)
    }

    fn broken(&self, reason: &str) -> End {
        End::Broken { at: time(self.samples.len(), self.rate), reason: reason.to_owned() }
    }

    /// The first thing that went wrong is what people are told.
    fn into_voice(self, codec: String, end: End) -> Result<Voice, Error> {
        let end = self.broken.unwrap_or(end);
        if self.rate == 0 {
            return Err(Error::Unreadable(match end {
                End::Broken { reason, .. } => reason,
                End::Whole | End::TooLong => "there is no sound in it".to_owned(),
            }));
        }
        Ok(Voice { codec, rate: self.rate, channels: self.channels, samples: self.samples, end })
    }
}

/// The channels of one moment as one.
fn mixed(channels: &[i16]) -> i16 {
    let sum: i64 = channels.iter().copied().map(i64::from).sum();
    let n_channels = i64::try_from(channels.len()).unwrap_or(i64::MAX).max(1);
    // The mean of 16-bit numbers is one.
    i16::try_from(sum / n_channels).unwrap_or_default()
}
