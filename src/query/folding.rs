//! Text → its folded form, which searches compare. Indexed text and typed text both go through [`fold`], and nothing
//! else decides which spellings are equal. Text that is shown or exported is never folded.
//!
//! Invisible characters are removed; compatibility forms (full and half width, ligatures, circled, squared) become
//! the characters they stand for; canonically equal spellings become one; traditional characters become simplified;
//! upper case becomes lower case. Accents stay: `é` is not `e`.

use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::DefaultIgnorableCodePoint;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};
use unicode_segmentation::UnicodeSegmentation as _;

use super::simplified::simplified;

/// The version of [`fold`], of the words made from its output ([`super::words`]) and of their sounds
/// ([`super::pinyin`]). Increase it with every change to any of them: an archive indexed by another version is
/// indexed again.
pub const VERSION: u64 = 3;

const COMPATIBLE: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
const INVISIBLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// Returns the folded form of a text. Folding is idempotent.
pub fn fold(text: &str) -> String {
    // Most text here can be folded character by character.
    if let Some(folded) = text.chars().map(simple).collect() {
        return folded;
    }
    let seen = text.chars().filter(|char| is_seen(*char));
    let lower: Vec<char> = COMPATIBLE.normalize_iter(seen).flat_map(without_case).collect();
    COMPATIBLE.normalize_iter(lower.into_iter()).map(simplified).collect()
}

/// Returns the characters of the folded text, each with the byte range of the text that it came from. Several
/// characters may share a range.
pub fn aligned(text: &str) -> Vec<(char, Range<usize>)> {
    let mut seen = String::new();
    let mut starts = Vec::new();
    for (at, char) in text.char_indices().filter(|(_, char)| is_seen(*char)) {
        starts.push((seen.len(), at..at + char.len_utf8()));
        seen.push(char);
    }
    let original = |part: Range<usize>| {
        let first = starts.partition_point(|(at, _)| *at < part.start);
        let last = starts.partition_point(|(at, _)| *at < part.end);
        let from = starts.get(first).map_or(0, |(_, range)| range.start);
        from..starts.get(last.wrapping_sub(1)).map_or(from, |(_, range)| range.end)
    };
    let mut pieces: Vec<(Range<usize>, String)> = Vec::new();
    for (at, grapheme) in seen.grapheme_indices(true) {
        let (mut part, mut folded) = (at..at + grapheme.len(), fold(grapheme));
        // Separate hangul letters combine into a syllable.
        if let Some((before, folded_before)) = pieces.last() {
            let both = fold(seen.get(before.start..part.end).unwrap_or_default());
            if both != [folded_before.as_str(), &folded].concat() {
                (part, folded) = (before.start..part.end, both);
                pieces.pop();
            }
        }
        pieces.push((part, folded));
    }
    let chars = |(part, folded): (Range<usize>, String)| {
        let range = original(part);
        folded.chars().map(|char| (char, range.clone())).collect::<Vec<_>>()
    };
    pieces.into_iter().flat_map(chars).collect()
}

/// Converts full-width ASCII, which Chinese input methods send, to ASCII.
pub(super) fn narrow(char: char) -> char {
    match char {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0).unwrap_or(char),
        '\u{3000}' => ' ',
        _ => char,
    }
}

/// Folds a character that becomes one character in every context; `None` for all others.
fn simple(char: char) -> Option<char> {
    match char {
        '\0'..='\x7f' => Some(char.to_ascii_lowercase()),
        '\u{4e00}'..='\u{9fff}' => Some(simplified(char)),
        // Punctuation beside ideographs.
        '\u{2018}'..='\u{201f}' | '\u{3001}'..='\u{3020}' => Some(char),
        '\u{3000}' | '\u{ff01}'..='\u{ff5e}' => Some(narrow(char).to_ascii_lowercase()),
        _ => None,
    }
}

fn is_seen(char: char) -> bool {
    !INVISIBLE.contains(char)
}

/// Converts to lower case by way of upper case, so that `ß` equals `ss` and `ς` equals `σ`.
fn without_case(char: char) -> impl Iterator<Item = char> {
    char.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Text with many alternative spellings, much denser than in random text.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            "[a-zA-Z ,.]{1,4}",
            "[退货貨了於后後，。！　ＡＢｃ１]{1,4}",
            "[\u{1100}-\u{1112}\u{1161}-\u{1175}\u{11a8}-\u{11c2}ㄱ-ㅣﾡ-ￜ]{1,4}",
            "[éßςΣİıﬁ①㈱ｶﾞ\u{301}\u{323}\u{200b}\u{200d}\u{fe0f}\u{ad}]{1,4}",
            "[กขคงำ\u{e48}\u{e4d}\u{e31}]{1,4}",
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    #[test]
    fn spellings_of_the_same_fold_to_the_same() {
        for spellings in [
            &["환불", "\u{1112}\u{116a}\u{11ab}\u{1107}\u{116e}\u{11af}"][..],
            &["muốn", "muo\u{302}\u{301}n", "MUỐN"],
            &["été", "e\u{301}te\u{301}", "ÉTÉ"],
            &["refund", "ＲＥＦＵＮＤ", "ref\u{200b}und", "re\u{ad}fund", "\u{feff}Refund"],
            &["office", "oﬃce", "OFFICE"],
            &["ガラス", "ｶﾞﾗｽ", "カ\u{3099}ラス"],
            &["strasse", "Straße", "STRASSE", "straẞe"],
            &["οδοσ", "οδος", "ΟΔΟΣ"],
            &["(株)", "㈱", "（株）"],
            &["1", "①", "１", "¹"],
            &["❤", "❤\u{fe0f}"],
            &["¥99", "￥９９"],
            &["月", "⽉"],
            &["退货", "退\u{200b}货", "退\u{2060}货", "退貨", "退\u{200b}貨"],
            &["头发发货后在台湾", "頭髮發貨後在臺灣"],
            &["㑇", "㑳"],
            &["...", "…"],
        ] {
            for spelling in spellings {
                assert_eq!(fold(spelling), spellings[0], "{spelling:?}");
            }
        }
        assert_ne!(fold("é"), fold("e"));
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in text()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn characters_are_aligned_with_the_text_they_come_from(text in text()) {
            let aligned = aligned(&text);
            prop_assert_eq!(aligned.iter().map(|(char, _)| *char).collect::<String>(), fold(&text));
            for pair in aligned.windows(2) {
                prop_assert!(pair[0].1.start <= pair[1].1.start, "{:?}", pair);
            }
            for (_, range) in aligned {
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
