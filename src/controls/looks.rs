//! The looks of the screen, which the user chooses in the config and switches at run time. Nothing here draws.

use serde::{Deserialize, Serialize};

use crate::language::{Language, Words, words};

named! {
    /// The colours.
    #[derive(Default, Serialize, Deserialize)]
    pub enum Theme {
        /// The terminal's own colours, with four of its sixteen for accents.
        #[default]
        Terminal "terminal",
        /// True colours on a dark ground.
        Dark "dark",
        /// True colours on a light ground.
        Light "light",
        /// No colour at all: bold, dim and reversed only (<https://no-color.org>).
        None "none",
    }
}

named! {
    /// The characters that frames, bars and marks are made of.
    #[derive(Default)]
    pub enum Glyphs {
        /// Lines, blocks and dots.
        #[default]
        Unicode "unicode",
        /// ASCII only.
        Ascii "ascii",
    }
}

/// How panes share the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Arrangement {
    /// By the size of the screen.
    #[default]
    Auto,
    /// List and detail side by side.
    SideBySide,
    /// The list above the detail.
    Stacked,
    /// One pane at a time.
    Single,
}

/// The looks that the user can choose. What is not saved starts as configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Looks {
    /// The language of the screen.
    pub language: Language,
    /// The colours.
    pub theme: Theme,
    /// The characters of frames, bars and marks.
    #[serde(skip)]
    pub glyphs: Glyphs,
    /// How panes share the screen.
    pub arrangement: Arrangement,
    /// Whether names and words of people are hidden, for screenshots.
    #[serde(skip)]
    pub is_masked: bool,
    /// Whether weibox captures the mouse; the terminal's own selection does not work then.
    #[serde(skip)]
    pub has_mouse: bool,
}

impl Looks {
    /// Returns every choice that differs from these looks, each with the words for its setting and its value.
    pub fn others(self) -> Vec<(Words, String, Self)> {
        let language = self.language;
        let arrangements = [Arrangement::Auto, Arrangement::SideBySide, Arrangement::Stacked, Arrangement::Single];
        let themes = Theme::ALL.map(|theme| (words::THEME, theme.words().of(language), Self { theme, ..self }));
        let glyphs = Glyphs::ALL.map(|glyphs| (words::SET_GLYPHS, glyphs.name(), Self { glyphs, ..self }));
        let arrangements = arrangements
            .map(|arrangement| (words::SET_PANES, arrangement.words().of(language), Self { arrangement, ..self }));
        themes
            .into_iter()
            .chain(glyphs)
            .chain(arrangements)
            .filter(|(_, _, looks)| *looks != self)
            .map(|(words, value, looks)| (words, value.to_owned(), looks))
            .collect()
    }
}

impl Theme {
    /// Returns the next theme; [`Theme::None`] stays, because the user asked for it.
    pub const fn next(self) -> Self {
        match self {
            Self::Terminal => Self::Dark,
            Self::Dark => Self::Light,
            Self::Light => Self::Terminal,
            Self::None => Self::None,
        }
    }

    /// Returns the name on the screen.
    pub const fn words(self) -> Words {
        match self {
            Self::Terminal => words::THEME_TERMINAL,
            Self::Dark => words::THEME_DARK,
            Self::Light => words::THEME_LIGHT,
            Self::None => words::THEME_NONE,
        }
    }
}

impl Arrangement {
    /// Returns the name on the screen.
    pub const fn words(self) -> Words {
        match self {
            Self::Auto => words::ARRANGE_AUTO,
            Self::SideBySide => words::ARRANGE_SIDE_BY_SIDE,
            Self::Stacked => words::ARRANGE_STACKED,
            Self::Single => words::ARRANGE_SINGLE,
        }
    }

    /// Returns the next arrangement.
    pub const fn next(self) -> Self {
        match self {
            Self::Auto => Self::SideBySide,
            Self::SideBySide => Self::Stacked,
            Self::Stacked => Self::Single,
            Self::Single => Self::Auto,
        }
    }
}
