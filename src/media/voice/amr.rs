//! AMR narrow-band and wide-band: frames of 20 ms, in the storage format (RFC 4867 §5, one channel) or in another file.

use codec_core::codecs::amr::{AmrCodec, AmrFrameType, AmrVariant};
use codec_core::types::{CodecConfig, CodedFrame, FrameKind, VariableRateCodec as _};

use crate::media::budget::Budget;
use crate::reason::{Reason, files};

use super::{End, Error, Voice, most_samples, time};

/// Sizes in bytes of other systems' comfort noise frames (TS 26.101, table 1a: GSM-EFR, TDMA-EFR, PDC-EFR), from
/// frame type 9 on. They stand where there is no speech.
const FOREIGN_NOISE: [usize; 3] = [6, 5, 5];

/// Decodes a file frame by frame, including comfort noise, until its end or the first frame that cannot be decoded.
pub(super) fn decode(bytes: &[u8], budget: &dyn Fn() -> Budget) -> Result<Voice, Error> {
    let variants = [AmrVariant::NarrowBand, AmrVariant::WideBand].into_iter();
    let mut frames = variants.filter_map(|variant| Some((variant, bytes.strip_prefix(variant.storage_magic())?)));
    let (variant, mut rest) = frames.next().ok_or(Error::Unknown)?;
    let mut decoder = AmrDecoder::new(variant)?;
    let mut samples = Vec::new();
    let end = loop {
        match budget() {
            Budget::Left => {}
            Budget::Spent => break End::TooLong,
            Budget::Cancelled => return Err(Error::Cancelled),
        }
        if rest.is_empty() {
            break End::Whole;
        }
        if samples.len() >= most_samples(decoder.rate()) {
            break End::TooLong;
        }
        match decoder.frame(rest, &mut samples) {
            Ok(after) => rest = after,
            Err(reason) => break End::Broken { at: time(samples.len(), decoder.rate()), reason },
        }
    };
    Ok(Voice { codec: decoder.name(), rate: decoder.rate(), channels: 1, samples, end })
}

/// Decodes frames in sequence.
pub(super) struct AmrDecoder {
    variant: AmrVariant,
    codec: AmrCodec,
    /// Mode of the last speech frame, which gaps go on with.
    mode: u8,
    /// Lowest and highest bit rate of speech.
    rates: Option<(u32, u32)>,
}

impl AmrDecoder {
    pub(super) fn new(variant: AmrVariant) -> Result<Self, Error> {
        let config = match variant {
            AmrVariant::NarrowBand => CodecConfig::amr_nb(),
            AmrVariant::WideBand => CodecConfig::amr_wb(),
        };
        let codec = AmrCodec::new(&config).map_err(|error| Error::Unreadable(Reason::other(error)))?;
        Ok(Self { variant, codec, mode: 0, rates: None })
    }

    /// Returns the number of samples a second.
    pub(super) const fn rate(&self) -> u32 {
        self.variant.sample_rate()
    }

    /// Decodes the first frame of `bytes`, adds its samples, and returns the bytes after it.
    pub(super) fn frame<'a>(&mut self, bytes: &'a [u8], samples: &mut Vec<i16>) -> Result<&'a [u8], Reason> {
        let (header, rest) = bytes.split_first().ok_or(files::REST_MISSING)?;
        let (index, quality_ok) = (header >> 3 & 0x0f, header & 4 != 0);
        let foreign = usize::from(index).checked_sub(9).and_then(|at| FOREIGN_NOISE.get(at));
        let foreign = foreign.filter(|_| self.variant == AmrVariant::NarrowBand);
        let known = || AmrFrameType::from_index(self.variant, index).map_err(Reason::other);
        let frame_type = if foreign.is_some() { AmrFrameType::NoData } else { known()? };
        let length = foreign.copied().unwrap_or_else(|| frame_type.octet_aligned_bytes());
        let (data, rest) = rest.split_at_checked(length).ok_or(files::REST_MISSING)?;
        let kind = match frame_type {
            AmrFrameType::Speech(mode) => {
                self.mode = mode.index();
                let (low, high) = self.rates.unwrap_or((u32::MAX, 0));
                self.rates = Some((low.min(mode.bitrate()), high.max(mode.bitrate())));
                FrameKind::Speech
            }
            AmrFrameType::Sid(_) => FrameKind::ComfortNoise,
            AmrFrameType::NoData => FrameKind::NoData,
            AmrFrameType::SpeechLost => FrameKind::Lost,
        };
        let data = if kind == FrameKind::NoData { Vec::new() } else { data.to_vec() };
        let frame = CodedFrame { kind, mode: self.mode, quality_ok, data };
        samples.extend(self.codec.decode_frame(&frame).map_err(Reason::other)?);
        Ok(rest)
    }

    /// Returns the name with the bit rates: `AMR-NB 12.2 kbit/s`, `AMR-WB 6.6–23.85 kbit/s`; without a rate if
    /// there was no speech.
    pub(super) fn name(&self) -> String {
        let name = match self.variant {
            AmrVariant::NarrowBand => "AMR-NB",
            AmrVariant::WideBand => "AMR-WB",
        };
        let kilo = |rate: u32| f64::from(rate) / 1000.0;
        match self.rates {
            None => name.to_owned(),
            Some((low, high)) if low == high => format!("{name} {} kbit/s", kilo(low)),
            Some((low, high)) => format!("{name} {}–{} kbit/s", kilo(low), kilo(high)),
        }
    }
}
