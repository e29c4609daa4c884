//! The ways to find a word in a text: as it is spelled, and as it may sound.

use crate::query::Test;
use crate::query::pinyin::{self, SoundPair};
use crate::query::words::{self, Sought, Tokens, symbol_of};

/// A way in which a word is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SearchWay {
    /// These tokens follow each other. If all are words, they are `needle` in [`Tokens::words`].
    Words { sought: Sought, needle: Option<String> },
    /// Characters with the sounds of these pairs follow each other; each pair begins with the second syllable of
    /// the one before.
    Sounds(Vec<SoundPair>),
}

impl SearchWay {
    /// Returns the ways of a test for words, none if it has nothing to look for; `None` for all other tests.
    pub(super) fn all_of(test: &Test) -> Option<Vec<Self>> {
        let spelled = |word: &str, is_phrase| words::sought(word, is_phrase).map(Self::words).into_iter();
        let sounds = |word: &str| pinyin::ways(word).into_iter().map(|way| Self::Sounds(SoundPair::all_of(&way)));
        match test {
            Test::Word(word) => Some(spelled(word, false).chain(sounds(word)).collect()),
            Test::Spelled(word) => Some(spelled(word, false).collect()),
            Test::Sounds(word) => Some(sounds(word).collect()),
            Test::Phrase(words) => Some(spelled(words, true).collect()),
            Test::Kind(_)
            | Test::From(_)
            | Test::Name(_)
            | Test::Note(_)
            | Test::Label(_)
            | Test::Account(_)
            | Test::HasFile
            | Test::Is(_)
            | Test::Due(_)
            | Test::Waiting(_)
            | Test::Since(_)
            | Test::Until(_)
            | Test::State(_)
            | Test::Near(_) => None,
        }
    }

    fn words(sought: Sought) -> Self {
        let are_words = sought.tokens.iter().all(|token| symbol_of(token).is_none());
        let end = if sought.is_prefix { "" } else { " " };
        let needle = are_words.then(|| format!(" {}{end}", sought.tokens.join(" ")));
        Self::Words { sought, needle }
    }

    /// Returns whether a text matches.
    pub(super) fn finds(&self, tokens: &Tokens) -> bool {
        match self {
            Self::Words { needle: Some(needle), .. } => tokens.words.contains(needle),
            Self::Words { sought, needle: None } => tokens.has(sought),
            Self::Sounds(pairs) => tokens.sound_like(pairs),
        }
    }

    /// Returns whether indexes of all versions have everything that this way finds. Earlier versions had no
    /// sounds, but messages are not read to find them until their blocks are rebuilt.
    pub(super) fn is_known_everywhere(&self) -> bool {
        let is_plain = |char: char| matches!(char, 'a'..='z' | '0'..='9' | '\u{4e00}'..='\u{9fff}');
        match self {
            Self::Words { sought, .. } => sought.tokens.iter().all(|token| token.chars().all(is_plain)),
            Self::Sounds(_) => true,
        }
    }
}
