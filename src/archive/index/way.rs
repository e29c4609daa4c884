//! The ways to find a word in a text: as it is spelled, and as it may sound.

use crate::query::pinyin::{self, SoundPair};
use crate::query::words::{self, Sought, Tokens, symbol_of};
use crate::query::{SoughtWord, Test, WordForm};

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
        test.words().map(|words| words.iter().flat_map(Self::of_word).collect())
    }

    /// Returns the ways to find one of the words.
    fn of_word(SoughtWord { typed, form }: &SoughtWord) -> Vec<Self> {
        let spelled = |is_phrase| words::sought(typed, is_phrase).map(Self::words).into_iter();
        let sounds = || pinyin::ways(typed).into_iter().map(|way| Self::Sounds(SoundPair::all_of(&way)));
        match form {
            WordForm::Word => spelled(false).chain(sounds()).collect(),
            WordForm::Spelled => spelled(false).collect(),
            WordForm::Sounds => sounds().collect(),
            WordForm::Phrase => spelled(true).collect(),
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
