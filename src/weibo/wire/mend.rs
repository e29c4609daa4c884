//! Conversion of a careless sender's almost-JSON to strict JSON. Nothing is parsed here.

use std::borrow::Cow;
use std::fmt::Write as _;

/// JSON that was mended.
pub(super) struct MendedJson {
    pub(super) json: String,
    /// Whether bytes or surrogates were lost.
    pub(super) is_lossy: bool,
}

/// Mends three mistakes: bytes that are not UTF-8 and lone surrogate escapes become U+FFFD (trap T20), and raw
/// control characters inside strings become escapes. Returns `None` when nothing needs mending.
pub(super) fn mend(body: &[u8]) -> Option<MendedJson> {
    let text: Cow<'_, str> = String::from_utf8_lossy(body);
    let mut is_lossy = matches!(text, Cow::Owned(_));
    let mut mended = String::with_capacity(text.len() + 16);
    let mut rest = text.chars();
    let mut is_in_string = false;
    while let Some(char) = rest.next() {
        match char {
            '"' => {
                is_in_string = !is_in_string;
                mended.push('"');
            }
            '\\' => match surrogate(rest.as_str()) {
                Some(0xd800..=0xdbff) => {
                    let unit: String = rest.by_ref().take(5).collect();
                    let low = rest.as_str().strip_prefix('\\').and_then(surrogate);
                    if matches!(low, Some(0xdc00..=0xdfff)) {
                        mended.push('\\');
                        mended.push_str(&unit);
                        mended.extend(rest.by_ref().take(6));
                    } else {
                        mended.push('\u{fffd}');
                        is_lossy = true;
                    }
                }
                Some(_) => {
                    rest.by_ref().take(5).for_each(drop);
                    mended.push('\u{fffd}');
                    is_lossy = true;
                }
                None => {
                    mended.push('\\');
                    mended.extend(rest.next());
                }
            },
            control if is_in_string && control < ' ' => {
                // Writing to a string cannot fail.
                let _infallible = write!(mended, "\\u{:04x}", u32::from(control));
            }
            other => mended.push(other),
        }
    }
    (mended.as_bytes() != body).then_some(MendedJson { json: mended, is_lossy })
}

/// Returns the surrogate of an escape, given the text after its backslash.
fn surrogate(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix('u')?.get(..4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    (0xd800..=0xdfff).contains(&unit).then_some(unit)
}
