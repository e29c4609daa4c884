//! Traditional characters → simplified ones, character by character, as `assets/simplified.py` takes them from `OpenCC`. A
//! search needs one form for both; which words of Taiwan or Hong Kong mean the same is not looked at.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// A traditional character and its simplified one, and so on.
const PAIRS: &str = include_str!("../../assets/simplified.txt");
/// The ideographs that the table knows, with their extension A.
const RANGE: RangeInclusive<char> = '\u{3400}'..='\u{9fff}';

/// The form of each character of [`RANGE`], about 110 kB.
static FORMS: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut forms: Vec<char> = RANGE.collect();
    let mut chars = PAIRS.trim_end().chars();
    while let (Some(traditional), Some(simplified)) = (chars.next(), chars.next()) {
        if let Some(form) = index(traditional).and_then(|index| forms.get_mut(index)) {
            *form = simplified;
        }
    }
    forms
});

/// The simplified form of a character; the same for one that has none. Doing it again changes nothing.
pub(super) fn simplified(char: char) -> char {
    index(char).and_then(|index| FORMS.get(index).copied()).unwrap_or(char)
}

/// Where the form of a character stands, counted in characters: none are left out between the first and the last.
fn index(char: char) -> Option<usize> {
    RANGE.contains(&char).then(|| usize::try_from(u32::from(char) - u32::from(*RANGE.start())).ok()).flatten()
}
