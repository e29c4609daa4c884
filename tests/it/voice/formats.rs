//! Voices as telephones, browsers and ffmpeg write them, whole, cut and with wrong lengths; and unsupported
//! formats.

use weibox::media::Error;
use weibox::media::voice::{End, Voice};
use weibox::reason::files;

use super::{decode, fixture, rms};

/// Checks a recoding of `ulaw.wav` at 16 kHz: half a second, plus what the codec adds at both ends.
fn assert_heard(name: &str, voice: &Voice, codec: &str) {
    assert_eq!(voice.end, End::Whole, "{name}");
    assert!(voice.codec.starts_with(codec), "{name}: {}", voice.codec);
    let millis = voice.duration().as_millis();
    assert!((480..=680).contains(&millis), "{name}: {millis} ms");
    let loudness = rms(&voice.samples);
    assert!((2200..=3600).contains(&loudness), "{name}: {loudness}");
}

#[test]
fn what_a_telephone_a_browser_or_ffmpeg_writes_is_heard() {
    for (name, codec) in [
        ("half.amr", "AMR-NB"),
        ("amr.3gp", "AMR-NB"),
        ("video.3gp", "AMR-NB"),
        ("amrwb.3gp", "AMR-WB"),
        ("aac.m4a", "AAC"),
        ("aac.mov", "AAC"),
        ("aac.aac", "AAC"),
        ("frag.mp4", "AAC"),
        ("alac.m4a", "ALAC"),
        ("opus.ogg", "Opus"),
        ("opus.mp4", "Opus"),
        ("live.webm", "Opus"),
        ("v.webm", "VORBIS"),
        ("m.mp3", "MP3"),
        ("mp3.wav", "MP3"),
        ("ima.wav", "ADPCM IMA"),
    ] {
        let voice = decode(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_heard(name, &voice, codec);
    }
}

#[test]
fn a_file_of_3gp_sounds_as_the_amr_in_it() {
    let (amr, file) = (decode(&fixture("half.amr")).unwrap(), decode(&fixture("amr.3gp")).unwrap());
    assert_eq!((amr.codec, amr.samples), (file.codec, file.samples));
}

/// Adds a checksum after each header of AAC: two bytes more, and one flag bit cleared (ISO 13818-7, table 5).
fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut made) = (bytes, Vec::new());
    while let Some(&[a, b, c, d, e, f, g]) = rest.first_chunk() {
        let length = usize::from(d & 3) << 11 | usize::from(e) << 3 | usize::from(f >> 5);
        let (frame, after) = rest.split_at(length);
        let longer = length + 2;
        let [high, low] = u16::try_from(longer << 5).map_or([0; 2], u16::to_be_bytes);
        made.extend([a, b & 0xfe, c, d & 0xfc | u8::try_from(longer >> 11).unwrap(), high, low | f & 0x1f, g, 0, 0]);
        made.extend(&frame[7..]);
        rest = after;
    }
    made
}

#[test]
fn aac_with_checksums_sounds_as_without() {
    let plain = fixture("aac.aac");
    let checked = with_checksums(&plain);
    assert_eq!(checked[1], 0xf0);
    let (plain, checked) = (decode(&plain).unwrap(), decode(&checked).unwrap());
    assert_eq!((plain.samples, checked.end), (checked.samples, End::Whole));
}

#[test]
fn what_came_of_an_m4a_whose_index_stands_first_is_heard() {
    // 44,100 samples a second, 1,024 per packet; all and half of two seconds, less what the encoder adds.
    for (name, least, most) in [("one-byte-short.m4a", 1950, 2030), ("half-came.m4a", 800, 1200)] {
        let voice = decode(&fixture(name)).unwrap();
        let End::Broken { at, reason } = &voice.end else { panic!("{name}: {:?}", voice.end) };
        assert_eq!(*at, voice.duration(), "{name}");
        assert_eq!(*reason, files::REST_MISSING.into(), "{name}");
        assert!((least..=most).contains(&voice.duration().as_millis()), "{name}: {:?}", voice.duration());
    }
}

#[test]
fn a_file_that_is_cut_is_heard_up_to_the_cut() {
    for name in ["aac.aac", "m.mp3", "amr.3gp", "live.webm", "frag.mp4", "ima.wav", "half.amr"] {
        let bytes = fixture(name);
        let whole = decode(&bytes).unwrap();
        // The index of a 3GP is at its end; another test covers that.
        let cut = if name == "amr.3gp" { index_first(&bytes) } else { bytes };
        let cut = decode(cut.get(..cut.len() * 3 / 4).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let percent = cut.samples.len() * 100 / whole.samples.len();
        assert!((20..=90).contains(&percent), "{name}: {percent} %");
        assert!(whole.samples.starts_with(cut.samples.get(..cut.samples.len() / 2).unwrap()), "{name}");
    }
}

/// Moves the index before the sound, and adjusts the offsets in it.
fn index_first(bytes: &[u8]) -> Vec<u8> {
    let boxes = |tag: &[u8]| {
        let at = bytes.windows(4).position(|window| window == tag).unwrap() - 4;
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        (at, at + length as usize)
    };
    let ((moov, moov_end), (mdat, mdat_end), (_, ftyp_end)) = (boxes(b"moov"), boxes(b"mdat"), boxes(b"ftyp"));
    let mut index = bytes[moov..moov_end].to_vec();
    let places = index.windows(4).position(|window| window == b"stco").unwrap() + 12;
    let moved = u32::try_from(ftyp_end + index.len()).unwrap().wrapping_sub(u32::try_from(mdat).unwrap());
    for place in index[places..].chunks_exact_mut(4).take(1) {
        let to = u32::from_be_bytes(place.try_into().unwrap()).wrapping_add(moved);
        place.copy_from_slice(&to.to_be_bytes());
    }
    [&bytes[..ftyp_end], &index, &bytes[mdat..mdat_end]].concat()
}

#[test]
fn an_mp4_whose_index_never_came_says_so() {
    let bytes = fixture("aac.m4a");
    let error = decode(bytes.get(..bytes.len() / 2).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "the file cannot be read: its index is missing, which stands at the end");
}

#[test]
fn a_wav_with_any_length_in_its_header_is_heard_as_far_as_it_is_there() {
    let bytes = fixture("ulaw.wav");
    let whole = decode(&bytes).unwrap();
    let data = bytes.windows(4).position(|tag| tag == b"data").unwrap() + 4;
    for riff in [0, 4, 1000, u32::MAX] {
        for length in [0, u32::MAX, u32::MAX - 1, 0x7fff_ffff, 0x8000_0000] {
            let mut bytes = bytes.clone();
            bytes.splice(4..8, riff.to_le_bytes());
            bytes.splice(data..data + 4, length.to_le_bytes());
            let voice = decode(&bytes).unwrap();
            assert_eq!((&voice.samples, &voice.end), (&whole.samples, &End::Whole), "{riff:x} {length:x}");
        }
    }
    let cut = decode(bytes.get(..bytes.len() - 1500).unwrap()).unwrap();
    assert_eq!(cut.samples, whole.samples[..2500]);
    assert!(matches!(cut.end, End::Broken { at, .. } if at == cut.duration()), "{:?}", cut.end);
}

#[test]
fn what_stands_before_a_voice_is_passed_over() {
    for name in ["half.amr", "wb-12.65.awb", "opus.ogg", "ulaw.wav", "m.mp3", "aac.aac"] {
        let bytes = fixture(name);
        let alone = decode(&bytes).unwrap();
        for junk in
            [b"\0".repeat(700), b"\xef\xbb\xbf".to_vec(), b"HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n".to_vec()]
        {
            let voice = decode(&[junk, bytes.clone()].concat()).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((&voice.codec, voice.samples.len()), (&alone.codec, alone.samples.len()), "{name}");
        }
    }
}

#[test]
fn every_frame_type_of_narrow_band_amr_is_heard() {
    // TS 26.101, table 1a: speech, comfort noise of four systems, none; 20 ms each.
    let lengths = [
        (0, 12),
        (1, 13),
        (2, 15),
        (3, 17),
        (4, 19),
        (5, 20),
        (6, 26),
        (7, 31),
        (8, 5),
        (9, 6),
        (10, 5),
        (11, 5),
        (15, 0),
    ];
    let mut bytes = b"#!AMR\n".to_vec();
    for (kind, length) in lengths {
        bytes.push(kind << 3 | 4);
        bytes.extend(vec![0x55; length]);
    }
    let voice = decode(&bytes).unwrap();
    assert_eq!((voice.samples.len(), voice.end), (lengths.len() * 160, End::Whole));
}

#[test]
fn what_nobody_decodes_has_its_name() {
    for (bytes, name) in [
        (b"\x02#!SILK_V3\0\0".to_vec(), "SILK"),
        (b"#!AMR_MC1.0\n\0\0\0\x02".to_vec(), "AMR of several channels"),
        (fixture("gsm.wav"), "GSM 6.10"),
        (fixture("speex.ogg"), "Speex"),
    ] {
        assert_eq!(decode(&bytes), Err(Error::NoDecoder(name.to_owned())));
    }
}
