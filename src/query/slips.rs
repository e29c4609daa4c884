//! Guesses for mistyped text: a wrong letter, characters that sound the same, a tone typed along.

use super::folding::fold;
use super::{SoughtWord, Test, pinyin};

/// The maximum number of spellings of a word whose characters have several readings.
const SPELLINGS: usize = 8;
/// The maximum length of a word whose spellings are searched, in characters.
const LONGEST: usize = 8;
/// TABLE: letters of pinyin that many people confuse and type for each other.
const CONFUSED: [(&str, &str); 7] =
    [("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("h", "f"), ("l", "r")];

impl Test {
    /// Returns whether another meaning can be guessed when the test finds nothing.
    pub const fn has_slips(&self) -> bool {
        matches!(self, Self::Words(_) | Self::Name(_) | Self::Note(_) | Self::Label(_))
    }

    /// Returns the words of the test; `None` for a test without words.
    pub fn words(&self) -> Option<&[SoughtWord]> {
        if let Self::Words(words) = self { Some(words) } else { None }
    }
}

/// Returns whether two words differ by one letter that was added, dropped, changed, or swapped with its neighbour. It
/// does not allocate, because it may be called for every word of an archive.
pub fn is_slip_of(one: &str, other: &str) -> bool {
    if one.len().abs_diff(other.len()) > 4 || one == other {
        return false;
    }
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(char, _)| char.len_utf8()).sum();
    let (Some(one), Some(other)) = (one.get(same..), other.get(same..)) else { return false };
    let pair = |text: &str| text.chars().next().zip(text.chars().nth(1));
    let is_swapped = || pair(one).is_some_and(|(first, second)| pair(other) == Some((second, first)));
    (!one.is_empty() && behind(one, 1) == other)
        || (!other.is_empty() && one == behind(other, 1))
        || (!one.is_empty() && !other.is_empty() && behind(one, 1) == behind(other, 1))
        || (is_swapped() && behind(one, 2) == behind(other, 2))
}

/// Returns the text after the first `n` characters.
fn behind(text: &str, n: usize) -> &str {
    text.char_indices().nth(n).and_then(|(at, _)| text.get(at..)).unwrap_or_default()
}

/// Returns the spellings of a word of ideographs in pinyin, with an apostrophe between the syllables: one spelling
/// for each combination of readings. Returns none for other words, and for a single character, which sounds like a
/// hundred others.
pub fn spellings(word: &str) -> Vec<String> {
    let folded = fold(word);
    if !(2..=LONGEST).contains(&folded.chars().count()) {
        return Vec::new();
    }
    let mut found = vec![String::new()];
    for char in folded.chars() {
        let names: Vec<&str> = pinyin::names(char).collect();
        let spelled = |before: &String| {
            let apostrophe = if before.is_empty() { "" } else { "'" };
            names.iter().map(|name| format!("{before}{apostrophe}{name}")).collect::<Vec<_>>()
        };
        found = found.iter().flat_map(spelled).take(SPELLINGS).collect();
    }
    found
}

/// Returns whether two different words of ideographs have the same length and may sound the same.
pub fn is_homophone(one: &str, other: &str) -> bool {
    let sound_same = |(one, other): (char, char)| {
        one == other || pinyin::names(one).any(|name| pinyin::names(other).any(|other| other == name))
    };
    one != other && one.chars().count() == other.chars().count() && one.chars().zip(other.chars()).all(sound_same)
}

/// Returns the pinyin that may be meant by letters without a meaning of their own: without typed tones, with two
/// letters swapped back, or with commonly confused letters exchanged. The likeliest come first.
pub fn pinyin_like(typed: &str) -> Vec<String> {
    let plain = without_tones(typed);
    let mut found = Vec::new();
    let mut take = |letters: String| {
        if letters != typed && !found.contains(&letters) && !pinyin::ways(&letters).is_empty() {
            found.push(letters);
        }
    };
    take(plain.clone());
    if !plain.is_ascii() {
        return found;
    }
    for (at, _) in plain.char_indices().skip(1) {
        let (before, after) = plain.split_at_checked(at - 1).unwrap_or_default();
        let mut letters: Vec<char> = after.chars().collect();
        if letters.len() > 1 {
            letters.swap(0, 1);
            take(format!("{before}{}", letters.into_iter().collect::<String>()));
        }
    }
    for (long, short) in CONFUSED {
        for (from, to) in [(long, short), (short, long)] {
            // A form that is already long is not extended.
            let is_there =
                |at: usize| !(to.len() > from.len() && plain.get(at..).is_some_and(|rest| rest.starts_with(to)));
            for (at, _) in plain.match_indices(from).filter(|(at, _)| is_there(*at)) {
                let (before, after) = plain.split_at_checked(at).unwrap_or_default();
                take(format!("{before}{to}{}", after.get(from.len()..).unwrap_or_default()));
            }
        }
    }
    found
}

/// Removes the tones of pinyin, which are digits after the syllables or marks on the vowels.
fn without_tones(typed: &str) -> String {
    const MARKED: [(&str, char); 6] =
        [("āáǎàɑ", 'a'), ("ēéěèê", 'e'), ("īíǐì", 'i'), ("ōóǒò", 'o'), ("ūúǔù", 'u'), ("ǖǘǚǜü", 'v')];
    let folded = fold(typed);
    let letters = folded.char_indices().filter(|(at, char)| !(matches!(char, '1'..='5') && *at > 0));
    let plain = |char: char| MARKED.iter().find(|(marked, _)| marked.contains(char)).map_or(char, |(_, plain)| *plain);
    letters.map(|(_, char)| plain(char)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_letter_makes_a_slip() {
        for (typed, meant) in [
            ("refnd", "refund"),
            ("refundd", "refund"),
            ("rafund", "refund"),
            ("refudn", "refund"),
            ("xrefund", "refund"),
            ("efund", "refund"),
            ("erfund", "refund"),
            ("été", "éte"),
        ] {
            assert!(is_slip_of(typed, meant) && is_slip_of(meant, typed), "{typed} {meant}");
        }
        for (typed, meant) in
            [("refund", "refund"), ("rfnd", "refund"), ("refund", "funder"), ("ab", "ba c"), ("", "ab")]
        {
            assert!(!is_slip_of(typed, meant) && !is_slip_of(meant, typed), "{typed} {meant}");
        }
    }

    #[test]
    fn what_sounds_the_same_is_spelled_the_same() {
        assert_eq!(spellings("退火"), ["tui'huo"]);
        assert_eq!(spellings("重庆").len(), 2, "{:?}", spellings("重庆"));
        assert!(spellings("退").is_empty() && spellings("ab").is_empty() && spellings("退ok").is_empty());
        assert!(spellings("和和和和和和和和").len() <= SPELLINGS);
        assert!(is_homophone("退火", "退货") && !is_homophone("付矿", "付款") && !is_homophone("退货", "退货"));
    }

    #[test]
    fn pinyin_is_read_without_tones_and_with_the_letters_that_are_taken_for_each_other() {
        for (typed, meant) in [
            ("tui4huo4", "tuihuo"),
            ("tuìhuò", "tuihuo"),
            ("lǜsè", "lvse"),
            ("tuihou", "tuihuo"),
            ("zifu", "zhifu"),
            ("zhengshi", "zengshi"),
        ] {
            let found = pinyin_like(typed);
            assert!(found.iter().any(|letters| letters == meant), "{typed}: {found:?}");
            assert!(!found.iter().any(|letters| letters == typed) && found.len() < 40, "{found:?}");
        }
        assert_eq!(pinyin_like("tui4huo4").first().map(String::as_str), Some("tuihuo"));
    }

    proptest! {
        /// Every change of one letter is a slip, in both directions.
        #[test]
        fn every_change_of_one_letter_is_one(word in "[a-cé退]{1,6}", at in 0_usize..6, char in "[a-cé退]", how in 0..4) {
            let mut letters: Vec<char> = word.chars().collect();
            let (at, char) = (at % letters.len(), char.chars().next().unwrap());
            match how {
                0 => letters.insert(at, char),
                1 => drop(letters.remove(at)),
                2 => letters[at] = char,
                _ if at + 1 < letters.len() => letters.swap(at, at + 1),
                _ => {}
            }
            let other: String = letters.into_iter().collect();
            prop_assert_eq!(is_slip_of(&word, &other), word != other);
            prop_assert_eq!(is_slip_of(&other, &word), word != other);
        }

        #[test]
        fn nothing_panics(one in any::<String>(), other in any::<String>()) {
            drop((is_slip_of(&one, &other), pinyin_like(&one), spellings(&one)));
        }
    }
}
