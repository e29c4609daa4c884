//! Decodes a body according to its Content-Encoding, within the limit of a body (RFC 9110 §8.4).

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use hyper::HeaderMap;
use hyper::header::CONTENT_ENCODING;

use super::body::Failure;

/// The maximum number of encodings applied to one body.
const CODINGS: usize = 2;

/// An encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
}

/// Returns the encodings named in the headers, in the order in which they were applied; mostly none.
pub(super) fn of(headers: &HeaderMap) -> Result<Vec<Coding>, Failure> {
    let values = headers.get_all(CONTENT_ENCODING).iter().map(|value| value.to_str().unwrap_or("?"));
    let names = values.flat_map(|value| value.split(',')).map(str::trim).filter(|name| !name.is_empty());
    let mut codings = Vec::new();
    for name in names {
        match name.to_ascii_lowercase().as_str() {
            "identity" => {}
            "gzip" | "x-gzip" if codings.len() < CODINGS => codings.push(Coding::Gzip),
            "deflate" if codings.len() < CODINGS => codings.push(Coding::Deflate),
            _ => return Err(Failure::Packed(name.chars().take(32).collect())),
        }
    }
    Ok(codings)
}

/// Decodes a body, the last encoding first, to at most `limit` bytes in each step.
pub(super) fn unpack(body: Vec<u8>, codings: &[Coding], limit: usize) -> Result<Vec<u8>, Failure> {
    codings.iter().rev().try_fold(body, |packed, coding| match coding {
        Coding::Gzip => read(MultiGzDecoder::new(packed.as_slice()), limit),
        // Many senders omit the zlib frame that the standard requires.
        Coding::Deflate if is_zlib(&packed) => read(ZlibDecoder::new(packed.as_slice()), limit),
        Coding::Deflate => read(DeflateDecoder::new(packed.as_slice()), limit),
    })
}

/// Returns whether bytes begin with a zlib header (RFC 1950 §2.2).
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..] if method & 0xf == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}

fn read(unpacking: impl Read, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let one_more = limit as u64 + 1;
    unpacking.take(one_more).read_to_end(&mut bytes).map_err(|error| Failure::Broken(error.to_string()))?;
    if bytes.len() > limit { Err(Failure::TooLarge) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use hyper::header::HeaderValue;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn codings(value: &str) -> Result<Vec<Coding>, Failure> {
        of(&HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_str(value).unwrap())]))
    }

    #[test]
    fn the_header_names_what_is_unpacked_and_nothing_else_is() {
        for (value, expected) in [
            ("", Ok(vec![])),
            ("identity", Ok(vec![])),
            ("gzip", Ok(vec![Coding::Gzip])),
            ("X-GZIP", Ok(vec![Coding::Gzip])),
            ("gzip, deflate", Ok(vec![Coding::Gzip, Coding::Deflate])),
            ("gzip, gzip, gzip", Err(Failure::Packed("gzip".to_owned()))),
            ("br", Err(Failure::Packed("br".to_owned()))),
            ("gzip;q=1", Err(Failure::Packed("gzip;q=1".to_owned()))),
        ] {
            assert_eq!(codings(value), expected, "{value}");
        }
    }

    #[test]
    fn bodies_are_unpacked_to_the_limit_and_no_further() {
        let words = b"{\"type\":\"text\"}";
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(words).unwrap();
        bare.write_all(words).unwrap();
        let [zlib, bare] = [zlib.finish().unwrap(), bare.finish().unwrap()];
        let two = [Coding::Gzip, Coding::Gzip];
        for (packed, codings) in [
            (gzip(words), &[Coding::Gzip][..]),
            ([gzip(b"{\"type\":"), gzip(b"\"text\"}")].concat(), &[Coding::Gzip]),
            (gzip(&gzip(words)), &two),
            (zlib, &[Coding::Deflate]),
            (bare, &[Coding::Deflate]),
        ] {
            assert_eq!(unpack(packed, codings, 1000).unwrap(), words, "{codings:?}");
        }
        let bomb = gzip(&vec![b' '; 10 << 20]);
        assert_eq!(unpack(bomb.clone(), &[Coding::Gzip], 1 << 20), Err(Failure::TooLarge));
        assert_eq!(unpack(gzip(&bomb), &two, 1 << 20), Err(Failure::TooLarge));
        for (broken, coding) in
            [(&b"{}"[..], Coding::Gzip), (b"\xff\xff", Coding::Deflate), (gzip(words).get(..20).unwrap(), Coding::Gzip)]
        {
            assert!(matches!(unpack(broken.to_vec(), &[coding], 1000), Err(Failure::Broken(_))), "{coding:?}");
        }
    }
}
