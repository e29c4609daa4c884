//! The tabs: which kinds each shows.

use crate::language::{Words, words};
use crate::weibo::Kind;

/// A tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    /// Everything.
    #[default]
    All,
    /// Texts.
    Text,
    /// Positions.
    Position,
    /// Voices.
    Voice,
    /// Images.
    Image,
    /// Events, mentions, unknown types, and what could not be read.
    Other,
}

impl Tab {
    /// Every tab, from left to right.
    pub const ALL: [Self; 6] = [Self::All, Self::Text, Self::Position, Self::Voice, Self::Image, Self::Other];

    /// Its title.
    #[must_use]
    pub const fn title(self) -> Words {
        match self {
            Self::All => words::ALL_TAB,
            Self::Text => words::TEXT_TAB,
            Self::Position => words::POSITION_TAB,
            Self::Voice => words::VOICE_TAB,
            Self::Image => words::IMAGE_TAB,
            Self::Other => words::OTHER_TAB,
        }
    }

    /// The kinds it shows.
    #[must_use]
    pub const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::All => &Kind::ALL,
            Self::Text => &[Kind::Text],
            Self::Position => &[Kind::Position],
            Self::Voice => &[Kind::Voice],
            Self::Image => &[Kind::Image],
            Self::Other => &[Kind::Event, Kind::Mention, Kind::Unknown, Kind::Unreadable],
        }
    }

    /// The tab `steps` to the right, around the ends.
    #[must_use]
    pub fn step(self, steps: usize) -> Self {
        Self::ALL[(self as usize + steps) % Self::ALL.len()]
    }
}
