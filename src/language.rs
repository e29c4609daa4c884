//! The words of the screen, in English and Chinese. Nothing here depends on what they describe.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// Declares words by name and lists them, so that no word lacks a language.
macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        $(#[doc = concat!("`` ", $en, " ``")] pub const $name: Words = Words::new($en, $zh);)*
        /// All words of the table.
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

named! {
    /// A language of the screen.
    #[derive(Default, Serialize, Deserialize)]
    pub enum Language {
        /// English.
        #[default]
        English "en",
        /// Simplified Chinese.
        Chinese "zh",
    }
}

/// The same words in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    en: &'static str,
    zh: &'static str,
}

impl Language {
    /// Returns the language of a locale such as `zh_CN.UTF-8`: Chinese for every `zh`, English for all others.
    pub fn of_locale(locale: &str) -> Self {
        if locale.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("zh")) {
            Self::Chinese
        } else {
            Self::English
        }
    }

    /// Returns the other language.
    pub const fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }
}

impl Words {
    /// Creates words from English and Chinese.
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }

    /// Returns the words in a language.
    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }

    /// Returns the words with each `{}` replaced by a value, in order. Surplus values are ignored, and surplus places
    /// stay. After a value, `{one|many}` chooses between singular and plural, and `{s}` is short for `{|s}`.
    pub fn with(self, language: Language, values: &[&dyn Display]) -> String {
        let mut rest = self.of(language);
        let (mut said, mut is_one) = (String::new(), false);
        for value in values {
            let Some((before, after)) = rest.split_once("{}") else { break };
            say_numbered(before, is_one, &mut said);
            let value = value.to_string();
            is_one = value == "1";
            said.push_str(&value);
            rest = after;
        }
        say_numbered(rest, is_one, &mut said);
        said
    }
}

/// Appends the words after a value, in the singular or plural.
fn say_numbered(words: &str, is_one: bool, said: &mut String) {
    let mut rest = words;
    while let Some((before, (form, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        said.push_str(before);
        match (form, form.split_once('|')) {
            (_, Some((one, many))) => said.push_str(if is_one { one } else { many }),
            ("s", None) => said.push_str(if is_one { "" } else { "s" }),
            // Literal braces.
            (other, None) => said.extend(["{", other, "}"]),
        }
        rest = after;
    }
    said.push_str(rest);
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
    fn what_goes_with_one_differs_from_what_goes_with_more() {
        let words = Words::new("{}: {} call{s} {is|are} in {} {copy|copies} of {name}", "{}：{} 个，{} 份，{name}");
        let with = |n: u32, m: u32| words.with(Language::English, &[&"a {s}", &n, &m]);
        assert_eq!(with(1, 2), "a {s}: 1 call is in 2 copies of {name}");
        assert_eq!(with(0, 1), "a {s}: 0 calls are in 1 copy of {name}");
        assert_eq!(words.with(Language::Chinese, &[&"a", &1, &1]), "a：1 个，1 份，{name}");
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
