//! A line of text input, with the editing keys of a shell.

use tui_input::{Input, InputRequest};

use crate::controls::key::{Key, KeyCode};
use crate::text;

use super::ScreenReply;

pub(in crate::dashboard) mod keys;
mod line;

pub use line::{LinePrompt, LinePurpose};

/// The maximum number of characters, more than a path or a query has. Longer text was pasted by mistake, and would
/// make every later key as expensive as the whole text.
const LONGEST: usize = 4_096;

/// The line and its cursor.
#[derive(Debug, Clone, Default)]
pub struct Prompt {
    input: Input,
}

/// The effect of a key on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The text changed.
    Text,
    /// The text is the same; the cursor may have moved.
    Cursor,
    /// No effect: the key is not an editing key.
    None,
}

impl From<Edit> for ScreenReply {
    /// Returns the reply of a screen that does nothing else with the text.
    fn from(edit: Edit) -> Self {
        match edit {
            Edit::Text | Edit::Cursor => Self::done(),
            Edit::None => Self::pass(),
        }
    }
}

impl Prompt {
    /// Creates a line with this text and the cursor at its end.
    pub fn new(text: &str) -> Self {
        Self { input: Input::new(text.to_owned()) }
    }

    /// Returns the text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Returns the text before the cursor.
    pub fn before_cursor(&self) -> &str {
        let (typed, cursor) = (self.text(), self.input.cursor());
        typed.char_indices().nth(cursor).and_then(|(at, _)| typed.get(..at)).unwrap_or(typed)
    }

    /// Handles a key.
    pub fn key(&mut self, key: Key) -> Edit {
        let before = self.input.value().len();
        let request = match key {
            Key { code: KeyCode::Char(_), ctrl: false, alt: false } if self.room() == 0 => return Edit::Cursor,
            Key { code: KeyCode::Char(char), ctrl: false, alt: false } => InputRequest::InsertChar(char),
            Key { code: KeyCode::Backspace, .. } | Key { code: KeyCode::Char('h'), ctrl: true, .. } => {
                InputRequest::DeletePrevChar
            }
            Key { code: KeyCode::Delete, .. } => InputRequest::DeleteNextChar,
            Key { code: KeyCode::Left, .. } | Key { code: KeyCode::Char('b'), ctrl: true, .. } => {
                InputRequest::GoToPrevChar
            }
            Key { code: KeyCode::Right, .. } | Key { code: KeyCode::Char('f'), ctrl: true, .. } => {
                InputRequest::GoToNextChar
            }
            Key { code: KeyCode::Home, .. } | Key { code: KeyCode::Char('a'), ctrl: true, .. } => {
                InputRequest::GoToStart
            }
            Key { code: KeyCode::End, .. } | Key { code: KeyCode::Char('e'), ctrl: true, .. } => InputRequest::GoToEnd,
            Key { code: KeyCode::Char('w'), ctrl: true, .. } => InputRequest::DeletePrevWord,
            Key { code: KeyCode::Char('u'), ctrl: true, .. } => InputRequest::DeleteLine,
            Key { code: KeyCode::Char('k'), ctrl: true, .. } => InputRequest::DeleteTillEnd,
            _ => return Edit::None,
        };
        self.input.handle(request);
        if self.input.value().len() == before { Edit::Cursor } else { Edit::Text }
    }

    /// Inserts pasted text at the cursor as one line without control characters, cut to the remaining room.
    pub fn paste(&mut self, pasted: &str) {
        let (cursor, line) = (self.input.cursor(), text::line(pasted));
        // Insert all at once: inserting character by character would copy the text each time.
        let pasted: Vec<char> = line.trim().chars().take(self.room()).collect();
        let typed = self.text().chars();
        let whole = typed.clone().take(cursor).chain(pasted.iter().copied()).chain(typed.skip(cursor)).collect();
        self.input = Input::new(whole).with_cursor(cursor + pasted.len());
    }

    /// Returns how many more characters the line can hold.
    fn room(&self) -> usize {
        LONGEST.saturating_sub(self.text().chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controls::key::script;

    #[test]
    fn a_line_is_edited_as_in_a_shell() {
        for (keys, text, before) in [
            ("退货", "退货", "退货"),
            ("abc<left><left>x", "axbc", "ax"),
            ("ab cd<ctrl-w>e", "ab e", "ab e"),
            ("abc<ctrl-u>d", "d", "d"),
            ("abc<home><del>", "bc", ""),
            ("ab<backspace><backspace><backspace>", "", ""),
            ("abc<ctrl-a><right><ctrl-k>", "a", "a"),
        ] {
            let mut prompt = Prompt::default();
            for key in script(keys) {
                prompt.key(key);
            }
            assert_eq!((prompt.text(), prompt.before_cursor()), (text, before), "{keys}");
        }
    }

    #[test]
    fn a_line_has_an_end() {
        let mut prompt = Prompt::new("a");
        prompt.paste(&"字".repeat(10 * LONGEST));
        assert_eq!(prompt.text().chars().count(), LONGEST);
        let keys = [Key::char('b'), Key::plain(KeyCode::Backspace), Key::char('b')];
        assert_eq!(keys.map(|key| prompt.key(key)), [Edit::Cursor, Edit::Text, Edit::Text]);
    }

    #[test]
    fn pasted_text_is_one_line_without_tricks() {
        let mut prompt = Prompt::new("a");
        prompt.paste(" b\u{1b}[A\nc ");
        assert_eq!(prompt.text(), "ab␛[A↵c");
        prompt.key(Key::plain(KeyCode::Left));
        prompt.paste("退货");
        assert_eq!((prompt.text(), prompt.before_cursor()), ("ab␛[A↵退货c", "ab␛[A↵退货"));
    }
}
