//! Text → rows: soft wrap by grapheme with the line-break rules of Chinese, without hyphenation.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{ELLIPSIS, cells};

/// Characters that may not begin a row.
const CLOSING: &str = "，。！？、：；）】》〉」』〕〗｝］”’％℃·～,.!?:;)]}";
/// Characters that may not end a row.
const OPENING: &str = "（【《〈「『〔〖｛［“‘([{";
/// Characters that a row break may not separate when doubled: `——`, `……`.
const PAIRED: &str = "—…⋯";

/// Wraps a [`clean`](super::clean)ed text into rows of at most `width` cells; returns at least one row, which may be
/// empty.
///
/// Rows break between words and between Chinese characters, but not before a closing or after an opening punctuation
/// mark; a word that is wider than the row breaks anywhere. Spaces at a soft break are dropped. A grapheme wider than
/// the row becomes `…`. With a width of 0 the result is one empty row.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    if width == 0 {
        return vec![String::new()];
    }
    let mut rows = Vec::new();
    for paragraph in text.split('\n') {
        let graphemes: Vec<Grapheme<'_>> = paragraph.graphemes(true).map(|text| Grapheme::new(text, width)).collect();
        fold(&graphemes, width, &mut rows);
    }
    rows
}

#[derive(Clone, Copy)]
struct Grapheme<'a> {
    text: &'a str,
    cells: usize,
}

impl<'a> Grapheme<'a> {
    fn new(text: &'a str, width: usize) -> Self {
        match cells(text) {
            cells if cells > width => Self { text: ELLIPSIS, cells: 1 },
            cells => Self { text, cells },
        }
    }

    /// Returns whether this is a space at which a row may break; a no-break space counts as a letter.
    fn is_space(self) -> bool {
        matches!(self.text, " " | "\u{3000}")
    }

    /// Returns whether this is part of a word. Chinese characters are wide; words consist of narrow ones.
    fn is_of_a_word(self) -> bool {
        self.cells < 2 && !self.is_space()
    }

    fn is_one_of(self, set: &str) -> bool {
        self.text.chars().next().is_some_and(|first| set.contains(first))
    }
}

/// Returns whether a row may end with `a` and the next begin with `b`.
fn may_part(a: Grapheme<'_>, b: Grapheme<'_>) -> bool {
    if a.is_space() || b.is_space() {
        // Spaces stay at the end of the row before.
        return !b.is_space();
    }
    let is_pair = a.text == b.text && a.is_one_of(PAIRED);
    let is_word = a.is_of_a_word() && b.is_of_a_word();
    !(is_pair || is_word || a.is_one_of(OPENING) || b.is_one_of(CLOSING))
}

/// Adds the rows of one paragraph. Greedy: every row takes all that fits, up to the last position at which it may
/// end.
fn fold(graphemes: &[Grapheme<'_>], width: usize, rows: &mut Vec<String>) {
    let (mut start, mut used, mut at) = (0, 0, 0);
    let mut end: Option<usize> = None;
    while let Some(&next) = graphemes.get(at) {
        if at > start && may_part(graphemes[at - 1], next) {
            end = Some(at);
        }
        if used + next.cells <= width {
            used += next.cells;
            at += 1;
            continue;
        }
        if next.is_space() {
            rows.push(row(&graphemes[start..at]));
            at += graphemes[at..].iter().take_while(|grapheme| grapheme.is_space()).count();
            if at == graphemes.len() {
                return;
            }
            start = at;
        } else {
            let from = start;
            start = end.unwrap_or(at);
            rows.push(row(&graphemes[from..start]));
        }
        used = graphemes[start..at].iter().map(|grapheme| grapheme.cells).sum();
        end = None;
    }
    rows.push(graphemes[start..].iter().map(|grapheme| grapheme.text).collect());
}

/// Returns a row that ends at a soft break, without its trailing spaces.
fn row(graphemes: &[Grapheme<'_>]) -> String {
    let spaces = graphemes.iter().rev().take_while(|grapheme| grapheme.is_space()).count();
    graphemes.iter().take(graphemes.len() - spaces).map(|grapheme| grapheme.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_the_rules_of_chinese() {
        for (text, width, rows) in [
            ("你好，世界。", 5, &["你", "好，", "世", "界。"][..]),
            ("他说（你好）吗", 6, &["他说", "（你", "好）吗"]),
            ("他说“你好”吗", 5, &["他说", "“你", "好”吗"]),
            ("一二——三", 5, &["一二", "——三"]),
            ("价格12345元", 6, &["价格", "12345", "元"]),
        ] {
            assert_eq!(wrap(text, width), rows, "{text}");
        }
    }

    #[test]
    fn words_stay_whole_when_they_fit() {
        for (text, width, rows) in [
            ("hello brave  new world", 11, &["hello brave", "new world"][..]),
            ("see https://t.cn/RabcdefG now", 10, &["see", "https://t.", "cn/Rabcdef", "G now"]),
            ("微博weibo", 6, &["微博", "weibo"]),
            ("  indented text", 10, &["  indented", "text"]),
            ("ends in spaces   ", 14, &["ends in spaces"]),
        ] {
            assert_eq!(wrap(text, width), rows, "{text}");
        }
    }

    #[test]
    fn breaks_are_kept_and_nothing_is_one_empty_row() {
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("a\n\nb\n", 5), ["a", "", "b", ""]);
        assert_eq!(wrap("你a", 1), ["…", "a"]);
        assert_eq!(wrap("abc", 0), [""]);
    }

    #[test]
    fn where_no_rule_can_be_kept_the_row_still_ends() {
        assert_eq!(wrap("（（（（", 4), ["（（", "（（"]);
        assert_eq!(wrap("。。。", 2), ["。", "。", "。"]);
    }
}
