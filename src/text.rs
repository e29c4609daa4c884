//! Foreign text made drawable, and cell widths. The one place that stands between what strangers write and the terminal.
//!
//! What comes out holds no control character, no bidi control and nothing of zero width that is not part of a letter,
//! so that it cannot move the cursor, hide, or reorder what stands beside it (trap T31).

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// So many marks may sit on one letter; real languages need three. The rest of a pile is dropped.
const MARKS: usize = 4;
/// Never at the start of a line (GB/T 15834, JIS X 4051).
const NOT_FIRST: &str = "，。！？、：；）】》〉」』”’％…—,.!?:;)]}%";
/// Never at the end of a line.
const NOT_LAST: &str = "（【《〈「『“‘([{";

/// Text for one row: line breaks become `↵`, tabs a space, and the rest as [`clean`] makes it.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    let cleaned = clean(text);
    if cleaned.contains('\n') { Cow::Owned(cleaned.replace('\n', "↵")) } else { cleaned }
}

/// Text for several rows: line breaks of every sort become `\n`, tabs a space, control characters visible symbols (ESC
/// `␛`, U+202E `⟨202E⟩`); joiners and variation selectors, about whose width terminals disagree, go.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let is_plain = |char: char| matches!(char, ' '..='~' | '\n' | '\u{3000}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff60}');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    let mut n_marks = 0;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if is_mark(char) {
            n_marks += 1;
            if n_marks <= MARKS {
                cleaned.push(char);
            }
            continue;
        }
        n_marks = 0;
        match char {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => cleaned.push('\n'),
            '\t' => cleaned.push(' '),
            '\u{7f}' => cleaned.push('␡'),
            '\0'..='\u{1f}' => cleaned.push(char::from_u32(0x2400 + u32::from(char)).unwrap_or('?')),
            '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => {}
            hidden if is_hidden(hidden) => {
                // Writing to a string cannot fail.
                let _infallible = write!(cleaned, "⟨{:04X}⟩", u32::from(hidden));
            }
            visible => cleaned.push(visible),
        }
    }
    Cow::Owned(cleaned)
}

/// Combining marks that pile up on a letter.
const fn is_mark(char: char) -> bool {
    matches!(char,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{302a}'..='\u{302f}' | '\u{3099}' | '\u{309a}' | '\u{fe20}'..='\u{fe2f}')
}

/// Characters that change how their neighbours look, or that no two terminals draw alike.
const fn is_hidden(char: char) -> bool {
    matches!(char,
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200e}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{110bd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

/// How many cells the text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// At most `width` cells of the text, with `…` where it was cut. No letter is cut in two.
#[must_use]
pub fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if self::width(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut taken = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        // One cell is for the mark of the cut.
        if used + self::width(grapheme) + 1 > width {
            break;
        }
        used += self::width(grapheme);
        taken.push_str(grapheme);
    }
    if width > 0 {
        taken.push('…');
    }
    Cow::Owned(taken)
}

/// Exactly `width` cells: cut, or filled with spaces.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let spaces = width.saturating_sub(self::width(&text));
    format!("{text}{}", " ".repeat(spaces))
}

/// The lines of a cleaned text, none wider than `width` cells (at least 1). Latin words stay whole where they fit;
/// Chinese breaks between any two characters but before closing and after opening punctuation.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|paragraph| wrap_paragraph(paragraph, width.max(1))).collect()
}

fn wrap_paragraph(paragraph: &str, width: usize) -> Vec<String> {
    let graphemes: Vec<&str> = paragraph
        .graphemes(true)
        // What is wider than the whole line cannot be shown in it.
        .map(|grapheme| if self::width(grapheme) > width { "…" } else { grapheme })
        .collect();
    let mut lines = Vec::new();
    let mut start = 0;
    while start < graphemes.len() {
        let mut end = start;
        let mut used = 0;
        while let Some(grapheme) = graphemes.get(end) {
            used += self::width(grapheme);
            if used > width {
                break;
            }
            end += 1;
        }
        if end < graphemes.len() {
            // The last good place to break, unless that leaves next to nothing on the line.
            let break_at = (start + 1..=end).rev().take(width.min(40)).find(|at| may_break(&graphemes, *at));
            end = break_at.unwrap_or(end);
        }
        let line: String = graphemes.get(start..end).unwrap_or_default().concat();
        start = end;
        if start < graphemes.len() {
            // A space at the break has done its work.
            lines.push(line.trim_end_matches(' ').to_owned());
            while graphemes.get(start) == Some(&" ") {
                start += 1;
            }
        } else {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Whether a line may end before the grapheme at `at`.
fn may_break(graphemes: &[&str], at: usize) -> bool {
    let (Some(before), Some(after)) = (graphemes.get(at.wrapping_sub(1)), graphemes.get(at)) else { return true };
    let is_word = |grapheme: &str| grapheme.chars().all(|char| char.is_alphanumeric() && self::width(grapheme) < 2);
    let is_inside_a_word = is_word(before) && is_word(after);
    !NOT_FIRST.contains(after) && !NOT_LAST.contains(before) && !is_inside_a_word
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_become_visible() {
        for (foreign, drawn) in [
            ("你好 [泪] http://t.cn/a", "你好 [泪] http://t.cn/a"),
            ("a\x1b[31mb\x07\0", "a␛[31mb␇␀"),
            ("\u{9b}2J\u{7f}", "⟨009B⟩2J␡"),
            ("\u{202e}abc\u{200b}\u{feff}", "⟨202E⟩abc⟨200B⟩⟨FEFF⟩"),
            ("a\r\nb\rc\u{2028}d\te", "a↵b↵c↵d e"),
            ("e\u{301}", "e\u{301}"),
            ("👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}", "👨👩👧 ❤"),
            ("\u{e0041}\u{10ffff}", "⟨E0041⟩⟨10FFFF⟩"),
        ] {
            assert_eq!(line(foreign), drawn, "{foreign:?}");
        }
        assert_eq!(clean("a\r\nb"), "a\nb");
        assert_eq!(line(&format!("z{}", "\u{300}".repeat(99))).chars().count(), 1 + MARKS);
        assert!(matches!(line("退货 ok"), Cow::Borrowed(_)));
    }

    #[test]
    fn cutting_counts_cells() {
        for (text, width, expected) in [
            ("你好吗", 6, "你好吗"),
            ("你好吗", 5, "你好…"),
            ("你好吗", 4, "你…"),
            ("abc", 2, "a…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            assert_eq!(cut(text, width), expected, "{text} {width}");
        }
        assert_eq!(pad("你", 4), "你  ");
        assert_eq!(pad("你好", 3), "你…");
    }

    #[test]
    fn lines_break_where_chinese_and_english_do() {
        for (text, width, expected) in [
            ("hello brave world", 11, vec!["hello brave", "world"]),
            ("hello brave world", 8, vec!["hello", "brave", "world"]),
            ("你好，世界", 4, vec!["你", "好，", "世界"]),
            ("说：“好”", 6, vec!["说：", "“好”"]),
            ("abcdefgh", 3, vec!["abc", "def", "gh"]),
            ("a\n\nb", 5, vec!["a", "", "b"]),
            ("", 5, vec![""]),
            ("你", 1, vec!["…"]),
        ] {
            assert_eq!(wrap(text, width), expected, "{text} {width}");
        }
    }

    proptest! {
        #[test]
        fn nothing_but_text_comes_out(foreign in any::<String>()) {
            let drawn = line(&foreign);
            prop_assert!(!drawn.chars().any(|char| char.is_control() || is_hidden(char)));
            prop_assert!(clean(&foreign).chars().all(|char| char == '\n' || !char.is_control()));
        }

        #[test]
        fn widths_are_kept(foreign in any::<String>(), width in 0_usize..40) {
            let drawn = line(&foreign);
            prop_assert!(super::width(&cut(&drawn, width)) <= width);
            prop_assert_eq!(super::width(&pad(&drawn, width)), width);
        }

        #[test]
        fn wrapped_lines_fit_and_lose_nothing_but_spaces(foreign in "[a-z ，。（）你好世界👍]{0,60}", width in 2_usize..30) {
            let lines = wrap(&foreign, width);
            prop_assert!(lines.iter().all(|line| super::width(line) <= width), "{:?}", lines);
            prop_assert_eq!(lines.concat().replace(' ', ""), foreign.replace(' ', ""));
        }
    }
}
