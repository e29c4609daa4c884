//! Headers that the library takes too literally or cannot read: lengths that were never filled in or exceed the
//! file, and the names of codecs without a decoder.

use std::borrow::Cow;

use codec_core::codecs::amr::AmrVariant;

/// Smallest length in bytes that stands for one that the writer did not know.
const PLACEHOLDER: u32 = 0x7fff_0000;
/// Offset of the first part of a WAV.
const WAV_PARTS: usize = 12;
/// Codecs of WAV files that weibox cannot decode, by their tags (RFC 2361).
const WAV_CODECS: [(u16, &str); 5] =
    [(0x31, "GSM 6.10"), (0x42, "G.723.1"), (0x45, "G.726"), (0x161, "Windows Media Audio"), (0xa109, "Speex")];
/// Codecs of Ogg files that weibox cannot decode, by the beginning of their first packet.
const OGG_CODECS: [(&[u8], &str); 2] = [(b"Speex   ", "Speex"), (b"\x80theora", "Theora")];
/// Offset of the first packet in an Ogg file with one part a page.
const OGG_PACKET: usize = 28;
/// Tracks of AMR, by the type of their samples (TS 26.244).
const AMR_SAMPLES: [(&[u8], AmrVariant); 2] = [(b"samr", AmrVariant::NarrowBand), (b"sawb", AmrVariant::WideBand)];

/// Returns the codec of a file if there is known to be no decoder for it.
pub(super) fn undecodable(bytes: &[u8]) -> Option<String> {
    let wav =
        wav_format(bytes).and_then(|tag| WAV_CODECS.iter().find(|(known, _)| *known == tag).map(|(_, name)| *name));
    let first = bytes.get(OGG_PACKET..).filter(|_| bytes.starts_with(b"OggS")).unwrap_or_default();
    let ogg = OGG_CODECS.iter().find(|(begin, _)| first.starts_with(begin)).map(|(_, name)| *name);
    wav.or(ogg).map(str::to_owned)
}

/// Returns the MP3 frames in a WAV, if it has any.
pub(super) fn mp3_of_wav(bytes: &[u8]) -> Option<&[u8]> {
    const MP3: u16 = 0x55;
    let is_mp3 = wav_format(bytes) == Some(MP3);
    let (_, at, _) = wav_parts(bytes).find(|(tag, ..)| is_mp3 && tag == b"data")?;
    bytes.get(at..)
}

/// Returns a file whose header states its length: a WAV that was written into a pipe did not know it, and claims
/// anything. Other files stay as they are.
pub(super) fn mended(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some((at, length)) = wav_parts(bytes).find(|(tag, ..)| tag == b"data").map(|(_, at, length)| (at, length))
    else {
        return bytes.into();
    };
    let mut bytes = bytes.to_vec();
    let unknown = u32::MAX.to_le_bytes();
    bytes.splice(4..8, unknown);
    let rest = bytes.len() - at;
    if length == 0 || length >= PLACEHOLDER {
        let rest = u32::try_from(rest).map_or(unknown, u32::to_le_bytes);
        bytes.splice(at - 4..at, rest);
    }
    bytes.into()
}

/// Returns the length of a file. An MP4 has the length that its outermost boxes claim, which is more if the rest is
/// missing.
pub(super) fn claimed_length(bytes: &[u8]) -> u64 {
    let end = boxes(bytes).map(|(_, end)| end).last().unwrap_or_default();
    end.max(bytes.len() as u64)
}

/// Whether a file is an MP4 whose index is missing.
pub(super) fn lacks_index(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp") && boxes(bytes).all(|(tag, _)| tag != *b"moov")
}

/// Whether a file is a `WebM` that was written while it was recorded, and so may end anywhere.
pub(super) fn is_live(bytes: &[u8]) -> bool {
    // The segment, whose length is all ones.
    const SEGMENT: [u8; 12] = [0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    bytes.starts_with(b"\x1a\x45\xdf\xa3") && head.windows(SEGMENT.len()).any(|window| window == SEGMENT)
}

/// Returns the outermost boxes of an MP4: tag, and the end that they claim.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], u64)> {
    let mut at = if bytes.get(4..8) == Some(b"ftyp") { 0 } else { u64::MAX };
    std::iter::from_fn(move || {
        let rest = bytes.get(usize::try_from(at).ok()?..)?;
        let [a, b, c, d, tag @ ..] = *rest.first_chunk::<8>()?;
        let length = match u32::from_be_bytes([a, b, c, d]) {
            // Up to the end of the file.
            0 => rest.len() as u64,
            1 => u64::from_be_bytes(*rest.get(8..)?.first_chunk()?),
            length => length.into(),
        };
        at = at.saturating_add(length.max(8));
        Some((tag, at))
    })
}

/// Returns which track of an MP4 is AMR, if one is.
pub(super) fn amr_track(bytes: &[u8]) -> Option<(usize, AmrVariant)> {
    let position = |tag: &[u8]| bytes.windows(4).position(|window| window == tag);
    let (at, variant) = AMR_SAMPLES.iter().find_map(|(tag, variant)| Some((position(tag)?, *variant)))?;
    let n_tracks = bytes.get(..at)?.windows(4).filter(|window| window == b"trak").count();
    Some((n_tracks.checked_sub(1)?, variant))
}

/// Returns the parts of a WAV: tag, offset of the content, and the length that they claim.
fn wav_parts(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], usize, u32)> {
    let is_wav = bytes.starts_with(b"RIFF") && bytes.get(8..WAV_PARTS) == Some(b"WAVE");
    let mut at = if is_wav { WAV_PARTS } else { usize::MAX };
    std::iter::from_fn(move || {
        let [a, b, c, d, length @ ..] = *bytes.get(at..)?.first_chunk::<8>()?;
        let (begin, length) = (at + 8, u32::from_le_bytes(length));
        // Parts begin at even offsets.
        at = begin
            .saturating_add(usize::try_from(length).unwrap_or(usize::MAX))
            .saturating_add(usize::from(length & 1 == 1));
        Some(([a, b, c, d], begin, length))
    })
}

/// Returns the tag of a WAV's codec; that of its extension if it has one.
fn wav_format(bytes: &[u8]) -> Option<u16> {
    const EXTENSIBLE: u16 = 0xfffe;
    let (_, at, _) = wav_parts(bytes).find(|(tag, ..)| tag == b"fmt ")?;
    let word = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let tag = word(at)?;
    if tag == EXTENSIBLE { word(at + 24) } else { Some(tag) }
}
