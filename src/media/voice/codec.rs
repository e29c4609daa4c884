//! A packet of a container → samples, by the library that has the decoder.

use codec_core::codecs::amr::AmrVariant;
use opus_decoder::OpusDecoder;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Failure;
use symphonia::core::packet::Packet;

use crate::reason::Reason;

use super::Error;
use super::amr::AmrDecoder;

/// Samples a second that Opus is decoded to.
const OPUS_RATE: u32 = 48_000;
/// Magic number of an Opus header; after two more bytes follows the number of samples to skip (RFC 7845 §5.1).
const OPUS_HEAD: &[u8] = b"OpusHead";

/// A decoder and its state.
pub(super) enum Codec {
    Symphonia(Box<dyn AudioDecoder>),
    Opus { decoder: Box<OpusDecoder>, channels: usize, skip: usize },
    Amr(Box<AmrDecoder>),
}

/// Why a packet cannot be decoded.
pub(super) enum Bad {
    /// Only this packet cannot be decoded.
    Packet(Reason),
    /// The packets after it cannot be decoded either.
    All(Reason),
}

impl Codec {
    /// Returns the decoder for a track, or the reason why there is none.
    pub(super) fn new(parameters: &AudioCodecParameters) -> Result<Self, String> {
        if parameters.codec != CODEC_ID_OPUS {
            let decoder = symphonia::default::get_codecs()
                .make_audio_decoder(parameters, &AudioDecoderOptions::default())
                .map_err(|error| error.to_string())?;
            return Ok(Self::Symphonia(decoder));
        }
        let channels = parameters.channels.as_ref().map_or(1, Channels::count);
        let decoder = OpusDecoder::new(OPUS_RATE, channels).map_err(|error| error.to_string())?;
        let head = parameters.extra_data.as_deref().and_then(|data| data.strip_prefix(OPUS_HEAD));
        let skip = match head.and_then(|head| head.first_chunk()) {
            // The header of an MP4 has the opposite byte order.
            Some(&[0, _, high, low]) => u16::from_be_bytes([high, low]),
            Some(&[_, _, low, high]) => u16::from_le_bytes([low, high]),
            None => 0,
        };
        Ok(Self::Opus { decoder: Box::new(decoder), channels, skip: skip.into() })
    }

    /// Returns the decoder for a track of AMR.
    pub(super) fn amr(variant: AmrVariant) -> Result<Self, Error> {
        AmrDecoder::new(variant).map(|decoder| Self::Amr(Box::new(decoder)))
    }

    /// Returns the name for users.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Symphonia(decoder) => decoder.codec_info().short_name.to_ascii_uppercase().replace('_', " "),
            Self::Opus { .. } => "Opus".to_owned(),
            Self::Amr(decoder) => decoder.name(),
        }
    }

    /// Decodes a packet into `samples`, its channels interleaved; returns the rate and the number of channels.
    pub(super) fn decode(&mut self, packet: &Packet, samples: &mut Vec<i16>) -> Result<(u32, usize), Bad> {
        samples.clear();
        match self {
            Self::Symphonia(decoder) => match decoder.decode(packet) {
                Ok(buffer) => {
                    buffer.copy_to_vec_interleaved(samples);
                    Ok((buffer.spec().rate(), buffer.spec().channels().count()))
                }
                Err(error @ Failure::DecodeError(_)) => Err(Bad::Packet(Reason::other(error))),
                Err(error) => Err(Bad::All(Reason::other(error))),
            },
            Self::Opus { decoder, channels, skip } => {
                samples.resize(OpusDecoder::MAX_FRAME_SIZE_48K * *channels, 0);
                let n_frames =
                    decoder.decode(&packet.data, samples, false).map_err(|error| Bad::Packet(Reason::other(error)))?;
                samples.truncate(n_frames * *channels);
                let skipped = n_frames.min(*skip);
                *skip -= skipped;
                samples.drain(..skipped * *channels);
                Ok((OPUS_RATE, *channels))
            }
            Self::Amr(decoder) => {
                let mut rest = &*packet.data;
                while !rest.is_empty() {
                    rest = decoder.frame(rest, samples).map_err(Bad::Packet)?;
                }
                Ok((decoder.rate(), 1))
            }
        }
    }
}
