//! The tabs: queries that stay at hand. Six are built in for the kinds, one for answers that will soon be impossible, one for
//! whoever waits for one, the longest on top; the config adds others, and so does the user on the screen.

use chrono::TimeDelta;

use crate::language::{Language, Words, words};
use crate::query::{Query, Term, Test};
use crate::weibo::Kind;

/// Answers that are possible for less than this stand in a tab of their own.
const SOON: TimeDelta = TimeDelta::hours(4);
/// And so do senders who were not answered for longer than this.
const WAITING: TimeDelta = TimeDelta::minutes(1);

/// A tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Its title.
    pub title: TabTitle,
    /// What it shows.
    pub query: Query,
    /// Whether its oldest message stands on top: what is due soonest.
    pub is_ascending: bool,
    /// Whether it was saved from the screen, where it can be changed.
    pub is_saved: bool,
}

impl Tab {
    /// One that is saved from the screen.
    pub const fn saved(name: String, query: Query) -> Self {
        Self { title: TabTitle::Own(name), query, is_ascending: false, is_saved: true }
    }
}

/// What a tab is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabTitle {
    /// Words of ours.
    Ours(Words),
    /// A name that the user gave it.
    Own(String),
}

/// What is done to the tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TabChange {
    /// What is looked for becomes a tab of this name.
    Add(String),
    /// The line for another name of the tab that is shown is opened.
    AskName,
    /// The tab that is shown gets this name.
    Rename(String),
    /// The tab that is shown changes places with its neighbour on the left.
    MoveLeft,
    /// The tab that is shown changes places with its neighbour on the right.
    MoveRight,
    /// The tab that is shown goes.
    Remove,
}

impl TabTitle {
    /// The title in a language.
    pub fn of(&self, language: Language) -> &str {
        match self {
            Self::Ours(words) => words.of(language),
            Self::Own(name) => name,
        }
    }
}

/// The tabs that are always there, from left to right.
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
