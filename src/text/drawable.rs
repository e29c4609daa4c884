//! Foreign text → text that draws as it reads: control, direction and invisible characters become visible.
//!
//! Terminals differ about the width of characters, and the program draws by ratatui's widths. Where terminals
//! disagree, the text is changed to something that all of them draw alike. Measured in tmux 3.3: `👍🏽` takes four
//! cells, though two are right; elsewhere sequences with a joiner or a variation selector are no better. So joiners,
//! selectors and skin tones are dropped, and an emoji sequence shows as its parts.

use std::borrow::Cow;
use std::fmt::Write as _;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, NoncharacterCodePoint};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthChar as _;

/// The maximum number of combining marks on one character. Vietnamese needs two, pointed Hebrew three; more only
/// serve to paint over other rows.
const MARKS: u8 = 4;

/// Returns the text for one row: as by [`clean`], with line breaks shown as `↵`. Borrowed when nothing changes.
pub fn line(text: &str) -> Cow<'_, str> {
    drawable(text, Use::Row)
}

/// Returns the text for a block. Every line break becomes `\n`, and a tab a space; control characters show as their
/// pictures (`␛`), invisible and direction characters as numbers (`⟨202E⟩`); a character keeps at most 4 combining
/// marks; joiners, variation selectors and skin tones are dropped. Borrowed when nothing changes.
pub fn clean(text: &str) -> Cow<'_, str> {
    drawable(text, Use::Block)
}

/// Returns the text for the clipboard, from where it may be pasted into a shell: as by [`clean`], but letters and
/// emoji keep all their marks, joiners, selectors and skin tones, because the receiving program draws them in its own
/// way.
pub fn portable(text: &str) -> Cow<'_, str> {
    drawable(text, Use::Clipboard)
}

/// Escapes in JSON the characters that a terminal would obey, that are invisible or change the direction of a line,
/// and at which some programs break lines. The meaning of the JSON stays the same.
pub fn json(json: String) -> String {
    let is_foul = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_hidden(c);
    if !json.contains(is_foul) {
        return json;
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_foul(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _infallible = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The purpose of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Row,
    Block,
    Clipboard,
}

/// The treatment of a character.
#[derive(Clone, Copy)]
enum Fate {
    Keep,
    Drop,
    Become(char),
    /// Shown by its number.
    Number,
}

fn drawable(text: &str, purpose: Use) -> Cow<'_, str> {
    let line_break = if purpose == Use::Row { '↵' } else { '\n' };
    let mut changed: Option<String> = None;
    let mut before = Before::default();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let fate = match c {
            '\r' if matches!(rest.peek(), Some((_, '\n'))) => Fate::Drop,
            '\n' if line_break == '\n' => Fate::Keep,
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Fate::Become(line_break),
            _ if purpose == Use::Clipboard && is_part(c) => Fate::Keep,
            _ => before.fate(c),
        };
        let changed = match (&mut changed, fate) {
            (None, Fate::Keep) => {
                before.note(c);
                continue;
            }
            (changed, _) => changed.get_or_insert_with(|| text.get(..at).unwrap_or_default().to_owned()),
        };
        match fate {
            Fate::Drop => {}
            Fate::Keep => before.note_and_push(c, changed),
            Fate::Become(other) => before.note_and_push(other, changed),
            Fate::Number => {
                let digits = format!("⟨{:04X}⟩", u32::from(c));
                digits.chars().for_each(|c| before.note_and_push(c, changed));
            }
        }
    }
    changed.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The kept text, as far as the next character depends on it.
#[derive(Default)]
struct Before {
    /// The last character on this row.
    last: Option<char>,
    /// Number of zero-width characters at the end of the row.
    marks: u8,
}

impl Before {
    fn note(&mut self, c: char) {
        self.marks = if is_mark(c) { self.marks.saturating_add(1) } else { 0 };
        self.last = (c != '\n').then_some(c);
    }

    fn note_and_push(&mut self, c: char, changed: &mut String) {
        self.note(c);
        changed.push(c);
    }

    fn fate(&self, c: char) -> Fate {
        match c {
            ' '..='~' => Fate::Keep,
            '\t' => Fate::Become(' '),
            '\0'..='\u{1F}' => picture(u32::from(c)),
            '\u{7F}' => Fate::Become('␡'),
            '\u{80}'..='\u{9F}' => Fate::Number,
            // Joiners and variation selectors, including those of ideographs.
            '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => Fate::Drop,
            _ if is_hidden(c) => Fate::Number,
            '\u{1F3FB}'..='\u{1F3FF}' if self.last.is_some() => Fate::Drop,
            '\u{1F3FB}'..='\u{1F3FF}' => Fate::Number,
            // ratatui gives the half-width sound marks two cells and terminals one; both agree on the full-width
            // ones.
            '\u{FF9E}' => Fate::Become('゛'),
            '\u{FF9F}' => Fate::Become('゜'),
            _ if !is_mark(c) => Fate::Keep,
            _ if !self.carries(c) => Fate::Number,
            _ if self.marks < MARKS => Fate::Keep,
            _ => Fate::Drop,
        }
    }

    /// Returns whether the character before forms one grapheme with this one; if not, this one has no cell.
    fn carries(&self, mark: char) -> bool {
        self.last.is_some_and(|last| String::from_iter([last, mark]).graphemes(true).count() == 1)
    }
}

/// Returns Unicode's picture of a C0 control.
fn picture(control: u32) -> Fate {
    char::from_u32(0x2400 + control).map_or(Fate::Number, Fate::Become)
}

/// Returns whether the character only joins or modifies its neighbours: marks, joiners, selectors, skin tones.
fn is_part(c: char) -> bool {
    let is_joint = matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{1F3FB}'..='\u{1F3FF}');
    is_joint || (is_mark(c) && !is_hidden(c) && !c.is_control())
}

/// Returns whether the character takes no cell: combining marks, and Hangul vowels and finals, which join the
/// syllable.
fn is_mark(c: char) -> bool {
    c.width() == Some(0)
}

/// Returns whether the character is invisible, changes the direction, or has no meaning outside one font. Joiners and
/// selectors do not count: they belong to a visible neighbour.
fn is_hidden(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    !matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
        && (matches!(category, GeneralCategory::Format | GeneralCategory::PrivateUse)
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
            || CodePointSetData::new::<NoncharacterCodePoint>().contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        for text in ["", "hello", "你好，世界！", "naïve", "👍 ok", "한국어"] {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text), "{text}");
        }
        assert!(matches!(clean("a\nb"), Cow::Borrowed("a\nb")));
    }

    #[test]
    fn what_could_deceive_is_shown() {
        for (text, shown) in [
            ("\u{1b}]52;c;eA==\u{7}", "␛]52;c;eA==␇"),
            ("a\0b\u{7f}", "a␀b␡"),
            ("\u{9b}31m", "⟨009B⟩31m"),
            ("exe.\u{202e}gpj", "exe.⟨202E⟩gpj"),
            ("a\u{200b}b\u{feff}\u{ad}", "a⟨200B⟩b⟨FEFF⟩⟨00AD⟩"),
            ("a\u{3164}\u{ffa0}\u{115f}", "a⟨3164⟩⟨FFA0⟩⟨115F⟩"),
            ("\u{e0041}\u{e000}\u{ffff}\u{1fffe}", "⟨E0041⟩⟨E000⟩⟨FFFF⟩⟨1FFFE⟩"),
            ("a\tb\r\nc\rd\u{85}e\u{2028}f", "a b↵c↵d↵e↵f"),
            ("\u{301}a", "⟨0301⟩a"),
            ("a\u{1161}", "a⟨1161⟩"),
        ] {
            assert_eq!(line(text), shown, "{text:?}");
        }
        assert_eq!(clean("a\tb\r\nc\rd\u{85}\u{301}"), "a b\nc\nd\n⟨0301⟩");
    }

    #[test]
    fn emoji_sequences_show_as_their_parts() {
        for (text, shown) in [("👩‍💻", "👩💻"), ("❤️", "❤"), ("👍🏽", "👍"), ("\u{1f3fd}", "⟨1F3FD⟩"), ("🇨🇳", "🇨🇳")]
        {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn the_clipboard_gets_emoji_whole_and_no_tricks() {
        for text in ["👩‍💻", "❤️", "👍🏽", "لا", "e\u{301}\u{302}\u{303}\u{304}\u{305}", "a\nb"] {
            assert_eq!(portable(text), text);
        }
        assert_eq!(portable("a\u{1b}[2J\u{202e}\u{200b}\r\n\u{9b}\0"), "a␛[2J⟨202E⟩⟨200B⟩\n⟨009B⟩␀");
    }

    #[test]
    fn a_character_keeps_four_marks() {
        let zalgo = format!("Z{}a{}", "\u{301}".repeat(50), "\u{200d}\u{302}".repeat(9));
        assert_eq!(line(&zalgo), format!("Z{}a{}", "\u{301}".repeat(4), "\u{302}".repeat(4)));
    }
}
