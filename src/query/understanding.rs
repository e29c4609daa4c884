//! Settings that decide how queries are understood, beyond their text.

use crate::place::datum::Assumed;

use super::{Centre, Circle, Query, Test, WordForm};

/// The settings that decide how queries are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Understanding {
    /// The datum that positions are assumed to have. It matters for named places only.
    pub datum: Assumed,
    /// Whether a word of Latin letters may also be pinyin.
    pub has_pinyin: bool,
}

impl Default for Understanding {
    fn default() -> Self {
        Self { datum: Assumed::default(), has_pinyin: true }
    }
}

impl Query {
    /// Returns the query with these settings applied.
    pub fn understood(mut self, by: Understanding) -> Self {
        for term in &mut self.terms {
            if let Test::Near(Circle { centre: Centre::Named { assumed, .. }, .. }) = &mut term.test {
                *assumed = by.datum;
            } else if let Test::Name(sought) | Test::Note(sought) | Test::Label(sought) = &mut term.test {
                for name in sought {
                    name.has_pinyin = by.has_pinyin;
                }
            } else if let Test::Words(words) = &mut term.test
                && !by.has_pinyin
            {
                for word in words.iter_mut().filter(|word| word.form == WordForm::Word) {
                    word.form = WordForm::Spelled;
                }
            }
        }
        self
    }
}
