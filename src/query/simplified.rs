//! Traditional characters → simplified ones, character by character; `assets/simplified.py` takes the table from
//! `OpenCC`. A search needs one form for both. Differences in vocabulary between Taiwan, Hong Kong and the mainland
//! are ignored.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Alternating traditional and simplified characters.
const PAIRS: &str = include_str!("../../assets/simplified.txt");
/// The ideographs that the table covers, with extension A.
const RANGE: RangeInclusive<char> = '\u{3400}'..='\u{9fff}';

/// The simplified form of each character of [`RANGE`], about 110 kB.
static FORMS: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut forms: Vec<char> = RANGE.collect();
    let mut chars = PAIRS.trim_end().chars();
    while let (Some(traditional), Some(simplified)) = (chars.next(), chars.next()) {
        if let Some(form) = index(&RANGE, traditional).and_then(|index| forms.get_mut(index)) {
            *form = simplified;
        }
    }
    forms
});

/// Returns the simplified form of a character, or the character itself. The conversion is idempotent.
pub(super) fn simplified(char: char) -> char {
    index(&RANGE, char).and_then(|index| FORMS.get(index).copied()).unwrap_or(char)
}

/// Returns the index of a character in a range of characters.
pub(super) fn index(range: &RangeInclusive<char>, char: char) -> Option<usize> {
    range.contains(&char).then(|| usize::try_from(u32::from(char) - u32::from(*range.start())).ok()).flatten()
}
