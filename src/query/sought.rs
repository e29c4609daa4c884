//! The words of a query, and how each of them is found.

use std::fmt;
use std::ops::Range;

use super::words;

/// Words that a text must contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoughtWord {
    /// The words as typed; pinyin in lower case.
    pub typed: String,
    /// How they are found.
    pub form: WordForm,
}

/// How words are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordForm {
    /// As a word; a Latin word may continue. A word of Latin letters may also be pinyin for characters in the text.
    Word,
    /// As spelled; a Latin word may continue.
    Spelled,
    /// As pinyin for characters in the text.
    Sounds,
    /// As exactly these words.
    Phrase,
}

impl SoughtWord {
    /// Returns other words that are found in the same way.
    pub const fn with(&self, typed: String) -> Self {
        Self { typed, form: self.form }
    }

    /// Returns the byte ranges of a text that match.
    pub(super) fn marks(&self, text: &str) -> Vec<Range<usize>> {
        match self.form {
            WordForm::Word => [words::marks(text, &self.typed), words::sound_marks(text, &self.typed)].concat(),
            WordForm::Spelled | WordForm::Phrase => words::marks(text, &self.typed),
            WordForm::Sounds => words::sound_marks(text, &self.typed),
        }
    }
}

/// Formats the words as a user would type them.
impl fmt::Display for SoughtWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            WordForm::Word | WordForm::Spelled => f.write_str(&self.typed),
            WordForm::Sounds => write!(f, "py:{}", self.typed),
            WordForm::Phrase => write!(f, "\"{}\"", self.typed),
        }
    }
}
