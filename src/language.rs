//! The words of the screen, in English and Chinese. It knows nothing of what they are said about.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// Names the words and lists them, so that none lacks a language.
macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        $(#[doc = concat!("`` ", $en, " ``")] pub const $name: Words = Words::new($en, $zh);)*
        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[Words] = &[$($name),*];
    };
}

pub mod accounts;
pub mod alerts;
pub mod answers;
pub mod attach;
pub mod cluster;
pub mod commands;
pub mod doctor;
pub mod forward;
pub mod help;
pub mod list;
pub mod people;
pub mod queries;
pub mod status;
pub mod steps;
pub mod words;

/// A language of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// The same words in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    en: &'static str,
    zh: &'static str,
}

impl Language {
    /// The language of a locale such as `zh_CN.UTF-8`: Chinese for every `zh`, English for all others.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        if locale.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("zh")) {
            Self::Chinese
        } else {
            Self::English
        }
    }

    /// What the config calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }
}

impl Words {
    /// Words of English and Chinese.
    #[must_use]
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }

    /// The words in a language.
    #[must_use]
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }

    /// The words with values in the place of each `{}`, in this order. A value too many is left out, and a place too many
    /// stays as it is.
    #[must_use]
    pub fn with(self, language: Language, values: &[&dyn Display]) -> String {
        let mut rest = self.of(language);
        let mut said = String::new();
        for value in values {
            let Some((before, after)) = rest.split_once("{}") else { break };
            said.push_str(before);
            said.push_str(&value.to_string());
            rest = after;
        }
        said + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_places_for_values() {
        let all = [
            words::ALL,
            accounts::ALL,
            alerts::ALL,
            answers::ALL,
            forward::ALL,
            list::ALL,
            people::ALL,
            status::ALL,
            steps::ALL,
            doctor::ALL,
            commands::ALL,
            attach::ALL,
            cluster::ALL,
        ];
        for words in all.concat() {
            let places = |text: &str| text.matches("{}").count();
            assert_eq!(places(words.en), places(words.zh), "{words:?}");
            assert!(!words.zh.contains("  "), "{words:?}");
        }
    }

    #[test]
    fn values_take_their_places() {
        let words = Words::new("{} of {}", "{}，共 {}");
        assert_eq!(words.with(Language::Chinese, &[&1, &"二"]), "1，共 二");
        assert_eq!(words.with(Language::English, &[&1]), "1 of {}");
    }

    #[test]
    fn the_locale_decides() {
        for (locale, language) in [
            ("zh_CN.UTF-8", Language::Chinese),
            ("ZH", Language::Chinese),
            ("en_US", Language::English),
            ("C", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
