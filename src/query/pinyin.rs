//! The sounds of ideographs, and the sounds that typed letters mean: `tuihuo`, `thuo` and `th` all find 退货.
//!
//! Tones are ignored, and every reading of a character counts. The table comes from `assets/pinyin.py`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use super::folding::fold;
use super::simplified::index;

/// One syllable in each line, in alphabetical order, with the characters that have this reading.
const SYLLABLES: &str = include_str!("../../assets/pinyin.txt");
/// The ideographs that the table covers.
const RANGE: RangeInclusive<char> = '\u{4e00}'..='\u{9fff}';
/// TABLE: the first letters of syllables, in groups that are about equally frequent in Chinese text.
const LETTERS: [&str; GROUPS] = ["aeop", "b", "cf", "d", "g", "h", "j", "kr", "l", "mn", "qt", "s", "w", "x", "y", "z"];
/// Number of groups of syllables.
pub const GROUPS: usize = 16;
/// The maximum length of a word that is read as pinyin: a dozen characters are enough for a search.
const LONGEST: usize = 48;
/// The maximum number of readings of one word.
const WAYS: usize = 8;

/// A syllable without its tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syllable {
    /// Its group, less than [`GROUPS`].
    pub group: u8,
    /// Its number within the group, in alphabetical order.
    pub number: u8,
}

/// Syllables that begin with the same letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syllables {
    /// Their group.
    pub group: u8,
    /// Their numbers within the group.
    pub numbers: RangeInclusive<u8>,
}

/// The sound that one character, or two in a row, must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundPair {
    /// The first character.
    pub first: Syllables,
    /// The next character, if it matters.
    pub second: Option<Syllables>,
}

/// The syllables and the readings of each character: about 130 kB.
struct Table {
    syllables: Vec<(&'static str, Syllable)>,
    /// Start of the readings of each character of [`RANGE`].
    starts: Vec<u16>,
    readings: Vec<Syllable>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut syllables = Vec::new();
    let mut of_chars: Vec<(usize, Syllable)> = Vec::new();
    let mut n_in_group = [0; GROUPS];
    for line in SYLLABLES.lines() {
        let Some((name, chars)) = line.split_once(' ') else { continue };
        let Some((group, n)) = group(name).and_then(|group| Some((group, n_in_group.get_mut(usize::from(group))?)))
        else {
            continue;
        };
        let syllable = Syllable { group, number: *n };
        *n += 1;
        syllables.push((name, syllable));
        of_chars.extend(chars.chars().filter_map(|char| Some((index(&RANGE, char)?, syllable))));
    }
    of_chars.sort_by_key(|(char, _)| *char);
    let n_chars = RANGE.count();
    let starts = (0..=n_chars).map(|char| of_chars.partition_point(|(other, _)| *other < char));
    let starts = starts.map(|start| u16::try_from(start).unwrap_or(u16::MAX)).collect();
    Table { syllables, starts, readings: of_chars.into_iter().map(|(_, syllable)| syllable).collect() }
});

/// Returns the group of a syllable, or of the first letters of one.
fn group(letters: &str) -> Option<u8> {
    let first = letters.chars().next()?;
    LETTERS.iter().position(|group| group.contains(first)).and_then(|group| u8::try_from(group).ok())
}

/// Returns the readings of a folded character; none for a character that is not an ideograph.
fn readings(char: char) -> &'static [Syllable] {
    let Some(index) = index(&RANGE, char) else { return &[] };
    let start = |index: usize| TABLE.starts.get(index).copied().map(usize::from);
    let range = start(index).zip(start(index + 1)).map(|(start, end)| start..end);
    range.and_then(|range| TABLE.readings.get(range)).unwrap_or_default()
}

/// Returns the names of the syllables that a folded character may have.
pub(super) fn names(char: char) -> impl Iterator<Item = &'static str> {
    let name = |syllable: &Syllable| TABLE.syllables.iter().find(|(_, other)| other == syllable).map(|(name, _)| *name);
    readings(char).iter().filter_map(name)
}

/// Returns the sounds of a word of a text ([`super::words`]): every pair of readings for two ideographs, every
/// reading for a single one. All other words have no sound.
pub fn sounds(word: &str) -> impl Iterator<Item = (Syllable, Option<Syllable>)> {
    let (first, second) = of_both(word);
    first.iter().flat_map(move |first| {
        let alone = second.is_empty().then_some((*first, None));
        second.iter().map(|second| (*first, Some(*second))).chain(alone)
    })
}

/// Returns the number of [`sounds`] of a word.
pub fn n_sounds(word: &str) -> usize {
    let (first, second) = of_both(word);
    first.len() * second.len().max(1)
}

fn of_both(word: &str) -> (&'static [Syllable], &'static [Syllable]) {
    let mut chars = word.chars();
    let mut next = || chars.next().map_or(&[][..], readings);
    (next(), next())
}

/// Returns whether consecutive ideographs somewhere in a text have these letters as pinyin: whole syllables or their
/// beginnings.
pub fn is_read_as(text: &str, letters: &str) -> bool {
    let names: Vec<Vec<&str>> = fold(text).chars().map(|char| names(char).collect()).collect();
    (0..names.len()).any(|from| begin_as(names.get(from..).unwrap_or_default(), letters, false))
}

/// Returns whether the ideographs of a simplified text are spelled like this in whole syllables.
pub fn is_spelled_as(text: &str, letters: &str) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return letters.is_empty() };
    let goes_on = |name: &str| letters.strip_prefix(name).is_some_and(|rest| is_spelled_as(chars.as_str(), rest));
    names(first).any(goes_on)
}

/// Returns whether the text consists only of ideographs that together have these letters as pinyin.
pub fn is_all_read_as(text: &str, letters: &str) -> bool {
    let names: Vec<Vec<&str>> = fold(text).chars().map(|char| names(char).collect()).collect();
    !letters.is_empty() && begin_as(&names, letters, true)
}

/// Returns whether these ideographs, given the names of their readings, begin with these letters; with `is_all`,
/// whether the letters cover all of them.
fn begin_as(names: &[Vec<&str>], letters: &str, is_all: bool) -> bool {
    let Some((first, rest)) = names.split_first() else { return letters.is_empty() };
    if letters.is_empty() {
        return !is_all;
    }
    let n_common = |name: &str| name.bytes().zip(letters.bytes()).take_while(|(one, other)| one == other).count();
    let goes_on = |n: usize| letters.get(n..).is_some_and(|letters| begin_as(rest, letters, is_all));
    first.iter().any(|name| (1..=n_common(name)).any(goes_on))
}

impl Syllables {
    fn starting_with(letters: &str) -> Option<Self> {
        let from = TABLE.syllables.partition_point(|(name, _)| *name < letters);
        let mut found = TABLE.syllables.iter().skip(from).take_while(|(name, _)| name.starts_with(letters));
        let (_, first) = found.next().filter(|_| !letters.is_empty())?;
        let last = found.last().map_or(first.number, |(_, last)| last.number);
        Some(Self { group: first.group, numbers: first.number..=last })
    }

    fn exactly(letters: &str) -> Option<Self> {
        let at = TABLE.syllables.binary_search_by_key(&letters, |(name, _)| *name).ok()?;
        TABLE.syllables.get(at).map(|(_, it)| Self { group: it.group, numbers: it.number..=it.number })
    }

    fn has(&self, syllable: Syllable) -> bool {
        syllable.group == self.group && self.numbers.contains(&syllable.number)
    }

    fn has_any_of(&self, char: char) -> bool {
        readings(char).iter().any(|reading| self.has(*reading))
    }
}

impl SoundPair {
    /// Returns the overlapping pairs of consecutive syllables: each pair begins with the second syllable of the pair
    /// before.
    pub fn all_of(syllables: &[Syllables]) -> Vec<Self> {
        let pair = |pair: &[Syllables]| match pair {
            [first, rest @ ..] => Some(Self { first: first.clone(), second: rest.first().cloned() }),
            [] => None,
        };
        syllables.windows(syllables.len().clamp(1, 2)).filter_map(pair).collect()
    }

    /// Returns whether a word of a text has this sound.
    pub fn is_in(&self, word: &str) -> bool {
        let mut chars = word.chars();
        let mut has = |syllables: &Syllables| chars.next().is_some_and(|char| syllables.has_any_of(char));
        has(&self.first) && self.second.as_ref().is_none_or(has)
    }
}

/// Returns whether characters sound like these syllables, one character for each.
pub(super) fn sound_like(mut chars: impl Iterator<Item = char>, syllables: &[Syllables]) -> bool {
    syllables.iter().all(|syllables| chars.next().is_some_and(|char| syllables.has_any_of(char)))
}

/// A way to cut letters into pieces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Into syllables: `tuihuo`.
    Whole,
    /// Into syllables, the last of which may be incomplete: `tuih`.
    Begun,
    /// Into first letters: `th`.
    Initials,
    /// Into syllables and first letters: `thuo`. Only cuts with the fewest pieces count.
    Mixed,
}

/// Returns the syllables that a word of Latin letters may mean, the likeliest first: `xian` is 先 and 西安. Returns
/// none when the word cannot be cut into syllables or beginnings of syllables, as `iphone` cannot. An apostrophe
/// separates syllables. The last syllable may continue, as the last word of a search may. A single letter, or letters
/// that only begin one syllable, mean nothing.
pub fn ways(typed: &str) -> Vec<Vec<Syllables>> {
    let letters = fold(typed);
    let is_pinyin = letters.len() <= LONGEST && letters.chars().all(|char| char.is_ascii_lowercase() || char == '\'');
    if !is_pinyin {
        return Vec::new();
    }
    for cuts in [&[Cut::Whole][..], &[Cut::Begun, Cut::Initials], &[Cut::Mixed]] {
        let mut found = Vec::new();
        for cut in cuts {
            cut.split(&letters, &mut found);
        }
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

impl Cut {
    /// Returns the pieces with which letters may begin, the longest first, each with its length.
    fn pieces(self, letters: &str) -> impl Iterator<Item = (usize, Syllables)> {
        let end = letters.find('\'').unwrap_or(letters.len());
        (1..=end.min(6)).rev().filter_map(move |length| {
            let piece = letters.get(..length)?;
            let is_last = length == letters.len();
            // No word contains 哦, and every 货 would also match as 胡哦.
            let whole = || match Syllables::exactly(piece).filter(|_| piece != "o") {
                Some(_) if is_last => Syllables::starting_with(piece),
                found => found,
            };
            let is_initial = length == 1 || (length == 2 && piece.ends_with('h') && !piece.starts_with('h'));
            let initial = || is_initial.then(|| Syllables::starting_with(piece)).flatten();
            let begun = || is_last.then(|| Syllables::starting_with(piece)).flatten();
            let syllables = match self {
                Self::Whole => whole(),
                Self::Begun => whole().or_else(begun),
                Self::Initials => initial(),
                Self::Mixed => whole().or_else(initial).or_else(begun),
            };
            syllables.map(|syllables| (length, syllables))
        })
    }

    /// Adds the ways to cut letters in this manner.
    fn split(self, letters: &str, found: &mut Vec<Vec<Syllables>>) {
        // The fewest pieces from each position to the end, filled from the end.
        let mut fewest: Vec<Option<usize>> = vec![None; letters.len() + 1];
        if let Some(last) = fewest.last_mut() {
            *last = Some(0);
        }
        for at in (0..letters.len()).rev() {
            let rest = letters.get(at..).unwrap_or_default();
            let after = |at: usize| fewest.get(at).copied().flatten();
            let least = match rest.strip_prefix('\'') {
                Some(_) => after(at + 1),
                None => self.pieces(rest).filter_map(|(length, _)| Some(after(at + length)? + 1)).min(),
            };
            if let Some(place) = fewest.get_mut(at) {
                *place = least;
            }
        }
        self.follow(letters, 0, &fewest, &mut Vec::new(), found);
    }

    /// Continues from a position to the end along every way that reaches it.
    fn follow(
        self,
        letters: &str,
        at: usize,
        fewest: &[Option<usize>],
        before: &mut Vec<Syllables>,
        found: &mut Vec<Vec<Syllables>>,
    ) {
        let Some(Some(least)) = fewest.get(at).copied() else { return };
        let rest = letters.get(at..).unwrap_or_default();
        if rest.is_empty() {
            let is_enough = before.len() > usize::from(self != Self::Whole);
            if is_enough && found.len() < WAYS && !found.contains(before) {
                found.push(before.clone());
            }
            return;
        }
        if rest.starts_with('\'') {
            return self.follow(letters, at + 1, fewest, before, found);
        }
        for (length, syllables) in self.pieces(rest) {
            let is_least = fewest.get(at + length).copied().flatten().is_some_and(|after| after < least);
            if found.len() < WAYS && (self != Self::Mixed || is_least) {
                before.push(syllables);
                self.follow(letters, at + length, fewest, before, found);
                before.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the readings of a word as letters, with `*` after beginnings that fit more than one syllable.
    fn read(typed: &str) -> Vec<String> {
        let name = |syllables: &Syllables| {
            let of_number = |number: u8| {
                let it = Syllable { group: syllables.group, number };
                TABLE.syllables.iter().find(|(_, other)| *other == it).unwrap().0
            };
            let (first, last) = (of_number(*syllables.numbers.start()), of_number(*syllables.numbers.end()));
            let same = first.chars().zip(last.chars()).take_while(|(one, other)| one == other).count();
            if first == last { first.to_owned() } else { format!("{}*", first.split_at(same).0) }
        };
        ways(typed).iter().map(|way| way.iter().map(name).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn letters_are_read_each_way_that_makes_sense() {
        for (typed, expected) in [
            ("tuihuo", &["tui huo"][..]),
            ("tuihu", &["tui hu*"]),
            ("tuih", &["tui h*"]),
            ("thuo", &["t* huo"]),
            ("th", &["t* h*"]),
            ("thtk", &["t* h* t* k*"]),
            ("TuiHuo", &["tui huo"]),
            ("tui'huo", &["tui huo"]),
            ("xian", &["xian*", "xi an*"]),
            ("xi'an", &["xi an*"]),
            ("fangan", &["fang an*", "fan gan*"]),
            ("shdz", &["sh* d* z*", "s* h* d* z*"]),
            ("sh", &["s* h*"]),
            ("aq", &["a q*", "a* q*"]),
            ("jine", &["jin e*", "ji ne*"]),
            ("lvse", &["lv se*"]),
            ("lueduo", &["lue duo", "lu e duo"]),
            ("shouhdz", &["shou h* d* z*"]),
            ("tui", &["tui"]),
            ("iphone", &[]),
            ("t", &[]),
            ("zh'", &["z* h*"]),
            ("'", &[]),
            ("", &[]),
            ("tui2huo", &[]),
            ("退huo", &[]),
        ] {
            assert_eq!(read(typed), expected, "{typed}");
        }
    }

    #[test]
    fn every_reading_counts() {
        let sound = |typed: &str, text: &str| ways(typed).iter().any(|way| sound_like(text.chars(), way));
        for (typed, text) in [
            ("chongqing", "重庆"),
            ("zhongliang", "重量"),
            ("cq", "重庆"),
            ("yinhang", "银行"),
            ("xingli", "行李"),
            ("zhangda", "长大"),
            ("changdu", "长度"),
            ("nvpiao", "女票"),
            ("en", "嗯"),
            ("shei", "谁"),
            ("shui", "谁"),
        ] {
            assert!(sound(typed, text), "{typed} {text}");
        }
        assert!(!sound("tuihuo", "退款") && !sound("tuihuo", "退"));
        for (letters, is_it) in
            [("tuihuo", true), ("th", true), ("thuo", true), ("huo", true), ("huotui", false), ("tuo", false)]
        {
            assert_eq!(is_read_as("请退货ok", letters), is_it, "{letters}");
        }
        assert!(is_all_read_as("退货", "thuo") && !is_all_read_as("退货单", "thuo") && !is_all_read_as("退货", "t"));
        assert!(is_spelled_as("香港", "xianggang") && is_spelled_as("重庆", "chongqing"));
        assert!(!is_spelled_as("香港", "xg") && !is_spelled_as("香港", "xiang") && !is_spelled_as("香港", ""));
        assert_eq!(sounds("重行").count(), 6);
        assert_eq!((sounds("退の").count(), sounds("の退").count(), sounds("th").count()), (1, 0, 0));
    }

    proptest! {
        #[test]
        fn reading_ends_whatever_is_typed(typed in "[a-z']{0,60}|(sh|xian|zhi){0,20}.?") {
            prop_assert!(ways(&typed).len() <= WAYS);
        }

        #[test]
        fn words_have_as_many_sounds_as_are_counted(word in "[退货了长重ab の]{0,2}") {
            prop_assert_eq!(sounds(&word).count(), n_sounds(&word));
        }
    }
}
