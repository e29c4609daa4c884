//! Text → the tokens by which it is found, and back to their positions in the text.
//!
//! Chinese has no spaces, and a search for any two adjacent characters must be as fast as one for a rare word. So a
//! run of Chinese is indexed as its overlapping pairs, and its last character once more alone: `几点了` → `几点`
//! `点了` `了`. Every character then begins one token, so one character is found as a prefix. The same applies to all
//! scripts that are written without spaces: kana, hangul, Thai, Lao, Khmer, Burmese. Words of other scripts are
//! tokens unchanged.
//!
//! Every other visible character, from a comma to an emoji, is a symbol and a token of its own. Symbols stand between
//! the words without separating them: `"refund please"` finds `Refund, please`, while `C++` finds only a `C` followed
//! by two `+`.

use std::ops::Range;

use icu_properties::props::{GeneralCategory, LineBreak};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};

use super::folding::{aligned, fold};
use super::pinyin::{self, SoundPair};

const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::new();
const LINE_BREAK: CodePointMapDataBorrowed<'static, LineBreak> = CodePointMapData::new();

/// The tokens of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// The tokens, which must be adjacent and in this order.
    pub tokens: Vec<String>,
    /// Whether the last token may continue.
    pub is_prefix: bool,
}

/// The tokens by which a text is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokens {
    /// The words in their order, a space before and after each.
    pub words: String,
    /// The symbols in their order, each with its [`TokenPlace`].
    pub symbols: Vec<(TokenPlace, char)>,
    n_words: TokenPlace,
}

/// The position of a token. For a word: the number of words before it. For a symbol: the number of words before it in
/// the high bits, and the number of symbols since the last word in the lower [`GAP_BITS`].
pub type TokenPlace = u32;

/// Number of bits that count the symbols since the last word. Of more symbols in a row the first 64 count.
const GAP_BITS: u32 = 6;

/// The class of a character, which decides its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a word.
    Letter,
    /// Part of a run of a script without spaces.
    Wide,
    /// Part of its neighbour: an accent, a vowel sign.
    Mark,
    /// A token of its own.
    Symbol,
    /// Part of no token.
    Gap,
}

/// The open token of a scan: a word that starts at this byte, or a run whose last character is this one.
#[derive(Clone, Copy)]
enum Run {
    Word(usize),
    Wide(char),
}

enum Token<'a> {
    Word(&'a str),
    Symbol(char),
}

impl Tokens {
    /// Adds the tokens of a text.
    pub fn append(&mut self, text: &str) {
        let mut in_gap = 0;
        scan(text, |token| match token {
            Token::Word(word) => {
                if self.words.is_empty() {
                    self.words.push(' ');
                }
                self.words.push_str(word);
                self.words.push(' ');
                self.n_words += 1;
                in_gap = 0;
            }
            Token::Symbol(symbol) => {
                if in_gap < (1 << GAP_BITS) {
                    self.symbols.push((self.n_words << GAP_BITS | in_gap, symbol));
                }
                in_gap += 1;
            }
        });
    }

    /// Returns the number of tokens.
    pub fn n_terms(&self) -> usize {
        self.symbols.len() + usize::try_from(self.n_words).unwrap_or(usize::MAX)
    }

    /// Returns whether the tokens of a search are adjacent here.
    pub fn has(&self, sought: &Sought) -> bool {
        let mut before: Option<(bool, Vec<TokenPlace>)> = None;
        for (index, token) in sought.tokens.iter().enumerate() {
            let is_open = sought.is_prefix && index + 1 == sought.tokens.len();
            let symbol = symbol_of(token);
            let places: Box<dyn Iterator<Item = TokenPlace>> = if let Some(symbol) = symbol {
                Box::new(self.symbols.iter().filter(move |(_, it)| *it == symbol).map(|(place, _)| *place))
            } else {
                let is_it = move |word: &str| if is_open { word.starts_with(token) } else { word == token };
                let words = (0..).zip(self.words.split_ascii_whitespace());
                Box::new(words.filter(move |(_, word)| is_it(word)).map(|(place, _)| place))
            };
            let found: Vec<TokenPlace> = match &before {
                None => places.collect(),
                Some((is_symbol, before)) => {
                    let wanted: Vec<TokenPlace> =
                        before.iter().filter_map(|place| behind(*place, *is_symbol, symbol.is_some())).collect();
                    places.filter(|place| wanted.binary_search(place).is_ok()).collect()
                }
            };
            if found.is_empty() {
                return false;
            }
            before = Some((symbol.is_some(), found));
        }
        before.is_some()
    }

    /// Returns whether consecutive characters here sound like these pairs, each of which begins with the second
    /// character of the pair before.
    pub fn sound_like(&self, pairs: &[SoundPair]) -> bool {
        let mut words = self.words.split_ascii_whitespace();
        loop {
            let mut here = words.clone();
            if pairs.iter().all(|pair| here.next().is_some_and(|word| pair.is_in(word))) {
                return !pairs.is_empty();
            }
            if words.next().is_none() {
                return false;
            }
        }
    }
}

/// Returns the position directly after another token, given whether each is a symbol. The function preserves the
/// order of positions.
pub const fn behind(place: TokenPlace, is_symbol: bool, is_next_symbol: bool) -> Option<TokenPlace> {
    let next = place.wrapping_add(1);
    match (is_symbol, is_next_symbol) {
        (true, true) if next.is_multiple_of(1 << GAP_BITS) => None,
        (true, true) | (false, false) => Some(next),
        (false, true) => Some(next << GAP_BITS),
        (true, false) => Some(place >> GAP_BITS),
    }
}

/// Returns the symbol that a token is; `None` for a word.
pub fn symbol_of(token: &str) -> Option<char> {
    token.chars().next().filter(|char| matches!(class(*char), Class::Symbol | Class::Mark))
}

/// Returns whether a folded text is one token of letters and digits.
pub fn is_one_word(folded: &str) -> bool {
    !folded.is_empty() && folded.chars().all(|char| class(char) == Class::Letter)
}

/// Returns the tokens that find a word or a phrase; `None` when it has none. The last Latin token of a word may
/// continue, that of a phrase may not.
pub fn sought(text: &str, is_phrase: bool) -> Option<Sought> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_gap = 0;
    scan(text, |token| {
        in_gap = if matches!(token, Token::Symbol(_)) { in_gap + 1 } else { 0 };
        match token {
            Token::Word(word) => tokens.push(word.to_owned()),
            Token::Symbol(symbol) => tokens.extend((in_gap <= 1 << GAP_BITS).then(|| symbol.to_string())),
        }
    });
    let is_wide = |token: &String| token.chars().all(|char| class(char) == Class::Wide);
    let last = tokens.last()?;
    let is_prefix = if is_wide(last) {
        // A single character begins a pair, or is a token of its own. After a pair, it is part of that pair.
        let is_pair = |token: &String| token.chars().count() == 2 && is_wide(token);
        let is_alone = !tokens.iter().rev().nth(1).is_some_and(is_pair);
        if !is_alone {
            // In a matching text the run may continue, so its last character need not stand alone.
            tokens.pop();
        }
        is_alone
    } else {
        !is_phrase && symbol_of(last).is_none()
    };
    Some(Sought { tokens, is_prefix })
}

/// Returns the byte ranges at which a word or a phrase stands in a text. Folded forms are compared, and Latin words
/// match from their start.
pub fn marks(text: &str, word: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = fold(word).chars().collect();
    let chars = aligned(text);
    let is_of_a_word = |char: char| matches!(class(char), Class::Letter | Class::Mark);
    let starts_word = wanted.first().copied().is_some_and(is_of_a_word);
    let mut found = Vec::new();
    let mut start = 0;
    while !wanted.is_empty() && start + wanted.len() <= chars.len() {
        let window = chars.get(start..start + wanted.len()).unwrap_or_default();
        let is_same = window.iter().map(|(char, _)| char).eq(&wanted);
        let before = start.checked_sub(1).and_then(|before| chars.get(before));
        let is_inside = starts_word && before.is_some_and(|(char, _)| is_of_a_word(*char));
        match (window.first(), window.last()) {
            (Some((_, first)), Some((_, last))) if is_same && !is_inside => {
                found.push(first.start..last.end);
                start += wanted.len();
            }
            _ => start += 1,
        }
    }
    found
}

/// Returns the byte ranges of a text that sound like the typed letters.
pub fn sound_marks(text: &str, typed: &str) -> Vec<Range<usize>> {
    let ways = pinyin::ways(typed);
    let chars = if ways.is_empty() { Vec::new() } else { aligned(text) };
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(rest) = chars.get(start..).filter(|rest| !rest.is_empty()) {
        let sounds = |way: &&Vec<_>| pinyin::sound_like(rest.iter().map(|(char, _)| *char), way);
        // The longest match contains the others.
        let length = ways.iter().filter(sounds).map(Vec::len).max();
        let hit = length.and_then(|length| rest.get(..length)).unwrap_or_default();
        if let ([(_, first), ..], [.., (_, last)]) = (hit, hit) {
            found.push(first.start..last.end);
        }
        start += hit.len().max(1);
    }
    found
}

/// Passes the tokens of a text to `visit`, in order.
fn scan(text: &str, mut visit: impl FnMut(Token<'_>)) {
    let folded = fold(text);
    let mut pair = [0; 2 * 4];
    let mut open: Option<Run> = None;
    for (at, char) in folded.char_indices() {
        let class = class(char);
        open = match (open, class) {
            (Some(Run::Word(start)), Class::Letter | Class::Mark) => Some(Run::Word(start)),
            (Some(Run::Wide(last)), Class::Mark) => Some(Run::Wide(last)),
            (Some(Run::Wide(last)), Class::Wide) => {
                let middle = last.encode_utf8(&mut pair).len();
                let end = middle + pair.get_mut(middle..).map_or(0, |rest| char.encode_utf8(rest).len());
                visit(Token::Word(pair.get(..end).and_then(|pair| std::str::from_utf8(pair).ok()).unwrap_or_default()));
                Some(Run::Wide(char))
            }
            (run, class) => {
                close(run, folded.get(..at).unwrap_or_default(), &mut visit);
                match class {
                    Class::Letter => Some(Run::Word(at)),
                    Class::Wide => Some(Run::Wide(char)),
                    Class::Mark | Class::Symbol => {
                        visit(Token::Symbol(char));
                        None
                    }
                    Class::Gap => None,
                }
            }
        };
    }
    close(open, &folded, &mut visit);
}

/// Passes the open token, which ends here, to `visit`.
fn close(run: Option<Run>, text: &str, visit: &mut impl FnMut(Token<'_>)) {
    match run {
        Some(Run::Word(start)) => visit(Token::Word(text.get(start..).unwrap_or_default())),
        Some(Run::Wide(last)) => visit(Token::Word(last.encode_utf8(&mut [0; 4]))),
        None => {}
    }
}

fn class(char: char) -> Class {
    match char {
        'a'..='z' | 'A'..='Z' | '0'..='9' => return Class::Letter,
        '\u{4e00}'..='\u{9fff}' => return Class::Wide,
        _ if char.is_whitespace() || char.is_control() => return Class::Gap,
        '\0'..='\x7f' => return Class::Symbol,
        _ => {}
    }
    // Southeast Asian scripts break lines by dictionary, or between syllables.
    let is_wide = matches!(
        LINE_BREAK.get(char),
        LineBreak::ComplexContext
            | LineBreak::Aksara
            | LineBreak::AksaraPrebase
            | LineBreak::AksaraStart
            | LineBreak::ViramaFinal
            | LineBreak::Virama
    );
    let is_mark = matches!(
        CATEGORY.get(char),
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark
    );
    match (is_wide, is_mark, char.is_alphanumeric()) {
        (true, ..) => Class::Wide,
        (_, true, _) => Class::Mark,
        (.., true) if char >= '\u{2e80}' => Class::Wide,
        (.., true) => Class::Letter,
        (.., false) => Class::Symbol,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns all tokens of a text, in order.
    fn tokens(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        scan(text, |token| {
            found.push(match token {
                Token::Word(word) => word.to_owned(),
                Token::Symbol(symbol) => symbol.to_string(),
            });
        });
        found
    }

    fn finds(text: &str, typed: &str, is_phrase: bool) -> bool {
        let mut tokens = Tokens::default();
        tokens.append(text);
        tokens.has(&sought(typed, is_phrase).unwrap())
    }

    #[test]
    fn chinese_is_pairs_latin_is_words_and_the_rest_is_symbols() {
        for (text, expected) in [
            ("几点了", "几点 点了 了"),
            ("iPhone手机，Ｏｋ", "iphone 手机 机 , ok"),
            ("", ""),
            ("！？", "! ?"),
            ("退", "退"),
            ("ok手机ok 手 机é1", "ok 手机 机 ok 手 机 é1"),
            ("很好👍🏽谢谢", "很好 好 👍 🏽 谢谢 谢"),
            ("C++", "c + +"),
            ("e\u{301}te\u{301} नमस्ते", "été नमस्ते"),
            ("退\u{301}货", "退货 货"),
            ("ຂອບ", "ຂອ ອບ ບ"),
            ("ขคึ", "ขค คึ ึ"),
            ("ខ្មែរ ២", "ខ្ ្ម មែ ែរ រ ២"),
            ("၁ မြန်မာ", "၁ မြ ြန န် ်မ မာ ာ"),
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
            ("C++", false, "c + +", false),
            ("几点？", false, "几点 点 ?", false),
            ("，。", false, ", 。", false),
        ] {
            let sought = sought(text, is_phrase).unwrap();
            assert_eq!((sought.tokens.join(" ").as_str(), sought.is_prefix), (expected, is_prefix), "{text}");
        }
        for nothing in ["", " ", "\u{200b}\u{ad}", "\u{3000}\t\n", "\u{fe0f}"] {
            assert_eq!(sought(nothing, false), None, "{nothing:?}");
        }
    }

    #[test]
    fn symbols_are_found_where_they_stand_and_do_not_part_words() {
        for (text, typed, is_phrase, is_found) in [
            ("很好👍谢谢", "👍", false, true),
            ("很好👍谢谢", "好👍谢", false, true),
            ("很好谢谢", "👍", false, false),
            ("❤\u{fe0f}", "❤", false, true),
            ("会C++吗", "c++", false, true),
            ("会C吗", "c++", false, false),
            ("C+", "c++", false, false),
            ("C#", "c++", false, false),
            ("价格¥99", "￥99", false, true),
            ("价格99", "¥99", false, false),
            ("打八折%", "%", false, true),
            ("打八折%", "折%", false, true),
            ("八% 折", "八折%", false, false),
            ("Refund, please", "refund please", true, true),
            ("Refund please", "refund, please", true, false),
            ("#双十一# 快乐", "#双十一#", false, true),
            ("foo@bar.com", "foo@bar", false, true),
            ("真的？？？", "？？", false, true),
            ("真的？", "？？", false, false),
            ("[微笑]", "[微笑]", false, true),
            (":)", ":)", false, true),
            ("a.b", "ab", false, false),
        ] {
            assert_eq!(finds(text, typed, is_phrase), is_found, "{typed} in {text}");
        }
        let many = "！".repeat(200);
        assert!(finds(&many, &many, false) && finds(&format!("a{many}b"), &format!("a{many}"), false));
    }

    #[test]
    fn scripts_without_spaces_are_found_from_the_middle() {
        for (text, typed) in [
            ("ฉันต้องการคืนเงินค่าสินค้า", "คืนเงิน"),
            ("ຂ້ອຍຕ້ອງການເງິນຄືນ", "ເງິນຄືນ"),
            ("ខ្ញុំចង់បានប្រាក់វិញ", "ប្រាក់"),
            ("ငွေပြန်အမ်းချင်ပါတယ်", "ပြန်အမ်း"),
            ("環境を変える", "変え"),
            ("ｶﾞﾗｽを割った", "ガラス"),
        ] {
            assert!(finds(text, typed, false), "{typed} in {text}");
        }
    }

    #[test]
    fn marks_stand_where_the_word_does() {
        assert_eq!(marks("退货，请退货", "退货"), [0..6, 12..18]);
        assert_eq!(marks("Refund refunds prerefund", "refund"), [0..6, 7..13]);
        assert_eq!(marks("ＡＢＣ d ＡＢＣ", "abc"), [0..9, 12..21]);
        assert_eq!(marks("退\u{200b}货了", "退货").first(), Some(&(0..9)));
        assert_eq!(marks("e\u{301}te\u{301}!", "été").first(), Some(&(0..7)));
        assert_eq!(marks("❤\u{fe0f}👍", "❤").first(), Some(&(0..3)));
        assert_eq!(marks("会C++吗", "c++").first(), Some(&(3..6)));
        assert!(marks("abc", "").is_empty());
        assert_eq!(sound_marks("要退貨，退\u{200b}货了", "tuihuo"), [3..9, 12..21]);
        assert_eq!(sound_marks("在西安", "xian").first(), Some(&(3..9)));
        assert_eq!(sound_marks("先来", "xian").first(), Some(&(0..3)));
        assert!(sound_marks("tuihuo 退，货", "tuihuo").is_empty());
        assert!(sound_marks("退货", "iphone").is_empty());
    }

    proptest! {
        #[test]
        fn every_part_of_a_text_is_found(text in "[你好退货几点了ก็ ，👍+]{1,12}", start in 0_usize..12, length in 1_usize..12) {
            let part: String = text.chars().skip(start).take(length).collect();
            // A vowel sign is part of the character it stands on.
            prop_assume!(sought(&part, false).is_some());
            prop_assert!(finds(&text, &part, false), "{:?} in {:?}", sought(&part, false), tokens(&text));
        }

        #[test]
        fn marks_lie_on_characters(text in any::<String>(), word in any::<String>()) {
            for mark in marks(&text, &word) {
                prop_assert!(text.get(mark).is_some());
            }
        }
    }
}
