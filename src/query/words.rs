//! Text → the words it is found by, and back to where they stand in it.
//!
//! Chinese has no spaces, and a search for any two characters in a row must be as fast as one for a rare word. So a run of
//! Chinese is indexed as its overlapping pairs, and its last character once more by itself: `几点了` → `几点` `点了` `了`.
//! Every character then begins one token, so that one character is found as a prefix. Latin words are tokens as they are.

use std::ops::Range;

/// A token to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// Tokens that must follow each other.
    pub tokens: Vec<String>,
    /// Whether the last one may go on.
    pub is_prefix: bool,
}

/// Adds the tokens of a text, in their order, with a space after each.
pub fn append(text: &str, tokens: &mut String) {
    // What the last character was part of, if a run is open: a word, or a script without spaces.
    let mut last: Option<char> = None;
    for char in text.chars().map(fold) {
        let is_letter = char.is_alphanumeric();
        let goes_on = is_letter && last.is_some_and(|last| is_wide(last) == is_wide(char));
        if let Some(last) = last {
            if is_wide(last) {
                tokens.push(last);
                tokens.extend(goes_on.then_some(char));
                tokens.push(' ');
            } else if !goes_on {
                tokens.push(' ');
            }
        }
        last = is_letter.then_some(char);
        if is_letter && !is_wide(char) {
            tokens.push(char);
        }
    }
    if let Some(last) = last {
        tokens.extend(is_wide(last).then_some(last));
        tokens.push(' ');
    }
}

/// What to look for to find a word or a phrase; `None` when there is nothing in it to find. The last Latin word of a
/// word may go on, that of a phrase may not.
#[must_use]
pub fn sought(text: &str, is_phrase: bool) -> Option<Sought> {
    let mut joined = String::new();
    append(text, &mut joined);
    let mut tokens: Vec<String> = joined.split_whitespace().map(str::to_owned).collect();
    let last = tokens.last()?;
    let is_prefix = if last.chars().all(is_wide) {
        // One character begins a pair, or stands alone. A pair before it has it in it.
        let is_pair = |token: &String| token.chars().count() == 2 && token.chars().all(is_wide);
        let is_alone = !tokens.iter().rev().nth(1).is_some_and(is_pair);
        if !is_alone {
            // In a text that is found the run may go on, and its last character is another one.
            tokens.pop();
        }
        is_alone
    } else {
        !is_phrase
    };
    Some(Sought { tokens, is_prefix })
}

/// Where a word or a phrase stands in a text, in bytes; case and width do not matter, Latin words are found from their
/// start.
#[must_use]
pub fn marks(text: &str, word: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = word.chars().map(fold).collect();
    let chars: Vec<(usize, char)> = text.char_indices().map(|(at, char)| (at, fold(char))).collect();
    let is_latin = |char: char| char.is_alphanumeric() && !is_wide(char);
    let starts_latin = wanted.first().copied().is_some_and(is_latin);
    let mut found = Vec::new();
    let mut start = 0;
    while !wanted.is_empty() && start + wanted.len() <= chars.len() {
        let window = chars.get(start..start + wanted.len()).unwrap_or_default();
        let is_same = window.iter().map(|(_, char)| char).eq(&wanted);
        let before = start.checked_sub(1).and_then(|before| chars.get(before));
        let is_inside = starts_latin && before.is_some_and(|(_, char)| is_latin(*char));
        if is_same && !is_inside {
            let from = chars.get(start).map_or(0, |(at, _)| *at);
            let to = chars.get(start + wanted.len()).map_or(text.len(), |(at, _)| *at);
            found.push(from..to);
            start += wanted.len();
        } else {
            start += 1;
        }
    }
    found
}

/// Full-width ASCII, which a Chinese input method sends, as ASCII.
pub(super) fn narrow(char: char) -> char {
    match char {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0).unwrap_or(char),
        '\u{3000}' => ' ',
        _ => char,
    }
}

/// Lower case, and full-width ASCII as ASCII.
fn fold(char: char) -> char {
    // Most of what is written here has no case.
    if let '\u{3001}'..='\u{9fff}' = char {
        return char;
    }
    let narrow = narrow(char);
    let mut lower = narrow.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => narrow,
    }
}

/// Characters of scripts that are written without spaces: Chinese, kana, hangul, and those beyond.
fn is_wide(char: char) -> bool {
    matches!(char, '\u{4e00}'..='\u{9fff}') || (char >= '\u{2e80}' && char.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let mut joined = String::new();
        append(text, &mut joined);
        joined.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn chinese_is_pairs_and_latin_is_words() {
        for (text, expected) in [
            ("几点了", "几点 点了 了"),
            ("iPhone手机，Ｏｋ", "iphone 手机 机 ok"),
            ("", ""),
            ("！？", ""),
            ("退", "退"),
            ("ok手机ok 手 机é1", "ok 手机 机 ok 手 机 é1"),
        ] {
            assert_eq!(tokens(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn words_are_looked_for_by_what_they_must_begin() {
        for (text, is_phrase, expected, is_prefix) in [
            ("几点", false, "几点", false),
            ("几点了", false, "几点 点了", false),
            ("几", false, "几", true),
            ("ref", false, "ref", true),
            ("ref", true, "ref", false),
            ("手机 ok", true, "手机 机 ok", false),
            ("ok手", false, "ok 手", true),
            ("手 机", true, "手 机", true),
            ("退货 机", true, "退货 货 机", true),
            ("好ok", true, "好 ok", false),
        ] {
            let sought = sought(text, is_phrase).unwrap();
            assert_eq!((sought.tokens.join(" ").as_str(), sought.is_prefix), (expected, is_prefix), "{text}");
        }
        assert_eq!(sought("，。", false), None);
    }

    #[test]
    fn marks_stand_where_the_word_does() {
        assert_eq!(marks("退货，请退货", "退货"), [0..6, 12..18]);
        assert_eq!(marks("Refund refunds prerefund", "refund"), [0..6, 7..13]);
        assert_eq!(marks("ＡＢＣ d ＡＢＣ", "abc"), [0..9, 12..21]);
        assert!(marks("abc", "").is_empty());
    }

    proptest! {
        #[test]
        fn every_part_of_a_chinese_text_is_found(text in "[你好退货几点了]{1,12}", start in 0_usize..12, length in 1_usize..12) {
            let part: String = text.chars().skip(start).take(length).collect();
            let Some(sought) = sought(&part, false) else { return Ok(()) };
            let tokens = tokens(&text);
            let found = tokens.windows(sought.tokens.len()).any(|window| {
                window.iter().zip(&sought.tokens).enumerate().all(|(index, (token, wanted))| {
                    let is_last = index + 1 == sought.tokens.len();
                    token == wanted || (is_last && sought.is_prefix && token.starts_with(wanted.as_str()))
                })
            });
            prop_assert!(found, "{:?} in {:?}", sought, tokens);
        }

        #[test]
        fn marks_lie_on_characters(text in any::<String>(), word in any::<String>()) {
            for mark in marks(&text, &word) {
                prop_assert!(text.get(mark).is_some());
            }
        }
    }
}
