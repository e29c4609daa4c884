//! Files that hold packets of a codec: WAV, MP3, AAC, Ogg, MP4 and 3GP, `WebM` and others.

use std::borrow::Cow;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::media::budget::Budget;
use crate::reason::{Reason, files};

use super::codec::{Bad, Codec};
use super::{End, Error, RATES, Voice, header, most_samples, time};

/// Decodes packet by packet. A packet that cannot be decoded is left out; the first of them is where the file
/// broke.
pub(super) fn decode(bytes: &[u8], budget: &dyn Fn() -> Budget) -> Result<Voice, Error> {
    if let Some(codec) = header::undecodable(bytes) {
        return Err(Error::NoDecoder(codec));
    }
    let bytes = header::mp3_of_wav(bytes).unwrap_or(bytes);
    let source = CutSource { length: header::claimed_length(bytes), bytes: Cursor::new(header::mended(bytes)) };
    let stream = MediaSourceStream::new(Box::new(source), MediaSourceStreamOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| {
            Error::Unreadable(if header::lacks_index(bytes) { files::NO_INDEX.into() } else { reason(&error) })
        })?;
    let (id, mut codec) = track(format.as_ref(), bytes)?;
    let mut sound = DecodedSound { is_live: header::is_live(bytes), ..DecodedSound::default() };
    let end = loop {
        match budget() {
            Budget::Left => {}
            Budget::Spent => break End::TooLong,
            Budget::Cancelled => return Err(Error::Cancelled),
        }
        if let ControlFlow::Break(end) = sound.take_packet(format.as_mut(), &mut codec, id) {
            break end;
        }
    };
    sound.into_voice(codec.name(), end)
}

/// Returns the reason for users in place of the library's words.
fn reason(error: &Failure) -> Reason {
    let is_cut = matches!(error, Failure::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof);
    if is_cut { files::REST_MISSING.into() } else { Reason::other(error) }
}

/// Returns the audio track and its decoder.
fn track(format: &dyn FormatReader, bytes: &[u8]) -> Result<(u32, Codec), Error> {
    let nothing = || Error::Unreadable(files::NO_SOUND.into());
    let Some(track) = format.default_track(TrackType::Audio) else {
        // The library does not know AMR, but it finds the packets.
        let (at, variant) = header::amr_track(bytes).ok_or_else(nothing)?;
        let track = format.tracks().get(at).ok_or_else(nothing)?;
        return Ok((track.id, Codec::amr(variant)?));
    };
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio()).ok_or_else(nothing)?;
    let codec = Codec::new(parameters).map_err(|error| Error::NoDecoder(format!("its codec ({error})")))?;
    Ok((track.id, codec))
}

/// A source that claims the length in the file's header, because the library refuses a shorter file as a whole.
struct CutSource<'a> {
    bytes: Cursor<Cow<'a, [u8]>>,
    length: u64,
}

impl Read for CutSource<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(into)
    }
}

impl Seek for CutSource<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::End(back) => {
                let at = self.length.checked_add_signed(back).ok_or(io::ErrorKind::InvalidInput)?;
                self.bytes.seek(SeekFrom::Start(at))
            }
            SeekFrom::Start(_) | SeekFrom::Current(_) => self.bytes.seek(to),
        }
    }
}

impl MediaSource for CutSource<'_> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

/// The sound decoded so far.
#[derive(Default)]
struct DecodedSound {
    samples: Vec<i16>,
    rate: u32,
    channels: usize,
    broken: Option<End>,
    /// Whether the sound ends wherever the file ends.
    is_live: bool,
    /// One packet, its channels interleaved; kept to reuse its allocation.
    packet: Vec<i16>,
}

impl DecodedSound {
    /// Decodes the next packet of a track; breaks with the end of the sound.
    fn take_packet(&mut self, format: &mut dyn FormatReader, codec: &mut Codec, id: u32) -> ControlFlow<End> {
        let packet = match format.next_packet() {
            Ok(Some(packet)) if packet.track_id == id => packet,
            Ok(Some(_)) => return ControlFlow::Continue(()),
            Ok(None) => return ControlFlow::Break(End::Whole),
            Err(Failure::IoError(error)) if self.is_live && error.kind() == io::ErrorKind::UnexpectedEof => {
                return ControlFlow::Break(End::Whole);
            }
            Err(error) => return ControlFlow::Break(self.broken(reason(&error))),
        };
        let (rate, channels) = match codec.decode(&packet, &mut self.packet) {
            Ok(shape) => shape,
            Err(Bad::Packet(reason)) => {
                let broken = self.broken(reason);
                self.broken.get_or_insert(broken);
                return ControlFlow::Continue(());
            }
            Err(Bad::All(reason)) => return ControlFlow::Break(self.broken(reason)),
        };
        if !RATES.contains(&rate) || channels == 0 {
            return ControlFlow::Break(self.broken(files::ODD_SOUND.with(rate).with(channels)));
        }
        if self.rate == 0 {
            (self.rate, self.channels) = (rate, channels);
        }
        if (self.rate, self.channels) != (rate, channels) {
            return ControlFlow::Break(self.broken(files::CHANGED_SOUND.into()));
        }
        self.samples.extend(self.packet.chunks_exact(channels).map(mixed));
        let most = most_samples(rate);
        if self.samples.len() < most {
            return ControlFlow::Continue(());
        }
        self.samples.truncate(most);
        ControlFlow::Break(End::TooLong)
    }

    fn broken(&self, reason: Reason) -> End {
        End::Broken { at: time(self.samples.len(), self.rate), reason }
    }

    /// Returns the voice. Users are told the first thing that went wrong.
    fn into_voice(self, codec: String, end: End) -> Result<Voice, Error> {
        let end = self.broken.unwrap_or(end);
        if self.rate == 0 {
            return Err(Error::Unreadable(match end {
                End::Broken { reason, .. } => reason,
                End::Whole | End::TooLong => files::NO_SOUND.into(),
            }));
        }
        Ok(Voice { codec, rate: self.rate, channels: self.channels, samples: self.samples, end })
    }
}

/// Mixes the channels of one moment into one.
fn mixed(channels: &[i16]) -> i16 {
    let sum: i64 = channels.iter().copied().map(i64::from).sum();
    let n_channels = i64::try_from(channels.len()).unwrap_or(i64::MAX).max(1);
    // The mean of 16-bit numbers has 16 bits.
    i16::try_from(sum / n_channels).unwrap_or_default()
}
