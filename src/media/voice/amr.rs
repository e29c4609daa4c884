//! AMR narrow-band and wide-band in the storage format (RFC 4867 §5), one channel.

use codec_core::codecs::amr::{AmrCodec, AmrFrameType, AmrPayloadFrame, AmrStorageReader, AmrVariant};
use codec_core::types::{CodecConfig, CodedFrame, FrameKind, VariableRateCodec as _};

use super::{End, Error, Voice, most_samples, time, wideband};

/// Decodes frame by frame, comfort noise included, until the end or the first frame that cannot be.
pub(super) fn decode(bytes: &[u8], is_wanted: &dyn Fn() -> bool) -> Result<Voice, Error> {
    let unreadable = |error: codec_core::CodecError| Error::Unreadable(error.to_string());
    let mut reader = AmrStorageReader::new(bytes).map_err(unreadable)?;
    let (name, rate, mut decoder) = match reader.variant() {
        AmrVariant::NarrowBand => {
            ("AMR-NB", 8_000, Decoder::NarrowBand(AmrCodec::new(&CodecConfig::amr_nb()).map_err(unreadable)?))
        }
        AmrVariant::WideBand => ("AMR-WB", 16_000, Decoder::WideBand(Box::new(wideband::Decoder::new()))),
    };
    let mut samples = Vec::new();
    let mut speech = Speech::default();
    let end = loop {
        if !is_wanted() {
            return Err(Error::Cancelled);
        }
        if samples.len() >= most_samples(rate) {
            break End::TooLong;
        }
        let result = match reader.next_frame() {
            Ok(Some(frame)) => decoder.decode(frame, &mut speech, &mut samples),
            Ok(None) => break End::Whole,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            break End::Broken { at: time(samples.len(), rate), reason: error.to_string() };
        }
    };
    Ok(Voice { codec: format!("{name}{}", speech.bit_rates()), rate, channels: 1, samples, end })
}

/// The library's is as fast as is promised for narrow-band, and half as fast for wide-band.
enum Decoder {
    NarrowBand(AmrCodec),
    WideBand(Box<wideband::Decoder>),
}

impl Decoder {
    /// Adds the samples of a frame.
    fn decode(
        &mut self,
        frame: AmrPayloadFrame,
        speech: &mut Speech,
        samples: &mut Vec<i16>,
    ) -> codec_core::Result<()> {
        speech.note(&frame);
        match self {
            Self::NarrowBand(codec) => samples.extend(codec.decode_frame(&speech.coded(frame))?),
            Self::WideBand(decoder) => samples.extend(decoder.frame(&frame)),
        }
        Ok(())
    }
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
    fn note(&mut self, frame: &AmrPayloadFrame) {
        if let AmrFrameType::Speech(mode) = frame.frame_type {
            self.mode = mode.index();
            let (low, high) = self.rates.unwrap_or((u32::MAX, 0));
            self.rates = Some((low.min(mode.bitrate()), high.max(mode.bitrate())));
        }
    }

    /// A frame of the file as the library takes it.
    fn coded(&self, frame: AmrPayloadFrame) -> CodedFrame {
        let kind = match frame.frame_type {
            AmrFrameType::Speech(_) => FrameKind::Speech,
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
