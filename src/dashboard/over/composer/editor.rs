//! A multi-line text editor: its cursor, the editing keys of a shell, and the wrapping of its text.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::controls::key::{Key, KeyCode};
use crate::dashboard::over::prompt::Edit;
use crate::text;

/// The maximum number of characters: many times what Weibo accepts, so that pasted text can be shortened.
pub const LONGEST: usize = 20_000;
/// The maximum number of steps that can be undone.
const UNDO: usize = 100;

/// The text and its cursor.
#[derive(Debug, Clone, Default)]
pub struct Editor {
    text: String,
    /// Byte offset of a boundary between two graphemes.
    cursor: usize,
    undo: Vec<(String, usize)>,
    /// Whether the last key typed a character: consecutive ones are undone together, up to a space or punctuation.
    is_typing: bool,
}

impl Editor {
    /// Creates an editor with this text and the cursor at its end.
    pub fn new(text: &str) -> Self {
        let text = taken(text, LONGEST);
        Self { cursor: text.len(), text, ..Self::default() }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether the cursor is at the start of its line.
    pub fn is_at_line_start(&self) -> bool {
        self.line().start == self.cursor
    }

    /// Wraps the text into rows of at most `width` cells. Two rows are separated by a line break or by
    /// nothing.
    pub fn rows(&self, width: usize) -> Vec<Range<usize>> {
        let (mut rows, mut start, mut used, mut fold) = (Vec::new(), 0, 0, None);
        for (at, grapheme) in self.text.grapheme_indices(true) {
            if grapheme == "\n" {
                rows.push(start..at);
                (start, used, fold) = (at + grapheme.len(), 0, None);
                continue;
            }
            let cells = width_of(grapheme);
            if used + cells > width && at > start {
                // A line can break before any wide character, and elsewhere only at the end of a word.
                let fold = fold.filter(|_| cells < 2).unwrap_or(at);
                rows.push(start..fold);
                used = self.text.get(fold..at).map_or(0, width_of_all);
                start = fold;
            }
            used += cells;
            fold = if grapheme == " " || cells > 1 { Some(at + grapheme.len()) } else { fold };
            fold = fold.filter(|fold| *fold > start);
        }
        rows.push(start..self.text.len());
        rows
    }

    /// Returns the position of the cursor among these rows: the row, and the column in cells.
    pub fn place(&self, rows: &[Range<usize>]) -> (usize, usize) {
        let row = rows.iter().rposition(|row| row.start <= self.cursor).unwrap_or_default();
        let start = rows.get(row).map_or(0, |row| row.start);
        (row, self.text.get(start..self.cursor).map_or(0, width_of_all))
    }

    /// Handles a key; up and down move among rows of this width.
    pub fn key(&mut self, key: Key, width: usize) -> Edit {
        let Key { code, ctrl, alt } = key;
        let is_typing = matches!(code, KeyCode::Char(_)) && !ctrl && !alt;
        let edit = match (code, ctrl, alt) {
            (KeyCode::Char(char), false, false) => self.type_char(char),
            (KeyCode::Enter, _, true) | (KeyCode::Char('j'), true, _) => self.insert("\n"),
            (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, _) => {
                self.remove(self.before()..self.cursor)
            }
            (KeyCode::Delete, ..) => self.remove(self.cursor..self.after()),
            (KeyCode::Char('w'), true, _) | (KeyCode::Backspace, ..) => self.remove(self.word_before()..self.cursor),
            (KeyCode::Char('u'), true, _) => self.remove(self.line().start..self.cursor),
            (KeyCode::Char('k'), true, _) => self.remove(self.cursor..self.line().end),
            // Terminals send this for Ctrl-_ and Ctrl-/.
            (KeyCode::Char('7' | '_' | '/'), true, _) => self.take_back(),
            (KeyCode::Left, true, _) | (KeyCode::Char('b'), _, true) => self.go(self.word_before()),
            (KeyCode::Right, true, _) | (KeyCode::Char('f'), _, true) => self.go(self.word_after()),
            (KeyCode::Left, ..) | (KeyCode::Char('b'), true, _) => self.go(self.before()),
            (KeyCode::Right, ..) | (KeyCode::Char('f'), true, _) => self.go(self.after()),
            (KeyCode::Home, ..) | (KeyCode::Char('a'), true, _) => self.go(self.line().start),
            (KeyCode::End, ..) | (KeyCode::Char('e'), true, _) => self.go(self.line().end),
            (KeyCode::Up, ..) => self.go_rows(-1, width),
            (KeyCode::Down, ..) => self.go_rows(1, width),
            _ => return Edit::None,
        };
        self.is_typing = is_typing && edit == Edit::Text;
        edit
    }

    /// Inserts pasted text at the cursor as far as it fits. Returns whether all of it fitted.
    pub fn paste(&mut self, pasted: &str) -> bool {
        let whole = taken(pasted, usize::MAX);
        let fitting = taken(&whole, self.room());
        self.is_typing = false;
        self.insert(&fitting);
        fitting.len() == whole.len()
    }

    fn type_char(&mut self, char: char) -> Edit {
        if char.is_control() || self.room() == 0 {
            return Edit::Cursor;
        }
        let before = self.text.get(..self.cursor).and_then(|before| before.chars().next_back());
        let begins_phrase = char.is_alphanumeric() && before.is_some_and(|before| !before.is_alphanumeric());
        if !self.is_typing || begins_phrase {
            self.note();
        }
        self.put(char.encode_utf8(&mut [0; 4]));
        Edit::Text
    }

    fn insert(&mut self, text: &str) -> Edit {
        if text.is_empty() || self.room() == 0 {
            return Edit::Cursor;
        }
        self.note();
        self.put(text);
        Edit::Text
    }

    fn put(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        // The inserted text may form a grapheme with the text after it.
        if !self.is_between(self.cursor) {
            self.cursor = self.after();
        }
    }

    fn remove(&mut self, range: Range<usize>) -> Edit {
        if range.is_empty() {
            return Edit::Cursor;
        }
        self.note();
        self.cursor = range.start;
        self.text.replace_range(range, "");
        if !self.is_between(self.cursor) {
            self.cursor = self.after();
        }
        Edit::Text
    }

    /// Saves the state for undo.
    fn note(&mut self) {
        if self.undo.len() == UNDO {
            self.undo.remove(0);
        }
        self.undo.push((self.text.clone(), self.cursor));
    }

    fn take_back(&mut self) -> Edit {
        let Some((text, cursor)) = self.undo.pop() else { return Edit::Cursor };
        (self.text, self.cursor) = (text, cursor);
        Edit::Text
    }

    const fn go(&mut self, cursor: usize) -> Edit {
        self.cursor = cursor;
        Edit::Cursor
    }

    fn go_rows(&mut self, step: isize, width: usize) -> Edit {
        let rows = self.rows(width);
        let (row, column) = self.place(&rows);
        let Some(target) = row.checked_add_signed(step).and_then(|row| rows.get(row)) else { return Edit::Cursor };
        let (mut cursor, mut used) = (target.start, 0);
        for grapheme in self.text.get(target.clone()).unwrap_or_default().graphemes(true) {
            used += width_of(grapheme);
            if used > column {
                break;
            }
            cursor += grapheme.len();
        }
        // The end of a wrapped row is the beginning of the next.
        let is_folded = cursor == target.end && rows.iter().any(|row| row.start == cursor && *row != *target);
        self.go(if is_folded { self.boundary_before(cursor) } else { cursor })
    }

    fn is_between(&self, at: usize) -> bool {
        at == self.text.len() || self.text.grapheme_indices(true).any(|(start, _)| start == at)
    }

    fn before(&self) -> usize {
        self.boundary_before(self.cursor)
    }

    fn boundary_before(&self, cursor: usize) -> usize {
        let before = self.text.get(..cursor).unwrap_or_default();
        before.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let ends = self.text.grapheme_indices(true).map(|(at, grapheme)| at + grapheme.len());
        ends.into_iter().find(|end| *end > self.cursor).unwrap_or(self.text.len())
    }

    fn word_before(&self) -> usize {
        let before = self.text.get(..self.cursor).unwrap_or_default();
        let words = before.unicode_word_indices().next_back();
        words.map_or(0, |(at, _)| at)
    }

    fn word_after(&self) -> usize {
        let after = self.text.get(self.cursor..).unwrap_or_default();
        after.unicode_word_indices().next().map_or(self.text.len(), |(at, word)| self.cursor + at + word.len())
    }

    /// Returns the line of the cursor, without its line break.
    fn line(&self) -> Range<usize> {
        let start = self.text.get(..self.cursor).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let end = self.text.get(self.cursor..).and_then(|after| after.find('\n')).map(|at| self.cursor + at);
        start..end.unwrap_or(self.text.len())
    }

    /// Returns the number of characters that still fit.
    fn room(&self) -> usize {
        LONGEST.saturating_sub(self.text.chars().count())
    }
}

/// Returns at most `most` characters of a text, with `\n` line breaks and without control characters.
fn taken(text: &str, most: usize) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    lines.chars().filter(|char| *char == '\n' || !char.is_control()).take(most).collect()
}

/// Returns the number of cells of a grapheme as it is drawn.
fn width_of(grapheme: &str) -> usize {
    text::width(&text::line(grapheme))
}

fn width_of_all(text: &str) -> usize {
    text.graphemes(true).map(width_of).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::controls::key::script;

    fn typed(keys: &str) -> Editor {
        let mut editor = Editor::default();
        for key in script(keys) {
            editor.key(key, 10);
        }
        editor
    }

    #[test]
    fn text_is_edited_as_in_a_shell() {
        for (keys, text, place) in [
            ("退货", "退货", (0, 4)),
            ("abc<left><left>x", "axbc", (0, 2)),
            ("ab cd<ctrl-w>e", "ab e", (0, 4)),
            ("ab<ctrl-j>cd<ctrl-u>e", "ab\ne", (1, 1)),
            ("ab<alt-enter>cd<up><home>x", "xab\ncd", (0, 1)),
            ("ab<ctrl-j>c<up><ctrl-k><down>d", "a\ncd", (1, 2)),
            ("abc<home><del>", "bc", (0, 0)),
            ("a<backspace><backspace>", "", (0, 0)),
            ("one two<ctrl-left>x<ctrl-right>y", "one xtwoy", (0, 9)),
            ("👍🏽e\u{301}<backspace>", "👍🏽", (0, 2)),
            ("👍🏽<left>x", "x👍🏽", (0, 1)),
        ] {
            let editor = typed(keys);
            assert_eq!((editor.text(), editor.place(&editor.rows(10))), (text, place), "{keys}");
        }
    }

    #[test]
    fn what_was_typed_in_one_go_is_undone_in_one_go() {
        let mut editor = typed("abc<ctrl-w>de<left>f");
        let mut undo = || {
            editor.key(Key::ctrl('7'), 10);
            editor.text().to_owned()
        };
        assert_eq!([undo(), undo(), undo(), undo(), undo()], ["de", "", "abc", "", ""]);
    }

    #[test]
    fn rows_are_folded_between_words_and_wide_characters() {
        let rows = |text: &str, width| {
            let editor = Editor::new(text);
            let rows = editor.rows(width);
            rows.into_iter().map(|row| editor.text().get(row).unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(rows("one two three", 9), ["one two ", "three"]);
        assert_eq!(rows("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(rows("几点开门？", 5), ["几点", "开门", "？"]);
        assert_eq!(rows("a\n\nb\n", 5), ["a", "", "b", ""]);
    }

    #[test]
    fn a_long_paste_is_taken_at_once_up_to_the_end_and_without_tricks() {
        let mut editor = Editor::new("a");
        assert!(editor.paste(&"字".repeat(10_000)));
        assert!(editor.paste("b\r\nc\u{1b}[31m\td"));
        assert!(editor.text().ends_with("字b\nc[31m d"));
        assert!(!editor.paste(&"字".repeat(LONGEST)));
        assert_eq!(editor.text().chars().count(), LONGEST);
        assert_eq!(editor.key(Key::char('x'), 10), Edit::Cursor);
    }

    proptest! {
        #[test]
        fn the_cursor_is_always_between_two_graphemes_and_in_a_row(
            keys in proptest::collection::vec(prop_oneof![
                proptest::sample::select(vec!["a", "字", "👩‍💻", "\u{301}", "\u{200d}", " ", "🇨🇳", "👍🏽", "क्षि"]).prop_map(String::from),
                proptest::sample::select(vec![
                    "<left>", "<right>", "<up>", "<down>", "<home>", "<end>", "<backspace>", "<del>", "<ctrl-w>", "<ctrl-j>",
                    "<ctrl-k>", "<ctrl-u>", "<ctrl-left>", "<ctrl-right>", "<ctrl-7>",
                ]).prop_map(String::from),
            ], 0..60),
            width in 1_usize..12,
        ) {
            let mut editor = Editor::default();
            for key in script(&keys.concat()) {
                editor.key(key, width);
                prop_assert!(editor.is_between(editor.cursor), "{:?} at {}", editor.text, editor.cursor);
                let rows = editor.rows(width);
                let (row, _) = editor.place(&rows);
                prop_assert!(rows[row].start <= editor.cursor && editor.cursor <= rows[row].end);
                let ink: String = rows.iter().filter_map(|row| editor.text().get(row.clone())).collect();
                prop_assert_eq!(ink, editor.text().replace('\n', ""));
            }
        }
    }
}
