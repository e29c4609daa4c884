//! What bytes are, by how they begin. No name, type or length that a server claims is believed (trap T25).

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// What a file of it is named with.
    pub extension: &'static str,
    /// Where its mark stands.
    offset: usize,
    /// Its mark.
    magic: &'static [u8],
}

const fn format(extension: &'static str, offset: usize, magic: &'static [u8]) -> Format {
    Format { extension, offset, magic }
}

/// The formats of protocol §7.2 and their near relatives; the first that fits counts.
const FORMATS: &[Format] = &[
    format("jpg", 0, b"\xff\xd8\xff"),
    format("png", 0, b"\x89PNG\r\n\x1a\n"),
    format("gif", 0, b"GIF8"),
    format("webp", 8, b"WEBP"),
    format("wav", 8, b"WAVE"),
    format("awb", 0, b"#!AMR-WB\n"),
    format("amr", 0, b"#!AMR\n"),
    format("mp3", 0, b"ID3"),
    format("mp3", 0, b"\xff\xfb"),
    format("mp3", 0, b"\xff\xf3"),
    format("mp3", 0, b"\xff\xf2"),
    format("aac", 0, b"\xff\xf1"),
    format("aac", 0, b"\xff\xf9"),
    format("ogg", 0, b"OggS"),
    format("flac", 0, b"fLaC"),
    format("m4a", 4, b"ftypM4A"),
    format("heic", 4, b"ftyphei"),
    format("mp4", 4, b"ftyp"),
];

/// What a file of no known format is named with.
pub const UNKNOWN: &str = "bin";

/// The format of a file that begins so; `None` when it is none of those known.
#[must_use]
pub fn sniff(head: &[u8]) -> Option<Format> {
    FORMATS.iter().copied().find(|format| head.get(format.offset..).is_some_and(|rest| rest.starts_with(format.magic)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        for (head, extension) in [
            (&b"\xff\xd8\xff\xe0"[..], Some("jpg")),
            (b"\x89PNG\r\n\x1a\n....", Some("png")),
            (b"GIF89a", Some("gif")),
            (b"RIFF....WEBPVP8 ", Some("webp")),
            (b"RIFF....WAVEfmt ", Some("wav")),
            (b"#!AMR\n<", Some("amr")),
            (b"#!AMR-WB\n", Some("awb")),
            (b"....ftypM4A ", Some("m4a")),
            (b"....ftypisom", Some("mp4")),
            (b"{\"error_code\":21327}", None),
            (b"#!AM", None),
            (b"", None),
        ] {
            assert_eq!(sniff(head).map(|format| format.extension), extension, "{head:?}");
        }
    }
}
