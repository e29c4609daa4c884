//! AMR narrow-band and wide-band in the storage format (RFC 4867 §5), one channel.

use codec_core::codecs::amr::{AmrCodec, AmrFrameType, AmrPayloadFrame, AmrStorageReader, AmrVariant};
use codec_core::types::{CodecConfig, CodedFrame, FrameKind, VariableRateCodec as _};

use super::{End, Error, Voice, most_samples, time};

/// Decodes frame by frame, comfort noise included, until the end or the first frame that cannot be.
pub(super) fn decode(bytes: &[u8], is_wanted: &dyn Fn() -> bool) -> Result<Voice, Error> {
    let unreadable = |error: codec_core::CodecError| Error::Unreadable(error.to_string());
    let mut reader = AmrStorageReader::new(bytes).map_err(unreadable)?;
    let (name, rate, config) = match reader.variant() {
        AmrVariant::NarrowBand => ("AMR-NB", 8_000, CodecConfig::amr_nb()),
        AmrVariant::WideBand => ("AMR-WB", 16_000, CodecConfig::amr_wb()),
    };
    let mut codec = AmrCodec::new(&config).map_err(unreadable)?;
    let mut samples = Vec::new();
    let mut speech = Speech::default();
    let end = loop {
        if !is_wanted() {
            return Err(Error::Cancelled);
        }
        if samples.len() >= most_samples(rate) {
            break End::TooLong;
        }
        let decoded = match reader.next_frame() {
            Ok(Some(frame)) => codec.decode_frame(&speech.coded(frame)),
            Ok(None) => break End::Whole,
            Err(error) => Err(error),
        };
        match decoded {
            Ok(frame) => samples.extend(frame),
            Err(error) => break End::Broken { at: time(samples.len(), rate), reason: error.to_string() },
        }
    };
    Ok(Voice { codec: format!("{name}{}", speech.bit_rates()), rate, channels: 1, samples, end })
}

/// What the speech frames so far said.
#[derive(Default)]
struct Speech {
    /// The mode of the last one, which gaps go on with.
    mode: u8,
    /// The lowest and the highest bit rate.
    rates: Option<(u32, u32)>,
}

impl Speech {
    /// A frame of the file as the decoder takes it.
    fn coded(&mut self, frame: AmrPayloadFrame) -> CodedFrame {
        let kind = match frame.frame_type {
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
        CodedFrame { kind, mode: self.mode, quality_ok: frame.quality_ok, data: frame.data }
    }

    /// ` 12.2 kbit/s`, ` 4.75–12.2 kbit/s`; nothing without speech.
    fn bit_rates(&self) -> String {
        let kilo = |rate: u32| f64::from(rate) / 1000.0;
        match self.rates {
            None => String::new(),
            Some((low, high)) if low == high => format!(" {} kbit/s", kilo(low)),
            Some((low, high)) => format!(" {}–{} kbit/s", kilo(low), kilo(high)),
        }
    }
}
