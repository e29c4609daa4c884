//! The tabs: saved queries. Six are built in for the kinds, one for answers that will soon be impossible, and one
//! for senders who wait for an answer, the longest on top. The config and the user on the screen add others.

use chrono::TimeDelta;

use crate::language::{Language, Words, words};
use crate::query::{Query, Term, Test};
use crate::weibo::Kind;

/// Time left for an answer below which its message is in the tab of due answers.
const SOON: TimeDelta = TimeDelta::hours(4);
/// Time without an answer above which a sender is in the tab of waiting senders.
const WAITING: TimeDelta = TimeDelta::minutes(1);

/// A tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Title of the tab.
    pub title: TabTitle,
    /// Query for the messages that it shows.
    pub query: Query,
    /// Whether its oldest message is on top, because it is due first.
    pub is_ascending: bool,
    /// Whether the user saved it on the screen, where it can be changed.
    pub is_saved: bool,
}

impl Tab {
    /// Returns a tab that the user saved on the screen.
    pub const fn saved(name: String, query: Query) -> Self {
        Self { title: TabTitle::Own(name), query, is_ascending: false, is_saved: true }
    }
}

/// The title of a tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabTitle {
    /// The words of a built-in tab.
    Ours(Words),
    /// A name that the user gave it.
    Own(String),
}

/// A change to the tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabChange {
    /// Save the current search as a tab with this name.
    Add(String),
    /// Ask for a new name of the current tab.
    AskName,
    /// Give the current tab this name.
    Rename(String),
    /// Swap the current tab with its neighbour on the left.
    MoveLeft,
    /// Swap the current tab with its neighbour on the right.
    MoveRight,
    /// Remove the current tab.
    Remove,
}

impl TabTitle {
    /// Returns the title in a language.
    pub fn of(&self, language: Language) -> &str {
        match self {
            Self::Ours(words) => words.of(language),
            Self::Own(name) => name,
        }
    }
}

/// Returns the built-in tabs, from left to right.
pub fn built_in() -> Vec<Tab> {
    let of = |test| Query { terms: vec![Term { is_not: false, test }] };
    let (due, waiting) = (of(Test::Due(SOON)), of(Test::Waiting(WAITING)));
    let single = [
        (words::TEXT_TAB, Kind::Text),
        (words::POSITION_TAB, Kind::Position),
        (words::VOICE_TAB, Kind::Voice),
        (words::IMAGE_TAB, Kind::Image),
    ];
    let others: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| single.iter().all(|(_, own)| own != kind)).collect();
    let single = single.into_iter().map(|(title, kind)| (title, Query::of_kinds(&[kind]), false));
    let all = std::iter::once((words::ALL_TAB, Query::default(), false));
    all.chain(single)
        .chain([(words::OTHER_TAB, Query::of_kinds(&others), false), (words::DUE_TAB, due, true)])
        .chain([(words::WAITING_TAB, waiting, true)])
        .map(|(title, query, is_ascending)| Tab { title: TabTitle::Ours(title), is_ascending, query, is_saved: false })
        .collect()
}
