//! File formats, known by the first bytes of a file. [`picture`] decodes pictures, [`voice`] decodes voices. Names
//! and content types that a server claims are ignored (protocol §7.2).

pub mod budget;
pub mod picture;
pub mod voice;

use std::fmt;

use crate::reason::{Reason, files};

/// Number of leading bytes that identify every [`FileFormat`] of the table.
pub const HEAD: usize = 16;

/// Maximum number of foreign bytes before a voice, such as tags, zeros or an HTTP header.
const LEAD: usize = 64 * 1024;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// A picture.
    Image,
    /// Sound.
    Voice,
    /// Moving pictures.
    Video,
    /// Anything else.
    Other,
}

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileFormat {
    /// Name for users: `JPEG`.
    pub name: &'static str,
    /// Extension of our file names, without the dot: `jpg`.
    pub extension: &'static str,
    /// What it is for.
    pub class: Class,
}

/// Why a file is not decoded.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the fields say it")]
pub enum Error {
    /// The first bytes belong to no format that we know.
    Unknown,
    /// A format or codec without a decoder.
    NoDecoder(String),
    /// It was not decoded, because a picture of the size that it claims could take all memory.
    TooLarge { width: u32, height: u32 },
    /// The format is known, but the file breaks before anything can be decoded.
    Unreadable(Reason),
    /// The picture has no second frame, or the terminal animates none.
    Still,
    /// The picture could not be encoded for the terminal.
    Encode(String),
    /// Decoding used up its budget.
    Spent,
    /// The caller cancelled decoding.
    Cancelled,
}

impl Error {
    /// Returns the reason, for users.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Unknown => files::UNKNOWN_FORMAT.into(),
            Self::NoDecoder(format) => files::NO_DECODER.with(format),
            Self::TooLarge { width, height } => files::PICTURE_TOO_LARGE.with(*width).with(*height),
            Self::Unreadable(reason) => files::FILE_UNREADABLE.with(reason.clone()),
            Self::Still => files::PICTURE_STILL.into(),
            Self::Encode(words) => files::PICTURE_NOT_ENCODED.with(words),
            Self::Spent => files::DECODING_COSTLY.into(),
            Self::Cancelled => files::DECODING_CANCELLED.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

/// Format of a file that matches no row of the table.
pub const UNKNOWN: FileFormat = FileFormat { name: "unknown", extension: "bin", class: Class::Other };

/// Bytes, each at its offset. A row matches if all of them do.
type Marks = &'static [(usize, &'static [u8])];

/// Name, extension, class and marks; the first row that matches counts. Marks that plain text could contain are
/// completed by bytes that it could not, so that an error page is never taken for a file.
const TABLE: &[(&str, &str, Class, Marks)] = &[
    ("JPEG", "jpg", Class::Image, &[(0, b"\xff\xd8\xff")]),
    ("PNG", "png", Class::Image, &[(0, b"\x89PNG\r\n\x1a\n")]),
    ("GIF", "gif", Class::Image, &[(0, b"GIF87a")]),
    ("GIF", "gif", Class::Image, &[(0, b"GIF89a")]),
    ("WebP", "webp", Class::Image, &[(0, b"RIFF"), (8, b"WEBP")]),
    ("BMP", "bmp", Class::Image, &[(0, b"BM"), (6, b"\0\0\0\0")]),
    ("TIFF", "tif", Class::Image, &[(0, b"II*\0")]),
    ("TIFF", "tif", Class::Image, &[(0, b"MM\0*")]),
    ("HEIC", "heic", Class::Image, &[(4, b"ftyphei")]),
    ("HEIC", "heic", Class::Image, &[(4, b"ftypmif1")]),
    ("AVIF", "avif", Class::Image, &[(4, b"ftypavif")]),
    ("AMR", "amr", Class::Voice, &[(0, b"#!AMR\n")]),
    ("AMR-WB", "awb", Class::Voice, &[(0, b"#!AMR-WB\n")]),
    ("AMR of several channels", "amr", Class::Voice, &[(0, b"#!AMR_MC1.0\n")]),
    ("AMR of several channels", "awb", Class::Voice, &[(0, b"#!AMR-WB_MC1.0\n")]),
    ("SILK", "silk", Class::Voice, &[(0, b"#!SILK_V3")]),
    ("SILK", "silk", Class::Voice, &[(0, b"\x02#!SILK_V3")]),
    ("MP3", "mp3", Class::Voice, &[(0, b"ID3\x02")]),
    ("MP3", "mp3", Class::Voice, &[(0, b"ID3\x03")]),
    ("MP3", "mp3", Class::Voice, &[(0, b"ID3\x04")]),
    // A frame without a tag before it: MPEG 1, 2 and 2.5, layer III, with and without a checksum.
    ("MP3", "mp3", Class::Voice, &[(0, b"\xff\xfb")]),
    ("MP3", "mp3", Class::Voice, &[(0, b"\xff\xfa")]),
    ("MP3", "mp3", Class::Voice, &[(0, b"\xff\xf3")]),
    ("MP3", "mp3", Class::Voice, &[(0, b"\xff\xf2")]),
    ("MP3", "mp3", Class::Voice, &[(0, b"\xff\xe3")]),
    ("MP3", "mp3", Class::Voice, &[(0, b"\xff\xe2")]),
    // The same for layer II, which is older.
    ("MP2", "mp2", Class::Voice, &[(0, b"\xff\xfd")]),
    ("MP2", "mp2", Class::Voice, &[(0, b"\xff\xfc")]),
    // MPEG 4 and 2, with and without a checksum.
    ("AAC", "aac", Class::Voice, &[(0, b"\xff\xf1")]),
    ("AAC", "aac", Class::Voice, &[(0, b"\xff\xf0")]),
    ("AAC", "aac", Class::Voice, &[(0, b"\xff\xf9")]),
    ("AAC", "aac", Class::Voice, &[(0, b"\xff\xf8")]),
    ("Ogg", "ogg", Class::Voice, &[(0, b"OggS\0")]),
    ("WAV", "wav", Class::Voice, &[(0, b"RIFF"), (8, b"WAVE")]),
    ("FLAC", "flac", Class::Voice, &[(0, b"fLaC\0")]),
    ("FLAC", "flac", Class::Voice, &[(0, b"fLaC\x80")]),
    ("CAF", "caf", Class::Voice, &[(0, b"caff\0\x01")]),
    ("AIFF", "aiff", Class::Voice, &[(0, b"FORM"), (8, b"AIF")]),
    ("M4A", "m4a", Class::Voice, &[(4, b"ftypM4A")]),
    ("QuickTime", "mov", Class::Video, &[(4, b"ftypqt")]),
    ("3GP", "3gp", Class::Video, &[(4, b"ftyp3g")]),
    ("MP4", "mp4", Class::Video, &[(4, b"ftyp")]),
    ("AVI", "avi", Class::Video, &[(0, b"RIFF"), (8, b"AVI ")]),
    ("WebM", "webm", Class::Video, &[(0, b"\x1a\x45\xdf\xa3")]),
    ("MPEG", "mpg", Class::Video, &[(0, b"\0\0\x01\xba")]),
];

/// Identifies a file by its first bytes; returns `None` if no row of the table matches. Only the first [`HEAD`]
/// bytes count.
pub fn sniff(head: &[u8]) -> Option<FileFormat> {
    TABLE.iter().find(|(.., marks)| fits(head, marks)).map(|&(name, extension, class, _)| FileFormat {
        name,
        extension,
        class,
    })
}

/// Identifies a file as [`sniff`] does, or a voice that begins after up to [`LEAD`] foreign bytes; returns its
/// offset and its format. After foreign bytes, only rows whose marks have at least four bytes count.
pub fn find(bytes: &[u8]) -> Option<(usize, FileFormat)> {
    let whole = sniff(bytes).map(|format| (0, format));
    whole.or_else(|| {
        let strong = TABLE.iter().filter(|(.., marks)| marks.iter().map(|(_, mark)| mark.len()).sum::<usize>() >= 4);
        let rows: Vec<_> = strong.filter(|(_, _, class, _)| *class == Class::Voice).collect();
        (1..bytes.len().min(LEAD)).find_map(|at| {
            let head = bytes.get(at..)?;
            let row = rows.iter().find(|(.., marks)| fits(head, marks));
            row.map(|&&(name, extension, class, _)| (at, FileFormat { name, extension, class }))
        })
    })
}

/// Whether a head has all marks.
fn fits(head: &[u8], marks: Marks) -> bool {
    marks.iter().all(|(at, bytes)| head.get(*at..).is_some_and(|rest| rest.starts_with(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        for (head, extension) in [
            (b"\xff\xd8\xff\xe0\0\x10JFIF".as_slice(), "jpg"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"),
            (b"GIF89a\x01\0\x01\0", "gif"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "webp"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "wav"),
            (b"BM\x36\0\x0c\0\0\0\0\0\x36\0", "bmp"),
            (b"#!AMR\n\x3c\x91", "amr"),
            (b"#!AMR-WB\n\x04", "awb"),
            (b"ID3\x03\0\0\0", "mp3"),
            (b"\xff\xfb\x90\x64", "mp3"),
            (b"OggS\0\x02", "ogg"),
            (b"fLaC\0\0\0\x22", "flac"),
            (b"\0\0\0\x20ftypM4A \0\0", "m4a"),
            (b"\0\0\0\x18ftypmp42\0\0", "mp4"),
            (b"\0\0\0\x18ftypheic\0\0", "heic"),
        ] {
            assert_eq!(sniff(head).map(|format| format.extension), Some(extension), "{head:?}");
        }
    }

    #[test]
    fn words_and_stumps_are_no_file() {
        for head in [
            b"".as_slice(),
            b"{\"error_code\":21327}",
            b"<html>",
            b"BMW is a car maker",
            b"ID3 is a tag",
            b"RIFF raff",
            b"#!AMR",
            b"\xff\xfeh\0i\0",
            b"\xff\xd8",
            b"\0\0\0\0",
        ] {
            assert_eq!(sniff(head), None, "{head:?}");
        }
    }

    #[test]
    fn the_promised_head_reaches_every_mark() {
        for (.., marks) in TABLE {
            assert!(marks.iter().all(|(at, bytes)| at + bytes.len() <= HEAD), "{marks:?}");
        }
    }
}
