//! Text → the one form in which it is looked for. What is indexed and what is typed both go through [`fold`], and nothing
//! else decides which spellings are the same. What is shown and exported is never folded.
//!
//! Characters that nobody sees are left out, compatibility forms (full and half width, ligatures, circled, squared) become
//! what they stand for, canonically equal spellings become one, traditional characters become simplified, and case goes.
//! Accents stay: `é` is not `e`.

use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::DefaultIgnorableCodePoint;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed};
use unicode_segmentation::UnicodeSegmentation as _;

use super::simplified::simplified;

/// The version of [`fold`], of the words that are made of it ([`super::words`]) and of their sounds ([`super::pinyin`]). An archive that was indexed by another
/// one is indexed again, so this grows with each change of any.
pub const VERSION: u64 = 3;

const COMPATIBLE: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
const INVISIBLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// The form of a text in which it is looked for. Folding it again changes nothing.
pub fn fold(text: &str) -> String {
    // Most of what is written here is folded character by character.
    if let Some(folded) = text.chars().map(simple).collect() {
        return folded;
    }
    let seen = text.chars().filter(|char| is_seen(*char));
    let lower: Vec<char> = COMPATIBLE.normalize_iter(seen).flat_map(without_case).collect();
    COMPATIBLE.normalize_iter(lower.into_iter()).map(simplified).collect()
}

/// The characters of the folded text, each with the bytes of the text that it came from. Several may come from the same.
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
        // Letters of hangul that stand one by one become a syllable.
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

/// Full-width ASCII, which a Chinese input method sends, as ASCII.
pub(super) fn narrow(char: char) -> char {
    match char {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(char) - 0xfee0).unwrap_or(char),
        '\u{3000}' => ' ',
        _ => char,
    }
}

/// A character that folds to one whatever stands around it, folded; `None` for all others.
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

/// Lower case by way of upper case, so that `ß` and `ss`, `ς` and `σ` are the same.
fn without_case(char: char) -> impl Iterator<Item = char> {
    char.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What people write in many ways, much denser than in random text.
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
