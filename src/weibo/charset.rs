//! The encoding of a body that is not UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// An encoding known to browsers, other than UTF-8: GBK, GB18030, UTF-16 and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(&'static Encoding);

impl Charset {
    /// Returns the encoding with this name or alias; `None` for UTF-8 and for unknown names.
    pub fn named(label: &str) -> Option<Self> {
        Encoding::for_label_no_replacement(label.as_bytes()).filter(|encoding| *encoding != UTF_8).map(Self)
    }

    /// Returns the encoding that a Content-Type names; `None` when the body decodes to itself or is in fact UTF-8.
    pub fn of(content_type: &str, body: &[u8]) -> Option<Self> {
        let (_, parameters) = content_type.split_once(';')?;
        let label = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
        });
        let charset = Self::named(label?)?;
        let (decoded, had_errors) = charset.0.decode_without_bom_handling(body);
        let is_same = decoded.as_bytes() == body;
        // The body was an object before decoding and is none after.
        let is_spoilt = body.starts_with(b"{") && !decoded.starts_with('{');
        let is_utf_8 = (had_errors || is_spoilt) && std::str::from_utf8(body).is_ok();
        (!is_same && !is_utf_8).then_some(charset)
    }

    /// Returns UTF-16 when a body begins with its byte order mark or with `{` in UTF-16.
    pub fn begins(body: &[u8]) -> Option<Self> {
        match body {
            [0xff, 0xfe, ..] | [b'{', 0, ..] => Some(Self(UTF_16LE)),
            [0xfe, 0xff, ..] | [0, b'{', ..] => Some(Self(UTF_16BE)),
            _ => None,
        }
    }

    /// Returns the name, which [`Charset::named`] accepts.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Decodes a body, and returns whether that lost anything: malformed sequences become U+FFFD. A byte order mark
    /// overrides this encoding.
    pub(super) fn decode(self, body: &[u8]) -> (Cow<'_, str>, bool) {
        let (decoded, _encoding, is_lossy) = self.0.decode(body);
        (decoded, is_lossy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_says_the_encoding_and_bytes_that_are_utf_8_say_more() {
        let of = |content_type, body: &[u8]| Charset::of(content_type, body).map(Charset::name);
        let gbk = b"{\"text\":\"\xc4\xe3\"}";
        for content_type in ["text/html; charset=GBK", "a/b;x=1; Charset=\"gb2312\"", "application/json;charset=gbk"] {
            assert_eq!(of(content_type, gbk), Some("GBK"), "{content_type}");
        }
        assert_eq!(of("a/b; charset=gb18030", gbk), Some("gb18030"));
        assert_eq!(of("a/b; charset=utf-16", b"{\0}\0"), Some("UTF-16LE"));
        for content_type in ["", "application/json", "a/b; charset=utf-8", "a/b; charset=klingon", "a/b; charset"] {
            assert_eq!(of(content_type, gbk), None, "{content_type}");
        }
        assert_eq!(of("a/b; charset=gbk", b"{}"), None, "ASCII is the same in both");
        assert_eq!(of("a/b; charset=utf-16", b"{\"a\":1}"), None, "it is ASCII, whatever it says");
        assert_eq!(
            of("a/b; charset=gbk", "{\"a\":\"你好\u{20ac}\"}".as_bytes()),
            None,
            "it is UTF-8, whatever it says"
        );
    }
}
